"""`lipflap farm`: render the orders of a JOB on many machines, and collect the results."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from math import ceil
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from lipflap.core.errors import DubError
from lipflap.core.order import read_order
from lipflap.core.result import ShotState
from lipflap.core.serialize import to_json
from lipflap.core.timing import format_duration
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_conform_as,
    add_group,
    add_job,
    add_json,
    add_path_rules,
    add_signing,
    natural,
    numbers,
    path_rules,
    positive,
    signing,
)
from lipflap.plugin.cli.progress import show_progress
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.farm.collect import MissingShot, join_parts, missing_shots
from lipflap.plugin.farm.openjd import Requirements, failure, openjd_status_lines, write_bundle
from lipflap.plugin.farm.tasks import (
    Tasks,
    batched,
    copy_models_to_job,
    order_files,
    pending_tasks,
    read_tasks,
    whole_orders,
    write_tasks,
)
from lipflap.plugin.job.folder import Job, check_folder, select_shots
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.path_map import Rules, map_path
from lipflap.plugin.job.status import RenderState, ShotStatus, job_status
from lipflap.plugin.qc.report import NO_DUBBED_CUT, JobReport, outcome
from lipflap.plugin.render.capacity import MAX_TOGETHER
from lipflap.plugin.render.render_child import render_in_child
from lipflap.plugin.trust.sign.studio_settings import ready_signer

if TYPE_CHECKING:
    from distributed import Client

STATUS_SCHEMA = "lipflap.status/2"
LOCAL = "local"

_LISTED_STATES = (
    RenderState.RENDERING,
    RenderState.FAILED,
    RenderState.INTERRUPTED,
)  # shot by shot; the others are only counted

_ALL_RENDERED = "Nothing to do: every shot asked for is rendered. Next: lipflap farm collect {job}"

_BUNDLE_HELP = """\
BUNDLE is a job bundle of Open Job Description:
    openjd run BUNDLE/template.json         renders on this machine, task after task
    deadline bundle submit BUNDLE           submits it to Deadline Cloud
It holds what is not rendered yet; its last step names what is missing or failed. Then, where the
cut was made: lipflap farm collect JOB
"""

_RUN_HELP = """\
ADDRESS is a Dask scheduler's, such as tcp://10.0.0.5:8786; its workers are started with
    dask worker ADDRESS --nthreads 1                            one on each machine, or
    CUDA_VISIBLE_DEVICES=0 dask worker ADDRESS --nthreads 1 --resources GPU=1    one a GPU
