"""`lipflap farm`: the orders of a JOB on many machines, and what they made brought together."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import ceil
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from lipflap.core.errors import DubError
from lipflap.core.order import ShotState, read_order
from lipflap.core.serialize import to_json
from lipflap.plugin import dubbing
from lipflap.plugin.cli.progress import format_duration, show_progress
from lipflap.plugin.cli.types import help_options, natural, positive
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.farm.collect import join_parts, missing_shots
from lipflap.plugin.farm.openjd import Requirements, failure, openjd_status_lines, write_bundle
from lipflap.plugin.farm.tasks import (
    Tasks,
    batched,
    copy_models_to_job,
    files_of,
    pending_tasks,
    read_tasks,
    whole_orders,
    write_tasks,
)
from lipflap.plugin.job.folder import Job, select_shots
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.path_map import PathRule, Rules, map_path, parse_rule, read_rules
from lipflap.plugin.job.status import LOST, RUNNING, STATES, ShotStatus, job_status
from lipflap.plugin.render.capacity import MAX_TOGETHER
from lipflap.plugin.render.render_child import render_in_child
from lipflap.plugin.timeline.conform import ALTERNATE, TRACK

if TYPE_CHECKING:
    from distributed import Client

Say = Callable[[str], None]

STATUS_SCHEMA = "lipflap.status/1"
_TOLD = (RUNNING, ShotState.FAILED, LOST)  # shot by shot; of the others only how many

_ALL_RENDERED = "Everything that was asked for is rendered. Next: lipflap farm collect {job}"


def run(asked: Namespace, say: Say) -> int:
    """Do what one of the farm's commands asks for; its exit code. Raises DubError.

    say   prints a line
    """
    return _COMMANDS[asked.deed](asked, say)


def _bundle(asked: Namespace, say: Say) -> int:
    job, tasks = _planned(asked)
    if not tasks.orders:
        say(_ALL_RENDERED.format(job=asked.job))
        return 0
    shots = asked.shots_a_task or min(MAX_TOGETHER, len(tasks.orders))
    name = write_tasks(job, tasks)
    write_bundle(asked.bundle, job, name, Requirements(shots, asked.gpus), rules_of(asked))
    say(f"{asked.bundle}: {len(tasks.orders)} to render, {shots} a task")
    return 0


def _planned(asked: Namespace) -> tuple[Job, Tasks]:
    """What is still to be done of the JOB; what machines elsewhere need for it is in the JOB."""
    job = Job(asked.job.absolute())
    only = select_shots(job, asked.only) if asked.only else None
    tasks = pending_tasks(job, asked.longest, only)
    copy_models_to_job(job, map(read_order, files_of(job, tasks)))
    return job, tasks


def _run(asked: Namespace, say: Say) -> int:
    from lipflap.plugin.farm import cluster  # Dask: seconds that others need not wait

    job, tasks = _planned(asked)
    if not tasks.orders:
        say(_ALL_RENDERED.format(job=asked.job))
        return 0
    write_tasks(job, tasks)
    files, failed = files_of(job, tasks), 0
    frames = {order.shot: order.frames.count for order in map(read_order, files)}
    with _cluster(asked) as client:
        each = asked.shots_a_task or min(
            MAX_TOGETHER, ceil(len(files) / cluster.workers_of(client))
        )
        events = cluster.run_on_cluster(client, batched(files, each), rules_of(asked))
        with closing(events):
            for result in show_progress(events, frames, sys.stderr):
                sys.stderr.write(f"{result.shot}: {result.report.state}\n")
                failed += result.report.state == ShotState.FAILED
    say(f"{len(files) - failed} rendered, {failed} failed. Next: lipflap farm collect {asked.job}")
    return 1 if failed else 0


@contextmanager
def _cluster(asked: Namespace) -> "Iterator[Client]":
    from lipflap.plugin.farm import cluster

    if asked.cluster != LOCAL:
        if asked.gpus or asked.workers:
            raise DubError(
                "has the workers that were started for it.",
                where=asked.cluster,
                fix="--gpus and --workers are for --cluster local.",
            )
        with cluster.scheduler_at(asked.cluster) as client:
            yield client
        return
    gpus = asked.gpus or (0 if asked.workers else _gpus_here())
    with cluster.local_cluster(gpus, asked.workers or 1) as client:
        yield client


def _gpus_here() -> int:
    import torch

    return torch.cuda.device_count()


def _task(asked: Namespace, say: Say) -> int:
    """A wrong shot is a result, and no reason to try again: only what stops a task fails it."""
    try:
        rules = rules_of(asked)
        job = _here(asked.job, rules)
        files = files_of(job, read_tasks(job, asked.tasks))
        if asked.numbers.stop > len(files) + 1:
            raise DubError(f"has {len(files)} tasks only.", where=str(job.tasks(asked.tasks)))
        files = [files[number - 1] for number in asked.numbers]
        words = openjd_status_lines(map(read_order, files))
        with closing(render_in_child(files, rules=rules)) as events:
            for event in events:
                for line in words(event):
                    say(line)
    except DubError as problem:
        say(failure(str(problem)))
        raise
    return 0


def _here(job: Path, rules: Rules) -> Job:
    return Job(Path(map_path(str(job), rules)))


def _collect(asked: Namespace, say: Say) -> int:
    rules = rules_of(asked)
    job = _here(asked.job.absolute(), rules)
    if asked.tasks:
        return _checked(job, asked.tasks, rules, say)
    if rules:
        raise DubError(
            "is conformed where its cut lies.",
            where=str(asked.job),
            fix="Leave out --map there; here, check what a farm made with --tasks.",
        )
    orders = whole_orders(job)
    join_parts(job, orders)
    missing = missing_shots(orders)
    report = dubbing.conform(Path(read_cues(job.cues).cut_path), job, asked.how, asked.out)
    for one in missing:
        say(f"{one.shot}: {one.why}")
    say(f"{len(orders) - len(missing)} of {len(orders)} shots are as ordered.")
    say(f"Dubbed cut: {report.conformed}")
    return 1 if missing else 0


def _checked(job: Job, tasks: str, rules: Rules, say: Say) -> int:
    """What a farm was given, checked there; the cut lies elsewhere."""
    files = files_of(job, read_tasks(job, tasks))
    missing = missing_shots((read_job_order(file, rules) for file in files), rules)
    for one in missing:
        say(f"{one.shot}: {one.why}")
    if missing:
        say(failure("Not as ordered: " + ", ".join(one.shot for one in missing)))
    return 1 if missing else 0


def _status(asked: Namespace, say: Say) -> int:
    status = job_status(Job(asked.job), time())
    if asked.json:
        say(to_json(STATUS_SCHEMA, status).rstrip())
        return 0
    for shot in status.shots:
        if shot.state in _TOLD:
            say(f"{shot.shot}: {shot.state} {_how_far(shot)}".rstrip())
    counts = [f"{status.count(state)} {state}" for state in STATES if status.count(state)]
    left = (
        ""
        if status.seconds_left is None
        else f", about {format_duration(status.seconds_left)} left"
    )
    say((", ".join(counts) or "No orders") + left)
    return 0


def _how_far(shot: ShotStatus) -> str:
    if shot.state == ShotState.FAILED:
        return shot.reason
    return f"{shot.stage} {shot.done}/{shot.total} on {shot.host}"


_COMMANDS: dict[str, Callable[[Namespace, Say], int]] = {
    "bundle": _bundle,
    "run": _run,
    "status": _status,
    "collect": _collect,
    "task": _task,
}

LOCAL = "local"

_BUNDLE = """\
BUNDLE is a job bundle of Open Job Description:
    openjd run BUNDLE/template.json         renders here, task after task
    deadline bundle submit BUNDLE           gives it to Deadline Cloud
