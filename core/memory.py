"""Errors that say memory ran out, whichever library raised them."""

import errno
import re

from lipflap.core.errors import DubError, MemoryShort

_TEXTS = re.compile(
    r"cannot allocate memory|can't allocate memory|not enough memory|out of memory|bad_alloc"
    r"|insufficient memory|failed to allocate"
    r"|can't start new thread|resource temporarily unavailable",  # no memory for a thread's stack
    re.IGNORECASE,
)


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


def out_of_memory_error(where: str = "") -> MemoryShort:
    """Return the error for work that needs more memory than there is, with nothing beside it."""
    return MemoryShort(
        "there is not enough memory for it, even with nothing else rendering.",
        where=where,
        fix="Close other programs, allow more memory, or use a larger machine, and run it again.",
    )
