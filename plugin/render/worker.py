"""A worker: a process that renders the queue of a JOB, also after the panel is closed.

panel --queue.json--> worker --> child that renders (render_queue)     a crash takes the child
      <--files-------  guards it                                       along, never the worker

Several workers on one JOB, also on several machines, share its queue.
"""

import os
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import sleep

from filelock import FileLock, Timeout

from lipflap.core.files.disk_space import write_error
from lipflap.core.result import DubResult
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import is_rendering, is_stale
from lipflap.plugin.job.queue import CachedQueue, finish, locked_queue, read_queue
from lipflap.plugin.render.background import BackgroundProcess, spawn
from lipflap.plugin.render.render_child import Crash, render_in_child, render_queue_in_child

_POLL_S = 1.0
_LOCK = ".lock"


def run_worker(job: Job, weights: Path | None = None) -> Generator[Event, None, None]:
    """Yield progress and results until the queue is empty or paused; closing ends the rendering.

    After a crash, the shots that were being rendered are rendered alone, and the one that crashes
    again has failed. Shots that another worker renders are waited for, in case it crashes.
    Raises DubError for what would stop every shot.
    """
    with _worker_lock(job) as stop_when_idle:
        while not stop_when_idle():
            if first := _first_free(job):
                crash = yield from render_queue_in_child(job, weights)
                if crash:
                    for shot in _suspects(job, crash) or [first]:
                        yield from _render_alone(job, shot, weights)
            else:
                sleep(_POLL_S)


def start_worker(job: Job) -> BackgroundProcess:
    """Start a worker in the background; its log is JOB/work.log. Raises DubError.

    Queue shots first, then start one unless there are `live_workers`: a worker that is about to
    end locks the queue while it does.
    """
    return spawn(["work", str(job.folder.absolute())], job.folder / "work.log")


def live_workers(job: Job) -> bool:
    """Return whether a worker renders this JOB, on any machine that shares the folder."""
    return any(_is_locked(path) for path in _locks(job))


def _locks(job: Job) -> list[Path]:
    try:
        return [path for path in job.workers.iterdir() if path.suffix == _LOCK]
    except OSError:
        return []


def _first_free(job: Job) -> str | None:
    """Return the first queued shot that nobody renders."""
    return next((shot for shot in read_queue(job).shots if not is_rendering(job, shot)), None)


def _suspects(job: Job, crash: Crash) -> list[str]:
    """Return the queued shots that a child had begun when it crashed, reported or not."""
    return [s for s in read_queue(job).shots if s in crash.begun or is_stale(job, s)]


def _render_alone(job: Job, shot: str, weights: Path | None) -> Iterator[Event]:
    """Yield the events of one shot in a child of its own, for as long as it is queued."""
    queue = CachedQueue(job)
    if not queue.is_wanted(shot) or not job.order(shot).is_file():
        return
    with closing(render_in_child([job.order(shot)], weights)) as events:
        for event in events:
            if isinstance(event, DubResult):
                finish(job, shot)
            yield event
            if not queue.is_wanted(shot):
                return


@contextmanager
def _worker_lock(job: Job) -> Iterator[Callable[[], bool]]:
    """Show others that a worker is at this JOB, until the block ends.

    The function that is yielded returns whether the queue is empty or paused, and the worker is to
    end. It releases the lock while the queue is locked: nobody can queue a shot in between and
    believe that this worker will render it. Locks that killed workers have left are removed.
    """
    for left in _locks(job):
        _is_locked(left, remove=True)
    path = job.workers / f"{socket.gethostname()}-{os.getpid()}{_LOCK}"
    lock = FileLock(path, poll_interval=0.02)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as problem:
        raise write_error(path, problem) from problem

    def release() -> None:
        lock.release()
        with suppress(OSError):
            path.unlink()

    def stop_when_idle() -> bool:
        with locked_queue(job) as queue:
            is_idle = queue.paused or not queue.shots
            if is_idle:
                release()
        return is_idle

    try:
        yield stop_when_idle
    finally:
        release()


def _is_locked(path: Path, *, remove: bool = False) -> bool:
    """Return whether a process holds a lock; `remove` one that nobody holds."""
    lock = FileLock(path, poll_interval=0.01)
    try:
        lock.acquire(timeout=0.05)  # another that checks holds it for a moment, too
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    if remove:
        with suppress(OSError):
            path.unlink()
    return False
