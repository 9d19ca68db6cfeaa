"""What `lipflap work` and `lipflap review` do to a JOB."""

import json
import logging
import os
from argparse import Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict

from lipflap.core.errors import DubError
from lipflap.core.order import FAILED, DubOrder, DubResult, read_order
from lipflap.plugin import queue
from lipflap.plugin.events import Event, to_line
from lipflap.plugin.job import Job
from lipflap.plugin.ordered import ordered_shots
from lipflap.plugin.render_queue import render_queue
from lipflap.plugin.review import (
    APPROVED,
    SENT_BACK,
    judged,
    review_of,
    told,
    withdraw_review,
    write_review,
)
from lipflap.plugin.together import most
from lipflap.plugin.work import work

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
    return _told(work(job, asked.weights), say, json_lines=asked.json)


def run_review(asked: Namespace, say: Say) -> int:
    """Write verdicts as asked, then tell of all there are. Raises DubError."""
    job = Job(asked.job)
    _refuse_other_folder(job)
    approved = [judged(order, APPROVED, asked.note) for order in _orders(job, asked.approve)]
    sent_back = [judged(order, SENT_BACK, asked.note) for order in _orders(job, asked.send_back)]
    for verdict in (*approved, *sent_back):
        write_review(job, verdict)
    for shot in ordered_shots(job, asked.withdraw):
        withdraw_review(job, shot)
    verdicts = map(review_of, _orders(job, ["*"]))
    found = [review for review in verdicts if review]
    if asked.json:
        say(json.dumps([asdict(review) for review in found], indent=1, ensure_ascii=False))
    else:
        for review in found:
            say(told(review))
    return 0


def _here(job: Job, asked: Namespace) -> Generator[Event, None, None]:
    """The queue, rendered in this process."""
    # Before torch is loaded: threads that spin while they wait starve the others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    together = queue.read_queue(job).together or most()
    return render_queue(job, asked.weights, together)


def _change(job: Job, asked: Namespace) -> None:
    if asked.together:
        queue.set_together(job, asked.together)
    if asked.add:
        queue.enqueue(job, ordered_shots(job, asked.add), first=asked.first)
    if asked.drop:
        queue.unqueue(job, ordered_shots(job, asked.drop))
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
            failed += isinstance(event, DubResult) and event.report.state == FAILED
    return 1 if failed else 0


def _orders(job: Job, patterns: Sequence[str]) -> list[DubOrder]:
    return [read_order(job.order(shot)) for shot in ordered_shots(job, patterns)]


def _refuse_other_folder(job: Job) -> None:
    if not (job.folder / "orders").is_dir():
        raise DubError(
            "is no JOB folder: no shots are ordered in it.",
            where=str(job.folder),
            fix="Give the folder that `lipflap order` wrote with -o.",
        )
