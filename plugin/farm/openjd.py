"""A JOB as a job bundle of Open Job Description, as AWS Deadline Cloud and its kin run it.

    step Render     task 1  2  3 ... N      a chunk of them is one `lipflap farm task`: one process
      |                                     that loads the networks once and paints in lockstep
    step Collect    one task                `lipflap farm collect --tasks`: joined, verified, named

A chunk, not a renderer that lives as long as the session: a session hands its renderer one task
after the other, and mouths are painted together only when shots are rendered together.

Template: specification 2023-09 of openjd-specifications with TASK_CHUNKING (RFC 0001). The other
two files are Deadline Cloud's: parameter_values and asset_references of its developer guide.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.order import DubOrder, DubResult, Stage, read_order
from lipflap.plugin.farm.tasks import Tasks, files_of, read_tasks
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.path_map import Rules, format_rule
from lipflap.plugin.render.capacity import MAX_TOGETHER, SHOTS_A_CORE, memory_mib

NOTICE_S = 60  # to end the renderer politely, and to remove what it had begun
_LONGEST_NAME = 128  # of a job


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a task of the farm is to have.

    shots  that share one loaded model
    gpus   0 where the processor paints
    """

    shots: int
    gpus: int


def write_bundle(bundle: Path, job: Job, name: str, wanted: Requirements, rules: Rules) -> None:
    """Write template.json and its two companions into folder `bundle`.

    name   of the tasks in the JOB
    rules  where the farm finds what the orders name, as far as its own rules do not say
    Raises DubError.
    """
    if any("{{" in format_rule(rule) for rule in rules):
        raise DubError("{{ means something else in a job template.", where="--map")
    tasks = read_tasks(job, name)
    parameters = _parameters(job, name, len(tasks.orders), wanted)
    template = {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"Lipflap {job.folder.absolute().name.replace('{{', '')}"[:_LONGEST_NAME],
        "parameterDefinitions": parameters,
        "steps": [_render(wanted, rules), _collect(rules)],
    }
    values = [{"name": one["name"], "value": one["default"]} for one in parameters]
    for file, body in (
        ("template.json", template),
        ("parameter_values.json", {"parameterValues": values}),
        ("asset_references.json", {"assetReferences": _assets(job, name, tasks)}),
    ):
        write_text(bundle / file, json.dumps(body, indent=1, ensure_ascii=False) + "\n")


def _parameters(job: Job, name: str, count: int, wanted: Requirements) -> list[dict[str, Any]]:
    """Job parameters, with their values as defaults: the template runs as it stands.

    JobFolder is no PATH, whose default would have to lie inside the bundle.
    """
    return [
        _parameter("JobFolder", str(job.folder.absolute()), "JOB, as the workstation names it"),
        _parameter("Tasks", name, "Which list of orders in JOB/tasks"),
        _parameter("Shots", f"1-{count}", "Which of them, such as 1-12 or 3,7"),
        _parameter("ShotsATask", wanted.shots, "Shots that share one loaded model"),
        _parameter("Lipflap", "lipflap", "The command on the farm's machines"),
    ]


def _parameter(name: str, default: str | int, description: str) -> dict[str, Any]:
    kind = {"type": "STRING"} if isinstance(default, str) else {"type": "INT", "minValue": 1}
    return {"name": name, **kind, "default": default, "description": description}


def _render(wanted: Requirements, rules: Rules) -> dict[str, Any]:
    at_once = min(wanted.shots, MAX_TOGETHER)
    amounts = {"vcpu": ceil(at_once / SHOTS_A_CORE), "memory": memory_mib(at_once)}
    amounts |= {"gpu": wanted.gpus} if wanted.gpus else {}
    chunks = {"defaultTaskCount": "{{Param.ShotsATask}}", "rangeConstraint": "CONTIGUOUS"}
    shots = {"name": "Shot", "type": "CHUNK[INT]", "range": "{{Param.Shots}}", "chunks": chunks}
    return {
        "name": "Render",
        "hostRequirements": {
            "amounts": [{"name": f"amount.worker.{k}", "min": n} for k, n in amounts.items()]
        },
        "parameterSpace": {"taskParameterDefinitions": [shots]},
        "script": _runs("task", rules, ["--numbers", "{{Task.Param.Shot}}"]),
    }


def _collect(rules: Rules) -> dict[str, Any]:
    return {
        "name": "Collect",
        "dependencies": [{"dependsOn": "Render"}],
        "script": _runs("collect", rules, []),
    }


def _runs(deed: str, rules: Rules, more: list[str]) -> dict[str, Any]:
    """A script that runs one of our commands, told of path maps by the session and by `rules`."""
    told = ["--path-mapping-rules", "{{Session.PathMappingRulesFile}}"]
    told += [f"--map={format_rule(rule)}" for rule in rules]
    args = ["farm", deed, "{{Param.JobFolder}}", "--tasks", "{{Param.Tasks}}", *more, *told]
    cancel = {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE_S}
    run = {"command": "{{Param.Lipflap}}", "args": args, "cancelation": cancel}
    return {"actions": {"onRun": run}}


def _assets(job: Job, name: str, tasks: Tasks) -> dict[str, Any]:
    """What a farm without the studio's disks has to be sent, and what it sends back."""
    home = Job(job.folder.absolute())
    files = {home.tasks(name), *files_of(home, tasks)}
    for order in map(read_order, files_of(home, tasks)):
        files |= {*_pictures(order), *(Path(speech.path) for speech in order.speeches)}
        model = home.model(order.settings.model_sha256)
        files |= {model} if model.is_file() else set()
    return {
        "inputs": {"filenames": sorted(map(str, files)), "directories": []},
        "outputs": {"directories": [str(home.folder / made) for made in ("media", "results")]},
        "referencedPaths": [],
    }


def _pictures(order: DubOrder) -> list[Path]:
    path = order.picture.path
    if not is_sequence(path):
        return [Path(path)]
    return [sequence_file(path, number) for number in numbers_on_disk(path)]


_EVERY_S = 1.0
_STAGES = (Stage.ANALYSE, Stage.PAINT)


def openjd_status_lines(orders: Iterable[DubOrder]) -> Callable[[Event], list[str]]:
    """What there is to say after each event of these orders; nothing that was said a moment ago."""
    frames = {order.shot: order.frames.count for order in orders}
    done = dict.fromkeys(frames, 0.0)
    said_at = float("-inf")

    def words(event: Event) -> list[str]:
        nonlocal said_at
        if isinstance(event, DubResult):
            done[event.shot] = 1.0
            status = f"{event.shot}: {event.report.state} {event.report.reason}"
        else:
            if event.stage in _STAGES:
                done[event.shot] = (_STAGES.index(event.stage) + event.done / event.total) / 2
            if monotonic() - said_at < _EVERY_S:
                return []
            status = f"{event.shot} {event.stage} {event.done}/{event.total}"
        said_at = monotonic()
        percent = 100 * sum(done[shot] * n for shot, n in frames.items()) / sum(frames.values())
        return [f"openjd_progress: {percent:.1f}", f"openjd_status: {one_line(status)}"]

    return words


def failure(why: str) -> str:
    return f"openjd_fail: {one_line(why)}"


def one_line(text: str) -> str:
    return " ".join(text.split())
