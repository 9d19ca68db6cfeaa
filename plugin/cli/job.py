"""Work on a JOB: `lipflap work`, `faces`, `review` and `report`."""

import json
import logging
import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from lipflap.core.analysis.face_report import FaceReport, face_report_to_json
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, read_order
from lipflap.core.result import DubResult, ShotState
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_job,
    add_json,
    add_path_rules,
    add_together,
    add_weights,
    path_rules,
)
from lipflap.plugin.job import queue
from lipflap.plugin.job.events import Event, to_line
from lipflap.plugin.job.folder import Job, select_shots
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.qc import review as reviews
from lipflap.plugin.qc.markers import MARKER_SUFFIXES, write_markers
from lipflap.plugin.render.capacity import max_shots
from lipflap.plugin.render.render_queue import render_queue
from lipflap.plugin.render.worker import run_worker

_log = logging.getLogger(__name__)

_FACES_EVERY = 25  # frames between lines of progress

_WORK_HELP = """\
A queue belongs to the JOB: shots are added while others are rendered, also by the panel, and any
number of workers on any number of machines share it. A worker ends when the queue is empty or
paused; what is rendered is not rendered again.
    lipflap work JOB --add '*'           queue every shot, and render
    lipflap work JOB --drop SH010        cancel one, also while it is being rendered
    lipflap work JOB --pause             stop all workers; the shots they render stay queued
    lipflap farm status JOB              show how far it is
"""

_PAGE_SUFFIXES = (".html", ".htm")

_REVIEW_HELP = """\
Without a verdict, lists the verdicts there are. A verdict is about the picture that was seen: a
shot that is rendered again has none. Then: lipflap conform CUT JOB --approved
SHOT is a name; * and ? match.
"""

_REPORT_HELP = """\
The ending of OUT says what is written:
    .html  a page with pictures as filmed and as dubbed
    .edl   markers for DaVinci Resolve (Timelines > Import > Timeline Markers from EDL)
    .txt   markers for Media Composer (Markers window > Import Markers)
Markers are green where a shot is approved, yellow where the sync check has doubts, blue where
it is rendered, red where it failed or was sent back, cyan where it is still to be rendered.
"""


def add_commands(add_parser: AddParser) -> None:
    about = "Render the shots that are queued in a JOB, and change its queue."
    _add_work(add_command(add_parser, "work", work, about, _WORK_HELP))

    about = "List the faces in shots: where each is, its picture, and which one would be dubbed."
    command = add_command(add_parser, "faces", list_faces, about)
    command.add_argument(
        "orders",
        metavar="ORDER.json",
        type=Path,
        nargs="+",
        help="the orders of shots, from JOB/orders",
    )
    add_weights(command)
    add_path_rules(command)
    add_json(command)

    about = "Approve rendered shots, or send them back with a note."
    _add_review(add_command(add_parser, "review", review, about, _REVIEW_HELP))

    about = "Write the results of a JOB as a page with pictures, or as markers."
    command = add_command(add_parser, "report", report, about, _REPORT_HELP)
    add_job(command)
    command.add_argument(
        "-o", dest="out", metavar="OUT", type=Path, required=True, help="the file to write"
    )


def work(args: Namespace) -> int:
    """Change the queue, and render it unless a shot was dropped or the queue paused."""
    job = Job(args.job)
    _refuse_other_folder(job)
    if args.unguarded:
        return _print_events(_render_queue(job, args), json_lines=True)
    _change_queue(job, args)
    if args.drop or args.pause:
        return 0
    left = queue.read_queue(job)
    if left.paused:
        _log.warning("the queue is paused; go on with --resume.")
    elif not left.shots:
        _log.warning("no shot is queued; queue some with --add.")
    return _print_events(run_worker(job, args.weights), json_lines=args.json)


def review(args: Namespace) -> int:
    """Write the verdicts that are given, then print all there are. Raises DubError."""
    job = Job(args.job)
    _refuse_other_folder(job)
    if args.note and not (args.approve or args.send_back):
        raise DubError(
            "is kept with a verdict, and none is given.",
            where="--note",
            fix="Name the shot with --approve or --send-back.",
        )
    verdicts = (
        (args.approve, reviews.Verdict.APPROVED),
        (args.send_back, reviews.Verdict.SENT_BACK),
    )
    given = [
        reviews.make_review(order, verdict, args.note)
        for patterns, verdict in verdicts
        for order in _read_orders(job, patterns)
    ]
    for one in given:
        reviews.write_review(job, one)
    for shot in select_shots(job, args.withdraw):
        reviews.withdraw_review(job, shot)
    stored = [one for one in map(reviews.read_review, _read_orders(job, ["*"])) if one]
    if args.json:
        print(json.dumps([asdict(one) for one in stored], indent=1, ensure_ascii=False))
    else:
        for one in stored:
            print(reviews.describe(one))
    return 0


