"""Readers with each fault that a batch must find."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from fuzz.batch import run
from fuzz.mutations import mutated_bytes
from fuzz.reader import Reader

from lipflap.core.errors import DubError


def _raises(file: Path) -> None:
    raise ValueError("no such key")


def _runs_for_ever(file: Path) -> None:
    while True:
        pass


def _sleeps_for_ever(file: Path) -> None:
    time.sleep(10_000)


def _hangs_in_c(file: Path) -> None:
    """With Python's lock held: no other thread of it runs."""
    ctypes.PyDLL(None).sleep(10_000)


def _takes_all_memory(file: Path) -> None:
    bytearray(3 << 30)


def _dies(file: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _leaves(file: Path) -> None:
    sys.exit(0)


def _writes(file: Path) -> None:
    (file.parents[2] / "outside").write_text("x")


def _writes_unheard(file: Path) -> None:
    """By a library that Python hears nothing of, as the writers of OTIO do."""
    library = ctypes.CDLL(None)
    library.close(library.creat(os.fsencode(file.parents[2] / "outside"), 0o600))


def _removes(file: Path) -> None:
    Path("/outside/of/everything").unlink()


def _starts_a_program(file: Path) -> None:
    subprocess.run(["true"])


def _calls_a_machine(file: Path) -> None:
    socket.create_connection(("127.0.0.1", 9))


def _refuses(file: Path) -> None:
    raise DubError("is no cut.", where=str(file))


BAD_READERS = {
    reader.__name__: Reader(lambda: {"a.txt": b"abc"}, mutated_bytes, reader)
    for reader in (
        _raises,
        _runs_for_ever,
        _sleeps_for_ever,
        _hangs_in_c,
        _takes_all_memory,
        _dies,
        _leaves,
        _writes,
        _writes_unheard,
        _removes,
        _starts_a_program,
        _calls_a_machine,
        _refuses,
    )
}

if __name__ == "__main__":
    run(BAD_READERS, sys.argv[1:], limit_s=0.5, silent_s=8)
