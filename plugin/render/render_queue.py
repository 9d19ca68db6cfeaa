"""Render what the queue of a JOB lists, in this process, for as long as it lists anything.

The queue is looked at between frames: whenever there is a seat free, the first shot that nobody
renders takes it; a shot that is cancelled, or all when it is paused, end where they are.

queue    SH010 SH020 SH030 SH040 SH050
seats    SH010 SH020                    rendered together
         SH010       SH030              done, next
         SH010       x     SH040        cancelled, next
"""

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

from lipflap.core.errors import DiskFull, DubError
from lipflap.core.order import DubResult, ShotState, Stage
from lipflap.core.paint.lockstep import Request, run_lockstep
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import Job, remove_stale_files
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.progress import is_rendering
from lipflap.plugin.job.queue import CachedQueue, finish
from lipflap.plugin.render.render import render, write_no_picture

_LATER_S = 5.0  # until a shot that another process renders is tried again
_LOOK_S = 0.25  # between two looks for something to render

_log = logging.getLogger(__name__)


def render_queue(job: Job, weights: Path | None, together: int) -> Generator[Event, None, None]:
    """Progress and results as they come, up to `together` shots at once.

    Ends when the queue is paused, or lists nothing that no other process renders. What makes a
    shot fail is its result, its missing model too. Raises DubError when the JOB folder cannot be
    written to.
    """
    remove_stale_files(job)
    return run_lockstep(_QueueSource(job, weights, together), together)


class _QueueSource:
    """The shots to begin now: none while no seat is free, or nothing waits; perhaps later again.

    When memory is short, there are half as many seats from then on.
    """

    def __init__(self, job: Job, weights: Path | None, seats: int) -> None:
        self._job, self._weights = job, weights
        self._seats = seats
        self._taken: set[str] = set()
        self._not_before: dict[str, float] = {}
        self._look_at = float("-inf")
        self._glance = CachedQueue(job)

    def __iter__(self) -> "Iterator[Callable[[Request], Generator[Event, None, None]]]":
        return self

    def __next__(self) -> Callable[[Request], Generator[Event, None, None]]:
        looks = not self._taken or monotonic() >= self._look_at
        if len(self._taken) < self._seats and looks:
            if shot := self._next():
                self._taken.add(shot)
                return partial(self._rendered, shot, self._seats)
            self._look_at = monotonic() + _LOOK_S
        raise StopIteration

    def _next(self) -> str | None:
        queue, now = self._glance.queue(), monotonic()
        if queue.paused:
            return None
        for shot in queue.shots:
            if shot in self._taken or self._not_before.get(shot, now) > now:
                continue
            if not is_rendering(self._job, shot):
                return shot
            self._not_before[shot] = now + _LATER_S
        return None

    def _rendered(self, shot: str, seats: int, ask: Request) -> Generator[Event, None, None]:
        """The events of a shot for as long as it is wanted, one of `seats` at first."""
        try:
            order = read_job_order(self._job.order(shot))
        except DubError as problem:
            _log.warning("%s", problem)
            self._finish(shot)
        else:
            yield from self._while_wanted(order, seats, ask)
        finally:
            self._taken.discard(shot)

    def _while_wanted(
        self, order: LocalOrder, seats: int, ask: Request
    ) -> Generator[Event, None, None]:
        try:
            when_short = partial(self._fewer, seats) if seats > 1 else None
            with closing(render(order, self._weights, ask, when_short=when_short)) as events:
                for event in events:
                    if isinstance(event, DubResult):
                        self._finish(event.shot)
                    elif event.stage == Stage.WAIT:
                        self._not_before[event.shot] = monotonic() + _LATER_S
                        return
                    yield event
                    if not self._glance.wants(order.shot):
                        return
        except DiskFull:
            raise
        except DubError as problem:
            result = write_no_picture(order, ShotState.FAILED, str(problem))
            self._finish(order.shot)
            yield result

    def _finish(self, shot: str) -> None:
        finish(self._job, shot)
        self._glance.look_again()  # or its seat would be given to it once more

    def _fewer(self, seats: int, order: LocalOrder) -> None:
        """Memory was short for a shot that was one of `seats`; it stays queued."""
        self._seats = min(self._seats, seats // 2)