Run it again after anything that went wrong: what is rendered is not rendered again.
"""


def add_commands(add_parser: AddParser) -> None:
    add = add_group(add_parser, "farm", "Render a JOB on many machines, and collect the results.")

    about = "Write an OpenJD job bundle, for AWS Deadline Cloud or another OpenJD farm."
    _add_bundle(add_command(add, "bundle", bundle, about, _BUNDLE_HELP))

    about = "Render on a Dask cluster, or on the GPUs of this machine."
    _add_run(add_command(add, "run", run, about, _RUN_HELP))

    about = "Show how many shots are rendered, rendering, failed and waiting."
    command = add_command(add, "status", status, about)
    add_job(command)
    add_json(command)

    about = "Check every result, and write the dubbed cut."
    _add_collect(add_command(add, "collect", collect, about))

    about = "Render some tasks of a bundle: the command that its tasks run."
    _add_task(add_command(add, "task", task, about))


def bundle(args: Namespace) -> int:
    job, tasks = _plan_tasks(args)
    if not tasks.orders:
        _print(_ALL_RENDERED.format(job=args.job))
        return 0
    shots = args.shots_a_task or min(MAX_TOGETHER, len(tasks.orders))
    name = write_tasks(job, tasks)
    write_bundle(args.bundle, job, name, Requirements(shots, args.gpus), path_rules(args))
    _print(f"{args.bundle}: {len(tasks.orders)} to render, {shots} a task")
    return 0


def _plan_tasks(args: Namespace) -> tuple[Job, Tasks]:
    """Return the tasks still to render; copy the models that they need into the JOB."""
    job = Job(args.job.absolute())
    only = select_shots(job, args.only) if args.only else None
    tasks = pending_tasks(job, args.longest, only)
    copy_models_to_job(job, map(read_order, order_files(job, tasks)))
    return job, tasks


def run(args: Namespace) -> int:
    from lipflap.plugin.farm import cluster  # Dask takes seconds to import

    job, tasks = _plan_tasks(args)
    if not tasks.orders:
        _print(_ALL_RENDERED.format(job=args.job))
        return 0
    write_tasks(job, tasks)
    files, failed = order_files(job, tasks), 0
    frames = {order.shot: order.frames.count for order in map(read_order, files)}
    with _cluster(args) as client:
        shots = args.shots_a_task or min(
            MAX_TOGETHER, ceil(len(files) / cluster.count_workers(client))
        )
        events = cluster.run_on_cluster(client, batched(files, shots), path_rules(args))
        with closing(events):
            for result in show_progress(events, frames, sys.stderr):
                said = f"{result.shot}: {result.report.state} {result.report.reason}"
                print(said.rstrip(), file=sys.stderr)
                failed += result.report.state == ShotState.FAILED
    _print(
        f"{len(files) - failed} rendered, {failed} failed. Next: lipflap farm collect {args.job}"
    )
    return 1 if failed else 0


@contextmanager
def _cluster(args: Namespace) -> "Iterator[Client]":
    from lipflap.plugin.farm import cluster

    if args.cluster != LOCAL:
        if args.gpus or args.workers:
            raise DubError(
                "this cluster has its own workers; --gpus and --workers are for this machine.",
                where=args.cluster,
                fix=f"Leave out --gpus and --workers, or use --cluster {LOCAL}.",
            )
        with cluster.scheduler_at(args.cluster) as client:
            yield client
        return
    gpus = args.gpus or (0 if args.workers else _count_gpus())
    with cluster.local_cluster(gpus, args.workers or 1) as client:
        yield client


def _count_gpus() -> int:
    import torch

    return torch.cuda.device_count()


def task(args: Namespace) -> int:
    """Render tasks of a bundle; return 0 when shots fail, since a retry would not help those.

    Raises DubError for what stops the whole task, after telling the session.
    """
    try:
        rules = path_rules(args)
        job = _local_job(args.job, rules)
        files = order_files(job, read_tasks(job, args.tasks))
        if args.numbers.stop > len(files) + 1:
            raise DubError(f"has only {len(files)} tasks.", where=str(job.tasks(args.tasks)))
        files = [files[number - 1] for number in args.numbers]
        lines_of = openjd_status_lines(map(read_order, files))
        with closing(render_in_child(files, rules=rules)) as events:
            for event in events:
                for line in lines_of(event):
                    _print(line)
    except DubError as problem:
        _print(failure(str(problem)))
        raise
    return 0


def _local_job(job: Path, rules: Rules) -> Job:
    return Job(Path(map_path(str(job), rules)))


def collect(args: Namespace) -> int:
    from lipflap.plugin import dubbing  # which a task, started for each batch, does without

    rules = path_rules(args)
    job = _local_job(args.job.absolute(), rules)
    if args.tasks:
        files = order_files(job, read_tasks(job, args.tasks))
        return _check_tasks([read_job_order(file, rules) for file in files])
    if rules:
        raise DubError(
            "can only be conformed on the machine that has its cut, without --map.",
            where=str(args.job),
            fix="Leave out --map there; on the farm, check the results with --tasks.",
        )
    ready_signer(signing(args))  # before anything is joined
    orders = whole_orders(job)
    join_parts(job, orders)
    missing = missing_shots(orders)
    _print_missing(missing)
    _print(f"{len(orders) - len(missing)} of {len(orders)} shots are as ordered.")
    if missing and len(missing) == len(orders):
        _print(NO_DUBBED_CUT)
        return 1
    cut = Path(read_cues(job.cues).cut_path)
    report = dubbing.conform(cut, job, args.how, args.out, sound=args.sound, signing=signing(args))
    for line in (*_noted(report), *outcome(report)):
        _print(line)
    return 1 if missing else 0


def _noted(report: JobReport) -> Iterator[str]:
    """Yield the notes on shots in lines of text."""
    for shot in report.shots:
        yield from (f"{shot.shot}: {note}" for note in shot.notes)


def _check_tasks(orders: Sequence[LocalOrder]) -> int:
    """Check the results of a bundle's tasks on the farm, where the cut is not at hand."""
    missing = missing_shots(orders)
    _print_missing(missing)
    if missing:
        _print(failure("Not as ordered: " + ", ".join(shot.shot for shot in missing)))
    return 1 if missing else 0


