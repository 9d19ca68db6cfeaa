"""Names of files while they are written, which tell who writes them:

    .SH010.render7-4711.part.mov      process 4711 on render7 writes SH010.mov

So two that write the same file never write into one another's, and what a killed process has left
behind is known as such by the next who comes.
"""

import os
import re
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from time import time

import psutil

_HOST = re.sub(r"\W", "_", socket.gethostname())[:40]
_NAME = re.compile(r"\..+\.(\w+)-(\d+)\.part(\.\w+)?")
_QUIET_S = 600  # without a byte written, another machine's process is taken for dead


def half_name(stem: str, suffix: str = "") -> str:
    """The name for what is to be `stem` + `suffix`; where it lies beside that, no one else's."""
    return f".{stem}.{_HOST}-{os.getpid()}.part{suffix}"


def clear_halves(folder: Path, stem: str = "") -> None:
    """Remove half files, or those of one stem, of processes that are gone."""
    with suppress(OSError):
        for entry in list(folder.iterdir()):
            found = _NAME.fullmatch(entry.name)
            ours = found and entry.name.startswith(f".{stem}." if stem else ".")
            if found and ours and _is_abandoned(entry, found[1], int(found[2])):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _is_abandoned(half: Path, host: str, pid: int) -> bool:
    if host == _HOST:
        return not psutil.pid_exists(pid)
    return abs(time() - half.stat().st_mtime) > _QUIET_S
