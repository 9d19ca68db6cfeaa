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


def is_out_of_memory(problem: BaseException) -> bool:
    """Python and NumPy raise MemoryError; torch, OpenCV, ffmpeg and the system say it in words."""
    if isinstance(problem, DubError):
        return isinstance(problem, MemoryShort) or mentions_out_of_memory(problem.problem)
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(problem, MemoryError) or mentions_out_of_memory(str(problem))


def mentions_out_of_memory(words: str) -> bool:
    """Whether the words of a library or a program say that memory ran out."""
    return _SAID.search(words) is not None


def out_of_memory_error(where: str = "") -> MemoryShort:
    return MemoryShort(
        "there is not enough memory for it, not even alone.",
        where=where,
        fix="Close other programs, allow more memory, or use a larger machine, and run it again.",
    )
