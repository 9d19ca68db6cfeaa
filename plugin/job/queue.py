"""The render queue of a JOB: which shots are to be rendered, in which order, in JOB/queue.json.

The panel and the command line queue shots, workers (render.worker) render them; both may end and
come back at any time. Every change is made under a lock, by one process at a time.

    enqueue      shots ------> worker renders ------> finished
    unqueue      shots ------> cancelled, also while it is being rendered
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic

from filelock import FileLock, Timeout

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.disk_space import write_error
from lipflap.core.serialize import RecordUnreadable, from_json, read_text, to_json
from lipflap.plugin.job.file_stamp import FileStamp, file_stamp
from lipflap.plugin.job.folder import Job

QUEUE_SCHEMA = "lipflap.queue/1"

_LOCK_TIMEOUT_S = 10.0
_CACHED_S = 0.25


@dataclass(frozen=True, slots=True)
class Queue:
    """Names of shots, each in one of three lists.

    shots      to be rendered, in this order; those that are being rendered are among them
    paused     whether workers are to render nothing now
    cancelled  removed before they were done
    finished   rendered, skipped or failed since they were queued
    together   shots rendered at once; None for what memory and cores allow
    """

    shots: tuple[str, ...] = ()
    paused: bool = False
    cancelled: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()
    together: int | None = None

    def __post_init__(self) -> None:
        if self.together is not None and self.together < 1:
            raise ValueError("shots rendered together count from 1")


def read_queue(job: Job) -> Queue:
    """Read the queue of a JOB; empty when there is none. Raises DubError for a broken file."""
    if not job.queue.exists():
        return Queue()
    try:
        return from_json(QUEUE_SCHEMA, Queue, read_text(job.queue), where=str(job.queue))
    except RecordUnreadable as problem:
        if not job.queue.exists():
            return Queue()
        raise DubError(
            problem.problem, where=problem.where, fix="Remove it and queue the shots again."
        ) from problem


def enqueue(job: Job, shots: Iterable[str], first: bool = False) -> Queue:
    """Queue shots at the end, or `first`; those that are queued already move. Raises DubError."""
    names = tuple(dict.fromkeys(shots))

    def add(queue: Queue) -> Queue:
        queue = _without(queue, names)
        ordered = (*names, *queue.shots) if first else (*queue.shots, *names)
        return replace(queue, shots=ordered)

    return _change(job, add)


def unqueue(job: Job, shots: Iterable[str]) -> Queue:
    """Cancel shots, also those that are being rendered. Raises DubError."""
    names = set(shots)

    def cancel(queue: Queue) -> Queue:
        found = tuple(shot for shot in queue.shots if shot in names)
        return replace(_without(queue, found), cancelled=(*queue.cancelled, *found))

    return _change(job, cancel)


def move(job: Job, shots: Iterable[str], by: int) -> Queue:
    """Move shots `by` places down the queue, or up when negative, in the order they have.

    They stop at either end. Raises DubError.
    """
    names = set(shots)

    def shift(queue: Queue) -> Queue:
        ordered = list(queue.shots)
        for _ in range(abs(by)):
            _shift_once(ordered, names, 1 if by > 0 else -1)
        return replace(queue, shots=tuple(ordered))

    return _change(job, shift)


def pause(job: Job) -> Queue:
    """Make workers stop what they render, and end. Raises DubError."""
    return _change(job, lambda queue: replace(queue, paused=True))


def resume(job: Job) -> Queue:
    """Let workers render that are started from now on. Raises DubError."""
    return _change(job, lambda queue: replace(queue, paused=False))


def set_together(job: Job, together: int | None) -> Queue:
    """Set how many shots a worker renders at once that is started from now on. Raises DubError."""
    return _change(job, lambda queue: replace(queue, together=together))


def finish(job: Job, shot: str) -> Queue:
    """Move a shot that has a result to the finished ones. Raises DubError."""

    def done(queue: Queue) -> Queue:
        if shot not in queue.shots:
            return queue
        queue = _without(queue, [shot])
        return replace(queue, finished=(*queue.finished, shot))

    return _change(job, done)


def clear_finished(job: Job) -> Queue:
    """Empty the lists of finished and cancelled shots; results stay. Raises DubError."""
    return _change(job, lambda queue: replace(queue, finished=(), cancelled=()))


@contextmanager
def locked_queue(job: Job) -> Iterator[Queue]:
    """Yield the queue, which nobody else can change until the block ends. Raises DubError."""
    lock = FileLock(job.queue.with_name(".queue.lock"), poll_interval=0.02)
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=_LOCK_TIMEOUT_S)
    except Timeout as problem:
        raise DubError(
            f"has been locked by another process for {_LOCK_TIMEOUT_S:.0f} s.",
            where=str(job.queue),
            fix="Try again; if no Lipflap runs on any machine, remove .queue.lock beside it.",
        ) from problem
    except OSError as problem:
        raise write_error(job.queue, problem) from problem
    try:
        yield read_queue(job)
    finally:
        lock.release()


def _change(job: Job, change: Callable[[Queue], Queue]) -> Queue:
    with locked_queue(job) as queue:
        changed = change(queue)
        if changed != queue:
            write_text(job.queue, to_json(QUEUE_SCHEMA, changed))
    return changed


def _without(queue: Queue, shots: Iterable[str]) -> Queue:
    names = set(shots)
    return replace(
        queue,
        shots=tuple(shot for shot in queue.shots if shot not in names),
        cancelled=tuple(shot for shot in queue.cancelled if shot not in names),
        finished=tuple(shot for shot in queue.finished if shot not in names),
    )


def _shift_once(ordered: list[str], names: set[str], by: int) -> None:
    """Move shots by one place, except those at the end, and those behind them."""
    places = range(len(ordered)) if by < 0 else reversed(range(len(ordered)))
    for place in places:
        target = place + by
        is_free = 0 <= target < len(ordered) and ordered[target] not in names
        if ordered[place] in names and is_free:
            ordered[place], ordered[target] = ordered[target], ordered[place]


class CachedQueue:
    """The queue as it was up to a quarter of a second ago, cheap enough to read between frames."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._read_at = float("-inf")
        self._stamp: FileStamp | None = None
        self._queue = Queue()

    def read(self) -> Queue:
        """Return the queue. Raises DubError."""
        if monotonic() - self._read_at >= _CACHED_S:
            stamp = self._stamp_now()
            if stamp is None or stamp != self._stamp:
                self._stamp, self._queue = stamp, read_queue(self._job)
            self._read_at = monotonic()
        return self._queue

    def refresh(self) -> None:
        """Read the file again the next time."""
        self._read_at = float("-inf")

    def is_wanted(self, shot: str) -> bool:
        """Return whether a shot is to be rendered now. Raises DubError."""
        queue = self.read()
        return not queue.paused and shot in queue.shots

    def _stamp_now(self) -> FileStamp | None:
        try:
            return file_stamp(self._job.queue.stat())
        except OSError:
            return None