def report(args: Namespace) -> int:
    """Write the page or the markers, by the ending of the file. Raises DubError."""
    from lipflap.plugin.qc.page import write_qc_page  # and Jinja2, which a worker does without

    writers: dict[str, Callable[[Job, Path], None]] = dict.fromkeys(_PAGE_SUFFIXES, write_qc_page)
    writers |= dict.fromkeys(MARKER_SUFFIXES, write_markers)
    write = writers.get(args.out.suffix.casefold())
    if write is None:
        raise DubError(
            "has an ending that says neither a page nor a list of markers.",
            where=str(args.out),
            fix=f"Give it one of: {', '.join(writers)}.",
        )
    write(Job(args.job), args.out)
    print(args.out)
    return 0


def list_faces(args: Namespace) -> int:
    """Find the faces of shots and print them; return 1 if that failed for one of several.

    Raises DubError when it fails for the only one.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    exit_code = 0
    for path in args.orders:
        try:
            _list_faces(path, args)
        except DubError as problem:
            if len(args.orders) == 1:
                raise
            _log.error("%s: %s", path.stem, problem)
            exit_code = 1
    return exit_code


def _list_faces(path: Path, args: Namespace) -> None:
    """Find the faces of a shot and print them. Raises DubError."""
    # Here and not above: a worker neither looks for faces nor decodes.
    from lipflap.plugin.render.find_faces import find_faces
    from lipflap.plugin.render.portraits import describe, write_portraits

    order = localise_order(read_order(path), path_rules(args)).local
    if len(args.orders) > 1 and not args.json:
        print(f"{order.shot}:")
    for event in find_faces(order, args.weights):
        if isinstance(event, FaceReport):
            if args.json:
                print(face_report_to_json(event).rstrip())
                continue
            print(*describe(event, order, write_portraits(event, order)), sep="\n")
        elif args.json:
            print(to_line(event), file=sys.stderr, flush=True)
        elif event.done % _FACES_EVERY == 0 or event.done == event.total:
            print(f"{event.stage} {event.done}/{event.total}", file=sys.stderr, flush=True)


def _render_queue(job: Job, args: Namespace) -> Generator[Event, None, None]:
    """Render the queue in this process."""
    # Before torch is loaded: threads that spin while they wait starve the others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    together = queue.read_queue(job).together or max_shots()
    return render_queue(job, args.weights, together)


def _change_queue(job: Job, args: Namespace) -> None:
    if args.together:
        queue.set_together(job, args.together)
    if args.add:
        queue.enqueue(job, select_shots(job, args.add), first=args.first)
    if args.drop:
        queue.unqueue(job, select_shots(job, args.drop))
    if args.pause:
        queue.pause(job)
    if args.resume:
        queue.resume(job)


def _print_events(events: Generator[Event, None, None], *, json_lines: bool) -> int:
    """Print events, or results only; return 1 if a shot failed."""
    failed = 0
    with closing(events):
        for event in events:
            if json_lines:
                print(to_line(event), flush=True)
            elif isinstance(event, DubResult):
                reason = f": {event.report.reason}" if event.report.reason else ""
                print(f"{event.shot}: {event.report.state}{reason}", flush=True)
            failed += isinstance(event, DubResult) and event.report.state == ShotState.FAILED
    return 1 if failed else 0


def _read_orders(job: Job, patterns: Sequence[str]) -> list[DubOrder]:
    return [read_order(job.order(shot)) for shot in select_shots(job, patterns)]


def _refuse_other_folder(job: Job) -> None:
    if not (job.folder / "orders").is_dir():
        raise DubError(
            "is not a JOB folder: it has no orders.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` wrote with -o.",
        )


def _add_work(command: ArgumentParser) -> None:
    add_job(command)
    add = command.add_argument
    add(
        "--add",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="add these shots to the queue; * and ? match",
    )
    add("--first", action="store_true", help="put them before those that are queued already")
    add(
        "--drop",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="take these shots out of the queue; * and ? match",
    )
    paused = command.add_mutually_exclusive_group()
    paused.add_argument("--pause", action="store_true", help="stop all workers and keep the queue")
    paused.add_argument("--resume", action="store_true", help="continue after a pause")
    add_together(command, default="as before, or what memory and cores allow")
    add_weights(command)
    add("--json", action="store_true", help="print progress and results as `lipflap render` does")
    add("--unguarded", action="store_true", help=SUPPRESS)


def _add_review(command: ArgumentParser) -> None:
    add_job(command)
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument(
        "--approve", metavar="SHOT", nargs="+", default=[], help="approve these shots"
    )
    verdict.add_argument(
        "--send-back", metavar="SHOT", nargs="+", default=[], help="send these shots back"
    )
    verdict.add_argument(
        "--withdraw", metavar="SHOT", nargs="+", default=[], help="take their verdicts back"
    )
    command.add_argument("--note", metavar="TEXT", default="", help="a note, kept with the verdict")
    add_json(command)
