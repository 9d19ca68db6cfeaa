"""Files that cannot be written: which, why, how much room they need and how much there is."""

import errno
import shutil
from pathlib import Path

from lipflap.core.errors import DiskFull, DubError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SAID = ("No space left on device", "quota exceeded", "File too large", "File size limit exceeded")


def write_error(path: Path | str, problem: OSError, needs_bytes: int = 0) -> DubError:
    """What to tell of a file that could not be written.

    needs_bytes  how large it is to be; 0 where that is not known
    """
    if problem.errno in _FULL:
        return disk_full_error(path, problem.strerror or str(problem), needs_bytes)
    return DubError(
        f"cannot be written: {problem.strerror or problem}.",
        where=str(path),
        fix="Give a folder that may be written to.",
    )


def disk_full_error(path: Path | str, why: str, needs_bytes: int, held_bytes: int = 0) -> DiskFull:
    """What to tell of a file that found no room.

    held_bytes  what of it lies on the disk by now, to be removed
    """
    needs = f" It needs about {format_bytes(needs_bytes)}," if needs_bytes else ""
    room = f"{format_bytes(free_bytes(Path(path)) + held_bytes)} fit there"
    return DiskFull(
        f"cannot be written: {why}.{needs or ' Only'} {room}.",
        where=str(path),
        fix="Make room or give another folder, and run it again: what is done stays done.",
    )


def mentions_disk_full(words: str) -> bool:
    """Whether a program's words say that there is no room for a file."""
    return any(said in words for said in _SAID)


def free_bytes(path: Path) -> int:
    """Bytes that are free where `path` is or would be; 0 where that cannot be known."""
    for place in (path, *path.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return 0


def format_bytes(size_bytes: int) -> str:
    """An amount of data as it is said: 812 B, 4.1 kB, 30 MB."""
    size, unit = float(size_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
