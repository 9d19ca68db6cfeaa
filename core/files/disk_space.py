"""Disk space: how much there is, and the errors that say so when a file cannot be written."""

import errno
import shutil
from pathlib import Path

from lipflap.core.errors import DiskFull, DubError
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXTS = (
    "No space left on device",
    "quota exceeded",
    "File too large",
    "File size limit exceeded",
)


def write_error(path: Path | str, problem: OSError, needs_bytes: int = 0) -> DubError:
    """Return the error for a file that could not be written; DiskFull where space ran out.

    needs_bytes  how large the file is to be; 0 where that is not known
    """
    if is_disk_full(problem):
        return disk_full_error(path, problem.strerror or str(problem), needs_bytes)
    return DubError(
        f"cannot be written: {problem.strerror or problem}.",
        where=str(path),
        fix="Choose a folder that you may write to.",
    )


def disk_full_error(
    path: Path | str, why: str, needs_bytes: int, written_bytes: int = 0
) -> DiskFull:
    """Return the error for a file that the disk has no space for.

    why            the system's words
    written_bytes  what of the file is on the disk by now, and will be removed
    """
    needs = f"It needs about {format_bytes(needs_bytes)}; " if needs_bytes else "Only "
    free = format_bytes(free_bytes(Path(path)) + written_bytes)
    return DiskFull(
        f"cannot be written: {why}. {needs}{free} are free there.",
        where=str(path),
        fix="Free some space or choose another folder, and run it again: finished shots are kept.",
    )


def is_disk_full(problem: OSError) -> bool:
    """Return whether space, a quota or the largest size of a file is used up."""
    return problem.errno in _FULL


def mentions_disk_full(text: str) -> bool:
    """Return whether a program's message says that space ran out."""
    return any(full in text for full in _FULL_TEXTS)


def free_bytes(path: Path) -> int:
    """Return the free bytes on the disk where `path` is or would be; 0 where unknown."""
    for folder in (path, *path.parents):
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return 0


def bytes_on_disk(path: Path) -> int:
    """Return the size of a file, or of all files of a %0Nd pattern; 0 where there is none."""
    try:
        if is_sequence(str(path)):
            numbers = numbers_on_disk(str(path))
            return sum(sequence_file(str(path), number).stat().st_size for number in numbers)
        return path.stat().st_size
    except (OSError, DubError):
        return 0


def format_bytes(size_bytes: int) -> str:
    """Return an amount of data with its unit: 812 B, 4.1 kB, 30 MB."""
    size, unit = float(size_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
