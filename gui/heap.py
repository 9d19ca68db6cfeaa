"""Memory that pictures leave is given back to the system."""

import ctypes
import sys

_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 1 << 20  # malloc.h of glibc


def give_back_large_blocks() -> None:
    """Have glibc keep each large block apart, so that it goes back when it is freed.

    By itself glibc puts ever larger blocks among the small ones, once such a block was freed.
    Decoded pictures then leave holes that the next ones do not fit into: of an hour of scrubbing
    a gigabyte stays. For a process of our own alone: it changes how all of it takes memory.
    """
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
