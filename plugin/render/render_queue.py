"""Render what the queue of a JOB lists, in this process, for as long as it lists anything.

The queue is read between frames: whenever a slot is free, the first shot that nobody renders takes
it; a shot that is cancelled, or all when the queue is paused, end where they are.

queue    SH010 SH020 SH030 SH040 SH050
slots    SH010 SH020                    rendered together
         SH010       SH030              done, next
         SH010       x     SH040        cancelled, next
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

from lipflap.core.errors import DiskFull, DubError
from lipflap.core.paint.lockstep import Request, run_lockstep
from lipflap.core.result import DubResult, ShotReport, ShotState, Stage
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import Job, remove_stale_files
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.progress import is_rendering
from lipflap.plugin.job.queue import CachedQueue, finish
from lipflap.plugin.render.render import render, write_no_picture

_RETRY_S = 5.0  # until a shot that another process renders is tried again
_POLL_S = 0.25


def render_queue(job: Job, weights: Path | None, together: int) -> Generator[Event, None, None]:
    """Yield progress and results as they come, up to `together` shots at once.

    Ends when the queue is paused, or lists nothing that no other process renders. What makes a
    shot fail is its result, its missing model too. Raises DubError when the JOB folder cannot be
    written to.
    """
    remove_stale_files(job)
    return run_lockstep(_QueueSource(job, weights, together), together)


class _QueueSource:
    """The shots to begin now, as an iterator that may have none now and some later.

    It stops while no slot is free or nothing waits. When memory is short, there are half as many
    slots from then on.
    """

    def __init__(self, job: Job, weights: Path | None, slots: int) -> None:
        self._job, self._weights = job, weights
        self._slots = slots
        self._begun: set[str] = set()
        self._not_before: dict[str, float] = {}
        self._next_poll = float("-inf")
        self._queue = CachedQueue(job)

    def __iter__(self) -> "Iterator[Callable[[Request], Generator[Event, None, None]]]":
        return self

    def __next__(self) -> Callable[[Request], Generator[Event, None, None]]:
        is_due = not self._begun or monotonic() >= self._next_poll
        if len(self._begun) < self._slots and is_due:
            if shot := self._next_shot():
                self._begun.add(shot)
                return partial(self._render, shot, self._slots)
            self._next_poll = monotonic() + _POLL_S
        raise StopIteration

    def _next_shot(self) -> str | None:
        queue, now = self._queue.read(), monotonic()
        if queue.paused:
            return None
        for shot in queue.shots:
            if shot in self._begun or self._not_before.get(shot, now) > now:
                continue
            if not is_rendering(self._job, shot):
                return shot
            self._not_before[shot] = now + _RETRY_S
        return None

    def _render(self, shot: str, slots: int, request: Request) -> Generator[Event, None, None]:
        """Yield the events of a shot for as long as it is queued; it is one of `slots` at first."""
        try:
            order = read_job_order(self._job.order(shot))
        except DubError as problem:
            self._finish(shot)
            if self._job.order(shot).is_file():
                report = ShotReport(state=ShotState.FAILED, reason=str(problem))
                yield DubResult(shot, "", "", "", report)  # of no order, so it is not written
        else:
            yield from self._render_while_queued(order, slots, request)
        finally:
            self._begun.discard(shot)

    def _render_while_queued(
        self, order: LocalOrder, slots: int, request: Request
    ) -> Generator[Event, None, None]:
        try:
            when_short = partial(self._use_fewer_slots, slots) if slots > 1 else None
            with closing(render(order, self._weights, request, when_short)) as events:
                for event in events:
                    if isinstance(event, DubResult):
                        self._finish(event.shot)
                    elif event.stage == Stage.WAIT:
                        self._not_before[event.shot] = monotonic() + _RETRY_S
                        return
                    yield event
                    if not self._queue.is_wanted(order.shot):
                        return
        except DiskFull:
            raise
        except DubError as problem:
            result = write_no_picture(order, ShotState.FAILED, str(problem))
            self._finish(order.shot)
            yield result

    def _finish(self, shot: str) -> None:
        finish(self._job, shot)
        self._queue.refresh()  # or the shot would be begun once more

    def _use_fewer_slots(self, slots: int, order: LocalOrder) -> None:
        """Halve the slots after memory was short for a shot that was one of `slots`.

        The shot stays queued.
        """
        self._slots = min(self._slots, slots // 2)
