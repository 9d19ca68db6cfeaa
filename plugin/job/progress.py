"""Which shots are being rendered now, told by files: JOB/progress/<shot>.json.

Whoever renders a shot keeps its file fresh and removes it at the end, however that comes. A file
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
from lipflap.core.order import Progress, Stage
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.plugin.job.folder import Job

PROGRESS_SCHEMA = "lipflap.progress/1"

FRESH_S = 60.0
_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class ShotProgress:
    """How far a shot is, who renders it, and since when.

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
        """Whether this very process wrote it."""
        return (self.host, self.pid) == (socket.gethostname(), os.getpid())

    def fresh(self, now: float) -> bool:
        """Whether it was written within a minute before `now`; a fast clock does it no harm."""
        return now - self.at <= FRESH_S

    def alive(self, now: float) -> bool:
        """Whether who wrote it can be thought to be at work; of this machine, that is known."""
        if self.host == socket.gethostname() and not psutil.pid_exists(self.pid):
            return False
        return self.fresh(now)


@contextmanager
def progress_file(job: Job, shot: str, frames: int) -> Iterator[Callable[[Progress], None]]:
    """What to tell how far the shot is; its file is there as long as the block lasts.

    A file that cannot be written costs no shot.
    """
    path = job.progress(shot)
    began = time()
    stage, stage_at, written_at = Stage.ANALYSE, began, float("-inf")

    def tell(event: Progress) -> None:
        nonlocal stage, stage_at, written_at
        if event.stage != stage:
            stage, stage_at = event.stage, time()
        elif monotonic() - written_at < _EVERY_S:
            return
        written_at = monotonic()
        told = ShotProgress(
            shot=event.shot,
            stage=event.stage,
            done=event.done,
            total=event.total,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=began,
            stage_at=stage_at,
            at=time(),
        )
        with suppress(DubError):
            write_text(path, to_json(PROGRESS_SCHEMA, told))

    tell(Progress(shot, Stage.ANALYSE, 0, frames))
    try:
        yield tell
    finally:
        forget_progress(job, shot)


def is_rendering(job: Job, shot: str) -> bool:
    """Whether some process, here or elsewhere, says that it renders this shot."""
    told = read_progress(job, shot)
    return told is not None and told.alive(time())


def is_stale(job: Job, shot: str) -> bool:
    """Whether a process of this machine that is gone was rendering this shot."""
    told = read_progress(job, shot)
    return told is not None and told.host == socket.gethostname() and not told.alive(told.at)


def read_progress(job: Job, shot: str) -> ShotProgress | None:
    """What was told last of a shot that is being rendered, or was when its renderer was killed."""
    path = job.progress(shot)
    if not path.exists():
        return None
    try:
        return progress_from_json(read_text(path), where=str(path))
    except DubError:
        return None


def forget_progress(job: Job, shot: str) -> None:
    """Nobody renders this shot any more."""
    with suppress(OSError):
        job.progress(shot).unlink()


def progress_from_json(text: str, *, where: str) -> ShotProgress:
    """Raises RecordUnreadable."""
    return from_json(PROGRESS_SCHEMA, ShotProgress, text, where=where)
