"""What is to be rendered next in a JOB, and whether at all: JOB/queue.json.

Whoever wants a shot rendered queues it, workers (plugin.work) take it from there; both may end
and come back at any time. Every change is made under a lock, by one process at a time.

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
from lipflap.plugin.job.folder import Job

QUEUE_SCHEMA = "lipflap.queue/1"

_PATIENCE_S = 10.0
_GLANCE_S = 0.25


@dataclass(frozen=True, slots=True)
class Queue:
    """Names of shots, each in one of three lists.

    shots      to be rendered, in this order; those that are being rendered are among them
    paused     nothing is to be rendered now
    cancelled  taken out before they were done
    finished   rendered, left or failed since they were queued
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
    """Raises DubError when there is a file that holds no queue."""
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
    """Put shots at the end, or `first`; those that are there already move. Raises DubError."""
    names = tuple(dict.fromkeys(shots))

    def put(queue: Queue) -> Queue:
        queue = _without(queue, names)
        ordered = (*names, *queue.shots) if first else (*queue.shots, *names)
        return replace(queue, shots=ordered)

    return _changed(job, put)


def unqueue(job: Job, shots: Iterable[str]) -> Queue:
    """Cancel shots: those that are being rendered, too. Raises DubError."""
    names = set(shots)

    def take(queue: Queue) -> Queue:
        taken = tuple(shot for shot in queue.shots if shot in names)
        return replace(_without(queue, taken), cancelled=(*queue.cancelled, *taken))

    return _changed(job, take)


def move(job: Job, shots: Iterable[str], by: int) -> Queue:
    """Bring shots `by` places further back, each other's order kept; forward when negative.

    They stop at either end. Raises DubError.
    """
    names = set(shots)

    def shift(queue: Queue) -> Queue:
        ordered = list(queue.shots)
        for _ in range(abs(by)):
            _shift_once(ordered, names, 1 if by > 0 else -1)
        return replace(queue, shots=tuple(ordered))

    return _changed(job, shift)


def pause(job: Job) -> Queue:
    """Have workers drop what they render and end. Raises DubError."""
    return _changed(job, lambda queue: replace(queue, paused=True))


def resume(job: Job) -> Queue:
    """Let workers that are started from now on work. Raises DubError."""
    return _changed(job, lambda queue: replace(queue, paused=False))


def set_together(job: Job, together: int | None) -> Queue:
    """How many shots a worker that is started from now on renders at once. Raises DubError."""
    return _changed(job, lambda queue: replace(queue, together=together))


def finish(job: Job, shot: str) -> Queue:
    """There is a result of this shot. Raises DubError."""

    def done(queue: Queue) -> Queue:
        if shot not in queue.shots:
            return queue
        queue = _without(queue, [shot])
        return replace(queue, finished=(*queue.finished, shot))

    return _changed(job, done)


def clear_finished(job: Job) -> Queue:
    """Forget what is finished or cancelled; results stay. Raises DubError."""
    return _changed(job, lambda queue: replace(queue, finished=(), cancelled=()))


@contextmanager
def locked_queue(job: Job) -> Iterator[Queue]:
    """The queue, which nobody changes until the block ends. Raises DubError."""
    lock = FileLock(job.queue.with_name(".queue.lock"), poll_interval=0.02)
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=_PATIENCE_S)
    except Timeout as problem:
        raise DubError(
            "is being changed by another process and stays so.",
            where=str(job.queue),
            fix="Try again; if no Lipflap runs on any machine, remove the .queue.lock beside it.",
        ) from problem
    except OSError as problem:
        raise write_error(job.queue, problem) from problem
    try:
        yield read_queue(job)
    finally:
        lock.release()


def _changed(job: Job, change: Callable[[Queue], Queue]) -> Queue:
    with locked_queue(job) as queue:
        changed = change(queue)
        if changed != queue:
            write_text(job.queue, to_json(QUEUE_SCHEMA, changed))
    return changed


def _without(queue: Queue, shots: Iterable[str]) -> Queue:
    gone = set(shots)
    return replace(
        queue,
        shots=tuple(shot for shot in queue.shots if shot not in gone),
        cancelled=tuple(shot for shot in queue.cancelled if shot not in gone),
        finished=tuple(shot for shot in queue.finished if shot not in gone),
    )


def _shift_once(ordered: list[str], names: set[str], by: int) -> None:
    """One place; what has come to an end, or stands before one of them that has, stays."""
    places = range(len(ordered)) if by < 0 else reversed(range(len(ordered)))
    for place in places:
        there = place + by
        free = 0 <= there < len(ordered) and ordered[there] not in names
        if ordered[place] in names and free:
            ordered[place], ordered[there] = ordered[there], ordered[place]


class CachedQueue:
    """The queue as it was a moment ago: cheap enough to be looked at between two frames."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._looked_at = float("-inf")
        self._stamp: tuple[int, int, int] | None = None
        self._queue = Queue()

    def queue(self) -> Queue:
        """Raises DubError."""
        if monotonic() - self._looked_at >= _GLANCE_S:
            stamp = self._stamp_now()
            if stamp is None or stamp != self._stamp:
                self._stamp, self._queue = stamp, read_queue(self._job)
            self._looked_at = monotonic()
        return self._queue

    def look_again(self) -> None:
        """Whatever was seen a moment ago, look anew when asked next."""
        self._looked_at = float("-inf")

    def wants(self, shot: str) -> bool:
        """Whether it is to be rendered now. Raises DubError."""
        queue = self.queue()
        return not queue.paused and shot in queue.shots

    def _stamp_now(self) -> tuple[int, int, int] | None:
        try:
            now = self._job.queue.stat()
        except OSError:
            return None
        return now.st_ino, now.st_mtime_ns, now.st_size
