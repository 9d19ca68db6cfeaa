"""Names for files that are being written, which say which process writes them:

    .SH010.render7-4711.part.mov      process 4711 on render7 writes SH010.mov

So two processes that write the same file never write into one another's, and what a killed process
left behind is recognised and removed by the next one.
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
_MAX_IDLE_S = 600  # without a byte written, a process of another machine is taken for dead


def temp_name(stem: str, suffix: str = "") -> str:
    """Return the temporary name of `stem` + `suffix`, unique to this process."""
    return f".{stem}.{_HOST}-{os.getpid()}.part{suffix}"


def remove_stale_temps(folder: Path, stem: str = "") -> None:
    """Remove temporary files and folders of processes that are gone.

    stem  only those of this file; empty for all
    """
    with suppress(OSError):
        for entry in list(folder.iterdir()):
            name = _NAME.fullmatch(entry.name)
            is_of_stem = entry.name.startswith(f".{stem}." if stem else ".")
            if name and is_of_stem and _is_stale(entry, name[1], int(name[2])):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _is_stale(temp: Path, host: str, pid: int) -> bool:
    if host == _HOST:
        return not psutil.pid_exists(pid)
    return abs(time() - temp.stat().st_mtime) > _MAX_IDLE_S
