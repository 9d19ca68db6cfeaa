"""The lock of a shot: one process renders it at a time, on all machines that share the folder.

A lock ends with the process that holds it, however it ends. Some shared folders have no locks, or
only within one machine; there, the progress file of the other shows that it is at work. Two that
begin in the same second may both render a shot then: twice the work, and still one whole picture.
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

_WAIT_S = 1.0
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)

_log = logging.getLogger(__name__)


@contextmanager
def shot_lock(job: Job, shot: str) -> Iterator[Callable[[], bool]]:
    """Yield a function that tries to lock the shot; call it until it returns True.

    It waits a second for the lock, which is kept until the block ends. Raises DubError when the
    JOB folder cannot be written to.
    """
    lock = FileLock(job.lock(shot), poll_interval=0.1, fallback_to_soft=False)
    others = _ProgressWatcher(job.progress(shot))
    began, warned, lockless = monotonic(), False, False

    def try_lock() -> bool:
        nonlocal warned, lockless
        if not lockless and not lock.is_locked:
            try:
                lock.acquire(timeout=_WAIT_S)
            except Timeout:
                if not warned and monotonic() - began > FRESH_S and not others.are_at_work():
                    warned = True
                    _log.warning(
                        "%s is locked, but no machine reports that it renders the shot. If the "
                        "machine that locked it is gone, remove this file.",
                        lock.lock_file,
                    )
                return False
            except OSError as problem:
                if problem.errno not in _NO_LOCKS:
                    raise write_error(lock.lock_file, problem) from problem
                lockless = True
                _warn_lockless(job.folder)
        if others.are_at_work():
            sleep(_WAIT_S)
            return False
        return True

    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise write_error(lock.lock_file, problem) from problem
    try:
        yield try_lock
    finally:
        lock.release()


class _ProgressWatcher:
    """A watcher of a shot's progress file, which shows whether another process renders it."""

    def __init__(self, progress_file: Path) -> None:
        self._file = progress_file
        self._last: ShotProgress | None = None
        self._since = monotonic()

    def are_at_work(self) -> bool:
        """Return whether another process wrote progress in the last minute, by either clock."""
        try:
            progress = progress_from_json(read_text(self._file), where=str(self._file))
        except DubError:
            return False
        if progress != self._last:
            self._last, self._since = progress, monotonic()
        silent = monotonic() - self._since >= FRESH_S
        return not progress.is_ours and not silent and progress.is_alive(time())


@cache
def _warn_lockless(folder: Path) -> None:
    """Warn once for each folder."""
    _log.warning(
        "%s is on a disk without file locks: two machines may render the same shot.", folder
    )
