"""A worker: a process that renders what the queue of a JOB lists, whatever becomes of the panel.

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
from lipflap.core.order import DubResult
from lipflap.plugin.job.events import Event
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import is_rendering, is_stale
from lipflap.plugin.job.queue import CachedQueue, finish, locked_queue, read_queue
from lipflap.plugin.render.background import BackgroundProcess, spawn
from lipflap.plugin.render.render_child import Crash, render_in_child, render_queue_in_child

_LOOK_S = 1.0
_LOCK = ".lock"


def run_worker(job: Job, weights: Path | None = None) -> Generator[Event, None, None]:
    """Progress and results until the queue is empty or paused; closing ends what is being rendered.

    A crash is one shot's: those that were being rendered are rendered alone, and the one that
    crashes again has failed. Shots that another worker renders are waited for, in case it falls.
    Raises DubError for what would stop every shot.
    """
    with _at_work(job) as leave:
        while not leave():
            if free := _first_free(job):
                fallen = yield from render_queue_in_child(job, weights)
                if fallen:
                    for shot in _suspects(job, fallen) or [free]:
                        yield from _alone(job, shot, weights)
            else:
                sleep(_LOOK_S)


def start_worker(job: Job) -> BackgroundProcess:
    """A worker in a process of its own, which goes on when we end; it says trouble in JOB/work.log.

    Queue first, then start one unless somebody is `working`: a worker that is about to end holds
    the queue while it does. Raises DubError.
    """
    return spawn(["work", str(job.folder.absolute())], job.folder / "work.log")


def live_workers(job: Job) -> bool:
    """Whether a worker is at this JOB, on this machine or another that shares the folder."""
    try:
        locks = [path for path in job.workers.iterdir() if path.suffix == _LOCK]
    except OSError:
        return False
    return any(_is_held(path) for path in locks)


def _first_free(job: Job) -> str | None:
    """The first shot of the queue that nobody renders."""
    waiting = read_queue(job).shots
    return next((shot for shot in waiting if not is_rendering(job, shot)), None)


def _suspects(job: Job, fallen: Crash) -> list[str]:
    """The shots a child had begun when it was ended, those included it had not yet told of."""
    waiting = read_queue(job).shots
    return [shot for shot in waiting if shot in fallen.begun or is_stale(job, shot)]


def _alone(job: Job, shot: str, weights: Path | None) -> Iterator[Event]:
    """The events of one shot in a child of its own, for as long as it is wanted."""
    glance = CachedQueue(job)
    if not glance.wants(shot) or not job.order(shot).is_file():
        return
    with closing(render_in_child([job.order(shot)], weights)) as events:
        for event in events:
            if isinstance(event, DubResult):
                finish(job, shot)
            yield event
            if not glance.wants(shot):
                return


@contextmanager
def _at_work(job: Job) -> Iterator[Callable[[], bool]]:
    """Others see that we work, until the block ends; what to call says whether it is time to.

    It is time when the queue is empty or paused. Nobody can queue anything between that being
    seen and our no longer working, and think that we will see to it.
    """
    path = job.workers / f"{socket.gethostname()}-{os.getpid()}{_LOCK}"
    lock = FileLock(path, poll_interval=0.02)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as problem:
        raise write_error(path, problem) from problem

    def stop() -> None:
        lock.release()
        with suppress(OSError):
            path.unlink()

    def leave() -> bool:
        with locked_queue(job) as queue:
            over = queue.paused or not queue.shots
            if over:
                stop()
        return over

    try:
        yield leave
    finally:
        stop()


def _is_held(path: Path) -> bool:
    lock = FileLock(path, poll_interval=0.01)
    try:
        lock.acquire(timeout=0.05)  # others who look hold it for a moment, too
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