def _print_missing(missing: list[MissingShot]) -> None:
    for shot in missing:
        _print(f"{shot.shot}: {shot.reason}")


def status(args: Namespace) -> int:
    job = Job(args.job)
    check_folder(job)
    now = job_status(job, time())
    if args.json:
        _print(to_json(STATUS_SCHEMA, now).rstrip())
        return 0
    for shot in now.shots:
        if shot.state in _LISTED_STATES:
            _print(f"{shot.shot}: {shot.state} {_detail(shot)}".rstrip())
    counts = [f"{now.count(state)} {state}" for state in RenderState if now.count(state)]
    remaining = (
        "" if now.seconds_left is None else f", about {format_duration(now.seconds_left)} left"
    )
    _print((", ".join(counts) or "No orders") + remaining)
    return 0


def _detail(shot: ShotStatus) -> str:
    if shot.state == RenderState.FAILED:
        return shot.reason
    return f"{shot.stage} {shot.done}/{shot.total} on {shot.host}"


def _print(line: str) -> None:
    """Print a line unbuffered, as a farm reads it while the task runs."""
    print(line, flush=True)


def _add_bundle(command: ArgumentParser) -> None:
    add = command.add_argument
    add_job(command)
    add("-o", dest="bundle", metavar="BUNDLE", type=Path, required=True, help="the folder to write")
    add(
        "--gpus",
        metavar="N",
        type=natural,
        default=1,
        help="GPUs that a task needs, 0 for a farm without; default: 1",
    )
    _add_task_size(command)
    add_path_rules(command)


def _add_run(command: ArgumentParser) -> None:
    add = command.add_argument
    add_job(command)
    add("--cluster", metavar="ADDRESS", default=LOCAL, help="default: local, this machine alone")
    local = command.add_mutually_exclusive_group()
    local.add_argument(
        "--gpus",
        metavar="N",
        type=positive,
        help="use N GPUs of this machine, a worker each; default: all",
    )
    local.add_argument(
        "--workers",
        metavar="N",
        type=positive,
        help="use N workers on this machine's processor; default: 1",
    )
    _add_task_size(command)
    add_path_rules(command)


def _add_collect(command: ArgumentParser) -> None:
    add = command.add_argument
    add_job(command)
    add("-o", dest="out", metavar="OUT", type=Path, help="the .otio or .otioz file to write")
    add_conform_as(command)
    add_signing(command)
    add(
        "--tasks",
        metavar="NAME",
        help="only check the results of these tasks, as the last step of a bundle does",
    )
    add_path_rules(command)


def _add_task(command: ArgumentParser) -> None:
    add_job(command)
    add = command.add_argument
    add("--tasks", metavar="NAME", required=True, help="the name of the bundle's tasks in the JOB")
    add(
        "--numbers",
        metavar="FIRST-LAST",
        type=numbers,
        required=True,
        help="which of them to render, counted from 1",
    )
    add_path_rules(command)


def _add_task_size(command: ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--only",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="render these shots only; * and ? match",
    )
    add(
        "--longest",
        metavar="FRAMES",
        type=positive,
        help="render shots longer than this in parts",
    )
    add(
        "--shots-a-task",
        metavar="N",
        type=positive,
        help=f"how many shots share one loaded model; default: {MAX_TOGETHER}, or fewer where "
        "machines would idle",
    )
