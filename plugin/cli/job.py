"""What `lipflap work` and `lipflap review` do to a JOB."""

import json
import logging
import os
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, DubResult, ShotState, read_order
from lipflap.plugin.cli.types import positive
from lipflap.plugin.job import queue
from lipflap.plugin.job.events import Event, to_line
from lipflap.plugin.job.folder import Job, select_shots
from lipflap.plugin.qc.review import (
    APPROVED,
    SENT_BACK,
    describe,
    make_review,
    read_review,
    withdraw_review,
    write_review,
)
from lipflap.plugin.render.capacity import max_shots
from lipflap.plugin.render.render_queue import render_queue
from lipflap.plugin.render.worker import run_worker

Say = Callable[[str], object]

_log = logging.getLogger(__name__)


def run_work(asked: Namespace, say: Say) -> int:
    """Change the queue as asked, and render it unless that was all. Raises DubError."""
    job = Job(asked.job)
    _refuse_other_folder(job)
    if asked.unguarded:
        return _told(_here(job, asked), say, json_lines=True)
    _change(job, asked)
    if asked.drop or asked.pause:
        return 0
    if queue.read_queue(job).paused:
        _log.warning("the queue is paused; go on with --resume.")
    return _told(run_worker(job, asked.weights), say, json_lines=asked.json)


def run_review(asked: Namespace, say: Say) -> int:
    """Write verdicts as asked, then tell of all there are. Raises DubError."""
    job = Job(asked.job)
    _refuse_other_folder(job)
    approved = [make_review(order, APPROVED, asked.note) for order in _orders(job, asked.approve)]
    sent_back = [
        make_review(order, SENT_BACK, asked.note) for order in _orders(job, asked.send_back)
    ]
    for verdict in (*approved, *sent_back):
        write_review(job, verdict)
    for shot in select_shots(job, asked.withdraw):
        withdraw_review(job, shot)
    verdicts = map(read_review, _orders(job, ["*"]))
    found = [review for review in verdicts if review]
    if asked.json:
        say(json.dumps([asdict(review) for review in found], indent=1, ensure_ascii=False))
    else:
        for review in found:
            say(describe(review))
    return 0


def _here(job: Job, asked: Namespace) -> Generator[Event, None, None]:
    """The queue, rendered in this process."""
    # Before torch is loaded: threads that spin while they wait starve the others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    together = queue.read_queue(job).together or max_shots()
    return render_queue(job, asked.weights, together)


def _change(job: Job, asked: Namespace) -> None:
    if asked.together:
        queue.set_together(job, asked.together)
    if asked.add:
        queue.enqueue(job, select_shots(job, asked.add), first=asked.first)
    if asked.drop:
        queue.unqueue(job, select_shots(job, asked.drop))
    if asked.pause:
        queue.pause(job)
    if asked.resume:
        queue.resume(job)


def _told(events: Generator[Event, None, None], say: Say, *, json_lines: bool) -> int:
    """Says what comes; 1 if a shot failed."""
    failed = 0
    with closing(events):
        for event in events:
            if json_lines:
                say(to_line(event))
            elif isinstance(event, DubResult):
                reason = f": {event.report.reason}" if event.report.reason else ""
                say(f"{event.shot}: {event.report.state}{reason}")
            failed += isinstance(event, DubResult) and event.report.state == ShotState.FAILED
    return 1 if failed else 0


def _orders(job: Job, patterns: Sequence[str]) -> list[DubOrder]:
    return [read_order(job.order(shot)) for shot in select_shots(job, patterns)]


def _refuse_other_folder(job: Job) -> None:
    if not (job.folder / "orders").is_dir():
        raise DubError(
            "is no JOB folder: no shots are ordered in it.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` wrote with -o.",
        )


WORK = """\
A queue belongs to the JOB: shots are added while others are rendered, also by the panel, and any
number of workers on any number of machines share it. A worker ends when the queue is empty or
paused; what is rendered is not rendered again.
    lipflap work JOB --add '*'           queue every shot, and render
    lipflap work JOB --drop SH010        cancel one, also while it is being rendered
    lipflap work JOB --pause             have all workers drop what they render and end
    lipflap farm status JOB              how far it is
"""

REVIEW = """\
Without a verdict, the verdicts there are. A verdict is about the picture that was seen: a shot
that is rendered anew has none. Then: lipflap conform CUT JOB --approved
SHOT is a name; * and ? match.
"""


def add_work(command: ArgumentParser) -> None:
    add = command.add_argument
    add("job", metavar="JOB", type=Path)
    add("--add", metavar="SHOT", nargs="+", action="extend", default=[], help="queue these, too")
    add("--first", action="store_true", help="--add before what is queued already")
    add("--drop", metavar="SHOT", nargs="+", action="extend", default=[], help="take out of it")
    paused = command.add_mutually_exclusive_group()
    paused.add_argument("--pause", action="store_true", help="end all workers; the queue stays")
    paused.add_argument("--resume", action="store_true", help="go on after a pause")
    add("--together", metavar="N", type=positive, help="shots rendered at once, from now on")
    add("--weights", metavar="DIR", type=Path, help="where weights of --tracker face-alignment lie")
    add("--json", action="store_true", help="print progress and results as `render` does")
    add("--unguarded", action="store_true", help=SUPPRESS)


def add_review(command: ArgumentParser) -> None:
    add = command.add_argument
    add("job", metavar="JOB", type=Path)
    verdict = command.add_mutually_exclusive_group()
    verdict.add_argument("--approve", metavar="SHOT", nargs="+", default=[])
    verdict.add_argument("--send-back", metavar="SHOT", nargs="+", default=[])
    verdict.add_argument("--withdraw", metavar="SHOT", nargs="+", default=[])
    add("--note", metavar="TEXT", default="", help="what is to be said about them")
    add("--json", action="store_true", help="print JSON to stdout")
