"""A JOB as a job bundle of Open Job Description, as AWS Deadline Cloud and other farms run it.

    step Render     task 1  2  3 ... N      a chunk of them is one `lipflap farm task`: one process
      |                                     that loads the networks once and paints in lockstep
    step Collect    one task                `lipflap farm collect --tasks`: checks every result

A chunk of tasks is one process, not a renderer that lives as long as the session: that would get
one task after the other, and only shots that are rendered together share batches.

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
from lipflap.core.order import DubOrder, read_order
from lipflap.core.result import DubResult
from lipflap.plugin.farm.tasks import Tasks, order_files, read_tasks
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.pace import STAGES
from lipflap.plugin.job.path_map import Rules, format_rule
from lipflap.plugin.render.capacity import MAX_TOGETHER, SHOTS_A_CORE, memory_mib

NOTICE_S = 60  # to end the renderer politely, and to remove what it had begun
_MAX_NAME_CHARS = 128  # of a job


@dataclass(frozen=True, slots=True)
class Requirements:
    """The requirements of a task on a machine of the farm.

    shots  that share one loaded model
    gpus   0 where the processor paints
    """

    shots: int
    gpus: int


def write_bundle(
    bundle: Path, job: Job, name: str, requirements: Requirements, rules: Rules
) -> None:
    """Write template.json and its two companions into folder `bundle`.

    name   of the tasks in the JOB
    rules  where the farm finds what the orders name, as far as its own rules do not say
    Raises DubError.
    """
    if any("{{" in format_rule(rule) for rule in rules):
        raise DubError(
            "{{ has a meaning of its own in a job template.",
            where="--map",
            fix="Rename the folder, or map a folder above it.",
        )
    tasks = read_tasks(job, name)
    parameters = _parameters(job, name, len(tasks.orders), requirements)
    template = {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"Lipflap {job.folder.absolute().name.replace('{{', '')}"[:_MAX_NAME_CHARS],
        "parameterDefinitions": parameters,
        "steps": [_render(requirements, rules), _collect(rules)],
    }
    values = [{"name": each["name"], "value": each["default"]} for each in parameters]
    for file, body in (
        ("template.json", template),
        ("parameter_values.json", {"parameterValues": values}),
        ("asset_references.json", {"assetReferences": _assets(job, name, tasks)}),
    ):
        write_text(bundle / file, json.dumps(body, indent=1, ensure_ascii=False) + "\n")


def _parameters(
    job: Job, name: str, count: int, requirements: Requirements
) -> list[dict[str, Any]]:
    """Return the job parameters; their defaults are their values, so the template runs as it is.

    JobFolder is no PATH, whose default would have to lie inside the bundle.
    """
    return [
        _parameter("JobFolder", str(job.folder.absolute()), "JOB, as the workstation names it"),
        _parameter("Tasks", name, "Which list of orders in JOB/tasks"),
        _parameter("Shots", f"1-{count}", "Which of them, such as 1-12 or 3,7"),
        _parameter("ShotsATask", requirements.shots, "Shots that share one loaded model"),
        _parameter("Lipflap", "lipflap", "The command on the farm's machines"),
    ]


def _parameter(name: str, default: str | int, description: str) -> dict[str, Any]:
    kind = {"type": "STRING"} if isinstance(default, str) else {"type": "INT", "minValue": 1}
    return {"name": name, **kind, "default": default, "description": description}


def _render(requirements: Requirements, rules: Rules) -> dict[str, Any]:
    together = min(requirements.shots, MAX_TOGETHER)
    amounts = {"vcpu": ceil(together / SHOTS_A_CORE), "memory": memory_mib(together)}
    amounts |= {"gpu": requirements.gpus} if requirements.gpus else {}
    chunks = {"defaultTaskCount": "{{Param.ShotsATask}}", "rangeConstraint": "CONTIGUOUS"}
    shots = {"name": "Shot", "type": "CHUNK[INT]", "range": "{{Param.Shots}}", "chunks": chunks}
    return {
        "name": "Render",
        "hostRequirements": {
            "amounts": [{"name": f"amount.worker.{k}", "min": n} for k, n in amounts.items()]
        },
        "parameterSpace": {"taskParameterDefinitions": [shots]},
        "script": _script("task", rules, ["--numbers", "{{Task.Param.Shot}}"]),
    }


def _collect(rules: Rules) -> dict[str, Any]:
    return {
        "name": "Collect",
        "dependencies": [{"dependsOn": "Render"}],
        "script": _script("collect", rules, []),
    }


def _script(subcommand: str, rules: Rules, options: list[str]) -> dict[str, Any]:
    """Return a script that runs a `lipflap` command, with the path rules of session and bundle."""
    maps = ["--path-mapping-rules", "{{Session.PathMappingRulesFile}}"]
    maps += [f"--map={format_rule(rule)}" for rule in rules]
    options = ["--tasks", "{{Param.Tasks}}", *options, *maps]
    args = ["farm", subcommand, "{{Param.JobFolder}}", *options]
    cancel = {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE_S}
    run = {"command": "{{Param.Lipflap}}", "args": args, "cancelation": cancel}
    return {"actions": {"onRun": run}}


def _assets(job: Job, name: str, tasks: Tasks) -> dict[str, Any]:
    """Return the files that a farm without the studio's disks needs, and those it sends back."""
    job = Job(job.folder.absolute())
    files = {job.tasks(name), *order_files(job, tasks)}
    for order in map(read_order, order_files(job, tasks)):
        files |= {*_pictures(order), *(Path(speech.path) for speech in order.speeches)}
        model = job.model(order.settings.model_sha256)
        files |= {model} if model.is_file() else set()
    return {
        "inputs": {"filenames": sorted(map(str, files)), "directories": []},
        "outputs": {"directories": [str(job.folder / name) for name in ("media", "results")]},
        "referencedPaths": [],
    }


def _pictures(order: DubOrder) -> list[Path]:
    """Return the files of the shot's picture, of its references and of its speakers."""
    files = []
    films = (*order.references, *order.shown_elsewhere)
    for path in {order.picture.path, *(one.picture.path for one in films)}:
        if is_sequence(path):
            files += [sequence_file(path, number) for number in numbers_on_disk(path)]
        else:
            files.append(Path(path))
    return files


_REPORT_EVERY_S = 1.0


def openjd_status_lines(orders: Iterable[DubOrder]) -> Callable[[Event], list[str]]:
    """Return a function from an event of these orders to status lines for an OpenJD session.

    It returns none within a second of the last ones.
    """
    frames = {order.shot: order.frames.count for order in orders}
    done = dict.fromkeys(frames, 0.0)
    reported_at = float("-inf")

    def lines_of(event: Event) -> list[str]:
        nonlocal reported_at
        if isinstance(event, DubResult):
            done[event.shot] = 1.0
            status = f"{event.shot}: {event.report.state} {event.report.reason}"
        else:
            if event.stage in STAGES:
                done[event.shot] = (STAGES.index(event.stage) + event.done / event.total) / 2
            if monotonic() - reported_at < _REPORT_EVERY_S:
                return []
            status = f"{event.shot} {event.stage} {event.done}/{event.total}"
        reported_at = monotonic()
        percent = 100 * sum(done[shot] * n for shot, n in frames.items()) / sum(frames.values())
        return [f"openjd_progress: {percent:.1f}", f"openjd_status: {_one_line(status)}"]

    return lines_of


def failure(reason: str) -> str:
    """Return the line by which a task tells its session why it failed."""
    return f"openjd_fail: {_one_line(reason)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
