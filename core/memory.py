"""Whether what went wrong is that memory ran out, whoever says so, and how a user is told."""

import errno
import re

from lipflap.core.errors import DubError, MemoryShort

_SAID = re.compile(
    r"cannot allocate memory|can't allocate memory|not enough memory|out of memory|bad_alloc"
    r"|insufficient memory|failed to allocate"
    r"|can't start new thread|resource temporarily unavailable",  # no room for a thread's stack
    re.IGNORECASE,
)


def is_memory_short(problem: BaseException) -> bool:
    """Python and NumPy raise MemoryError; torch, OpenCV, ffmpeg and the system say it in words."""
    if isinstance(problem, DubError):
        return isinstance(problem, MemoryShort) or is_said(problem.problem)
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(problem, MemoryError) or is_said(str(problem))


def is_said(words: str) -> bool:
    """Whether the words of a library or a program say that memory ran out."""
    return _SAID.search(words) is not None


def memory_short(where: str = "") -> MemoryShort:
    return MemoryShort(
        "there is not enough memory for it, not even alone.",
        where=where,
        fix="Close other programs, allow more memory, or use a larger machine, and run it again.",
    )
