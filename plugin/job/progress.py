"""The progress of each shot that is being rendered now, in JOB/progress/<shot>.json.

A renderer writes its shot's file every second, and removes it however the rendering ends. A file
that is no longer fresh was left behind by a process that was killed.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, time

import psutil

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.result import Progress, Stage
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.plugin.job.folder import Job

PROGRESS_SCHEMA = "lipflap.progress/1"

FRESH_S = 60.0
_WRITE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class ShotProgress:
    """The progress of a shot, the process that renders it, and its times.

    stage, done, total  as in Progress
    host, pid           the machine and the process on it
    started_at          when the shot was begun, by that machine's clock: unix seconds
    stage_at            when its stage was begun
    at                  when this was written
    """

    shot: str
    stage: Stage
    done: int
    total: int
    host: str
    pid: int
    started_at: float
    stage_at: float
    at: float

    @property
    def is_ours(self) -> bool:
        """Return whether this process wrote it."""
        return (self.host, self.pid) == (socket.gethostname(), os.getpid())

    def is_fresh(self, now: float) -> bool:
        """Return whether it was written at most a minute before `now`, or after it."""
        return now - self.at <= FRESH_S

    def is_alive(self, now: float) -> bool:
        """Return whether its renderer is at work: certain on this machine, likely on others."""
        if self.host == socket.gethostname() and not psutil.pid_exists(self.pid):
            return False
        return self.is_fresh(now)


@contextmanager
def progress_file(job: Job, shot: str, frames: int) -> Iterator[Callable[[Progress], None]]:
    """Keep a shot's progress file during the block; yield a function that writes progress to it.

    A file that cannot be written does not fail the shot.
    """
    path = job.progress(shot)
    started_at = time()
    stage, stage_at, written_at = Stage.ANALYSE, started_at, float("-inf")

    def write(event: Progress) -> None:
        nonlocal stage, stage_at, written_at
        if event.stage != stage:
            stage, stage_at = event.stage, time()
        elif monotonic() - written_at < _WRITE_EVERY_S:
            return
        written_at = monotonic()
        progress = ShotProgress(
            shot=event.shot,
            stage=event.stage,
            done=event.done,
            total=event.total,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=started_at,
            stage_at=stage_at,
            at=time(),
        )
        with suppress(DubError):
            write_text(path, to_json(PROGRESS_SCHEMA, progress))

    write(Progress(shot, Stage.ANALYSE, 0, frames))
    try:
        yield write
    finally:
        remove_progress(job, shot)


def is_rendering(job: Job, shot: str) -> bool:
    """Return whether some process, on this machine or another, is rendering this shot."""
    progress = read_progress(job, shot)
    return progress is not None and progress.is_alive(time())


def is_stale(job: Job, shot: str) -> bool:
    """Return whether a process of this machine was rendering this shot and is gone."""
    progress = read_progress(job, shot)
    if progress is None or progress.host != socket.gethostname():
        return False
    return not progress.is_alive(progress.at)


def read_progress(job: Job, shot: str) -> ShotProgress | None:
    """Return the progress in a shot's file, which a killed process may have left; None without."""
    path = job.progress(shot)
    if not path.exists():
        return None
    try:
        return progress_from_json(read_text(path), where=str(path))
    except DubError:
        return None


def remove_progress(job: Job, shot: str) -> None:
    """Remove the progress file of a shot that nobody renders any more."""
    with suppress(OSError):
        job.progress(shot).unlink()


def progress_from_json(text: str, *, where: str) -> ShotProgress:
    """Parse a progress file. Raises RecordUnreadable."""
    return from_json(PROGRESS_SCHEMA, ShotProgress, text, where=where)
