"""One process at a time renders a shot, on this machine and on others that share the folder.

A lock ends with the process that holds it, however it ends. Some shared folders know no locks, or
keep them to one machine; there, the other's progress file says that it is at work. Two that begin
in the same second may both render a shot then: twice the work, and still one whole picture.
"""

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, sleep, time

from filelock import FileLock, Timeout

from lipflap.core.errors import DubError
from lipflap.core.files.disk_space import write_error
from lipflap.core.serialize import read_text
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.progress import FRESH_S, ShotProgress, progress_from_json

_PATIENCE_S = 1.0
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)

_log = logging.getLogger(__name__)


@contextmanager
def shot_lock(job: Job, shot: str) -> Iterator[Callable[[], bool]]:
    """Whether it is our turn at a shot, to be asked until it is; a no takes a moment.

    Once it is, it stays so until the block ends. Raises DubError when the JOB folder cannot be
    written to.
    """
    lock = FileLock(job.lock(shot), poll_interval=0.1, fallback_to_soft=False)
    others = _ProgressWatcher(job.progress(shot))
    began, warned, lockless = monotonic(), False, False

    def is_ours() -> bool:
        nonlocal warned, lockless
        if not lockless and not lock.is_locked:
            try:
                lock.acquire(timeout=_PATIENCE_S)
            except Timeout:
                if not warned and monotonic() - began > FRESH_S and not others.are_at_work():
                    warned = True
                    _log.warning(
                        "%s is held, yet nobody tells of rendering the shot; if the machine that "
                        "held it is gone, remove this file.",
                        lock.lock_file,
                    )
                return False
            except OSError as problem:
                if problem.errno not in _NO_LOCKS:
                    raise write_error(lock.lock_file, problem) from problem
                lockless = True
                _warn_lockless(job.folder)
        if others.are_at_work():
            sleep(_PATIENCE_S)
            return False
        return True

    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise write_error(lock.lock_file, problem) from problem
    try:
        yield is_ours
    finally:
        lock.release()


class _ProgressWatcher:
    """Remembers what another process said of a shot, and since when it has said nothing new."""

    def __init__(self, progress_file: Path) -> None:
        self._file = progress_file
        self._said: ShotProgress | None = None
        self._since = monotonic()

    def are_at_work(self) -> bool:
        """By their clock and ours: a minute of silence ends it, whatever theirs says."""
        try:
            said = progress_from_json(read_text(self._file), where=str(self._file))
        except DubError:
            return False
        if said != self._said:
            self._said, self._since = said, monotonic()
        silent = monotonic() - self._since >= FRESH_S
        return not said.is_ours and not silent and said.alive(time())


@cache
def _warn_lockless(folder: Path) -> None:
    """Once for each folder."""
    _log.warning("%s lies where files cannot be locked: two machines may render one shot.", folder)
