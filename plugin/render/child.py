"""Start `lipflap` as a child process, end it, and read from its log why it failed.

All child processes start here: those that render, find faces, work on a queue or run a farm.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

from lipflap.plugin.job.events import from_line

WRONG_INPUT = 2  # exit code of `lipflap` for what would stop every shot
_TIDY_UP_S = 20
_LOG_TAIL_BYTES = 4000


def start_lipflap(
    arguments: Sequence[str],
    log: IO[bytes],
    stdout: int | IO[bytes],
    *,
    stdin: int = subprocess.DEVNULL,
    module: str = "lipflap.plugin.cli.main",
) -> "subprocess.Popen[str]":
    """Start `lipflap` with these arguments; stderr goes to `log`. Raises OSError.

    It has a session of its own, so a Ctrl-C in the terminal reaches it only through us.
    module   that takes the arguments, where it is not the command line
    """
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    flags |= getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=log,
        text=True,
        encoding="utf-8",
        env=child_environment(os.environ),
        start_new_session=True,
        creationflags=flags,
    )


@contextmanager
def child_process(
    arguments: Sequence[str],
    log: IO[bytes],
    *,
    stdout: int = subprocess.PIPE,
    tidy_up_s: float = _TIDY_UP_S,
) -> Iterator["subprocess.Popen[str]"]:
    """A child process that ends with the block, politely at first.

    tidy_up_s   seconds until it is killed; 0 for what leaves nothing behind
    """
    child = start_lipflap(arguments, log, stdout)
    try:
        yield child
    finally:
        if child.poll() is None:
            _end(child, tidy_up_s)
        if child.stdout:
            child.stdout.close()


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child, without the variables that OpenCV sets and Qt fails on.

    Threads that spin while they wait starve whatever else runs: they sleep, unless set otherwise.
    """
    clean = {k: v for k, v in environment.items() if not k.startswith("QT_QPA_")}
    libraries = clean.pop("LD_LIBRARY_PATH", "").split(os.pathsep)
    if kept := [folder for folder in libraries if folder and f"{os.sep}cv2" not in folder]:
        clean["LD_LIBRARY_PATH"] = os.pathsep.join(kept)
    clean.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return clean


def last_log_line(log: IO[bytes]) -> str:
    """Return the last line of a log that is no event: the reason a child gave for its end.

    Empty when there is none.
    """
    log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
    lines = map(str.strip, log.read().decode("utf-8", "replace").splitlines())
    words = [line for line in lines if line and not from_line(line)]
    return words[-1].removeprefix("lipflap: ") if words else ""


def format_exit(code: int) -> str:
    """Return how a process ended, in words: "with exit code 3", "by signal: Killed"."""
    return f"by signal: {signal.strsignal(-code)}" if code < 0 else f"with exit code {code}"


def _end(child: "subprocess.Popen[str]", tidy_up_s: float) -> None:
    child.terminate()
    try:
        child.wait(tidy_up_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
