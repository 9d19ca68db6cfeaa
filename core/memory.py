"""Memory: how this process keeps it, and errors of any library that say it ran out."""

import ctypes
import errno
import re
import sys
from pathlib import Path

from lipflap.core.errors import DubError, MemoryShort

_TEXTS = re.compile(
    r"cannot allocate memory|can't allocate memory|not enough memory|out of memory|bad_alloc"
    r"|insufficient memory|failed to allocate"
    r"|alloc(?:ation)?_failed"  # cuBLAS and cuDNN, by the names of their errors
    r"|can't start new thread|resource temporarily unavailable"  # no memory for a thread's stack
    r"|failed to map segment from shared object(?!:)",  # what follows a colon is another reason
    re.IGNORECASE,
)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_BLOCK_BYTES, _KEPT_BYTES = 32 << 20, 128 << 20
_LARGE_BYTES = 128 << 10


def keep_freed_memory() -> None:
    """Have glibc keep what is freed for the next picture.

    By default the pixels of each step of each frame are handed back to the system, and come back
    as new pages that it clears first: colour conversion then takes four times as long. Blocks of
    more than 32 MiB, and what is free beyond 128 MiB, still go back. Elsewhere it does nothing.
    """
    _set_malloc_option(_M_MMAP_THRESHOLD, _BLOCK_BYTES)
    _set_malloc_option(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def set_mmap_threshold() -> None:
    """Have glibc map each large block separately, so that it returns to the system when freed.

    By default glibc places ever larger blocks among the small ones once such a block was freed.
    Decoded pictures then leave holes that the next ones do not fit: an hour of scrubbing leaves a
    gigabyte, and a third of that where blocks of less than 1 MiB are not mapped, as pictures are
    that stand side by side. It affects the whole process, so it is not for a panel inside a host.
    """
    _set_malloc_option(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def _set_malloc_option(option: int, value: int) -> None:
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(option, value)


def is_out_of_memory(problem: BaseException) -> bool:
    """Return whether an error means that memory ran out.

    Python and NumPy raise MemoryError; torch, OpenCV, ffmpeg and the system say it in the message.
    """
    if isinstance(problem, DubError):
        return isinstance(problem, MemoryShort) or mentions_out_of_memory(problem.problem)
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(problem, MemoryError) or mentions_out_of_memory(str(problem))


def mentions_out_of_memory(text: str) -> bool:
    """Return whether the message of a library or a program says that memory ran out."""
    return _TEXTS.search(text) is not None


def count_memory_kills() -> int | None:
    """Return how many processes this system has killed so far because memory ran out.

    None where it does not say: anywhere but on Linux.
    """
    try:
        counters = Path("/proc/vmstat").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^oom_kill (\d+)$", counters, re.MULTILINE)
    return int(found[1]) if found else None


def out_of_memory_error(where: str = "") -> MemoryShort:
    """Return the error for work that needs more memory than there is, with nothing beside it."""
    return MemoryShort(
        "there is not enough memory for it, even with nothing else rendering.",
        where=where,
        fix="Close other programs, allow more memory, or use a larger machine, and run it again.",
    )