It holds what is not rendered yet; the last step says what is missing or failed. Then, where the
cut was made: lipflap farm collect JOB
"""

_RUN = """\
ADDRESS is a Dask scheduler's, such as tcp://10.0.0.5:8786; its workers are started with
    dask worker ADDRESS --nthreads 1                            one on each machine, or
    CUDA_VISIBLE_DEVICES=0 dask worker ADDRESS --nthreads 1 --resources GPU=1    one a GPU
Run it again after anything that went wrong: what is rendered is not rendered again.
"""


def farm(command: ArgumentParser) -> None:
    """Adds the farm's commands; `deed` in what is parsed names the one."""
    commands = command.add_subparsers(dest="deed", required=True, metavar="COMMAND")
    add: Callable[..., ArgumentParser] = commands.add_parser
    _add_bundle(
        add("bundle", help="an OpenJD job bundle, for Deadline Cloud", **help_options(_BUNDLE))
    )
    _add_run(add("run", help="render on a Dask cluster, or on the GPUs here", **help_options(_RUN)))
    _add_status(add("status", help="what is done, running, failed and to do"))
    _add_collect(add("collect", help="check every result and write the dubbed cut"))
    _add_task(add("task", help="what a task of the bundle runs"))


def path_rules(command: ArgumentParser) -> None:
    """Arguments that say where this machine finds what an order names."""
    add = command.add_argument
    add(
        "--map",
        metavar="FROM=TO",
        type=path_rule,
        nargs="+",
        action="extend",
        default=[],
        help="the farm finds in folder TO what the orders name in folder FROM",
    )
    add("--path-mapping-rules", metavar="FILE", type=Path, help="the same, as an OpenJD session's")


