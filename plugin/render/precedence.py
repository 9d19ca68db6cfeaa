"""Precedence of processes: which of them run first where processors are short."""

import os
from contextlib import suppress
from pathlib import Path

import psutil

_LAST = 19  # niceness


def yield_processor(pid: int) -> None:
    """Have a process, which has a session of its own, run where nobody else wants to.

    Linux shares processors out between sessions first, whatever the niceness of their processes.
    """
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_LAST))
    with suppress(psutil.Error, OSError):
        psutil.Process(pid).nice(_LAST if os.name != "nt" else psutil.IDLE_PRIORITY_CLASS)