def path_rule(text: str) -> PathRule:
    try:
        return parse_rule(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not FROM=TO, two whole paths such as P:\\reel=/mnt/reel"
        ) from None


def rules_of(asked: Any) -> Rules:
    """The rules that `path_rules` asked for. Raises DubError."""
    file = asked.path_mapping_rules
    return (*asked.map, *(read_rules(file) if file else ()))


def _add_bundle(command: ArgumentParser) -> None:
    add = command.add_argument
    _job(command)
    add("-o", dest="bundle", metavar="BUNDLE", type=Path, required=True)
    add("--gpus", metavar="N", type=natural, default=1, help="a task needs; default: 1, or 0")
    _portions(command)
    path_rules(command)


def _add_run(command: ArgumentParser) -> None:
    add = command.add_argument
    _job(command)
    add("--cluster", metavar="ADDRESS", default=LOCAL, help="default: local, this machine")
    here = command.add_mutually_exclusive_group()
    here.add_argument(
        "--gpus", metavar="N", type=positive, help="of this machine, a worker each; default: all"
    )
    here.add_argument(
        "--workers", metavar="N", type=positive, help="on this machine's processor; default: 1"
    )
    _portions(command)
    path_rules(command)


def _add_status(command: ArgumentParser) -> None:
    _job(command)
    command.add_argument("--json", action="store_true", help="print JSON to stdout")


def _add_collect(command: ArgumentParser) -> None:
    add = command.add_argument
    _job(command)
    add("-o", dest="out", metavar="OUT", type=Path, help="an .otio or .otioz file")
    add(
        "--as",
        dest="how",
        choices=(ALTERNATE, TRACK),
        default=ALTERNATE,
        help="a second picture in each clip, or a DUB track above",
    )
    add("--tasks", metavar="NAME", help="what the last step of the bundle NAME runs: no cut")
    path_rules(command)


def _add_task(command: ArgumentParser) -> None:
    _job(command)
    add = command.add_argument
    add("--tasks", metavar="NAME", required=True, help="of the bundle")
    add("--numbers", metavar="FIRST-LAST", type=numbers, required=True, help="of its tasks")
    path_rules(command)


def numbers(text: str) -> range:
    """FIRST-LAST, both counted from 1, as OpenJD writes a contiguous chunk."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last)):
        raise ArgumentTypeError(f"{text!r} is not FIRST-LAST, such as 9-16")
    return range(int(first), int(last) + 1)


def _portions(command: ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--only",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="render these only; * and ? match",
    )
    add("--longest", metavar="FRAMES", type=positive, help="render longer shots in parts")
    add(
        "--shots-a-task",
        metavar="N",
        type=positive,
        help=f"that share one loaded model; default: {MAX_TOGETHER}, or fewer where machines would "
        "idle",
    )


def _job(command: ArgumentParser) -> None:
    command.add_argument("job", metavar="JOB", type=Path, help="what `lipflap order` wrote")
