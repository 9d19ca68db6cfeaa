"""ffmpeg as a child process: which binary, how it is started, how it is ended."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Thread
from typing import IO, Any

import ffmpeg
import imageio_ffmpeg

from lipflap.core.errors import DubError, MemoryShort
from lipflap.core.memory import mentions_out_of_memory

_OLDEST_LIBAVCODEC = 62  # ffmpeg 8.0: EXR halves stay halves
_TOLD_LINES = 2
_SPEAKER = re.compile(r"\[[^]]*\] ?")  # [prores @ 0x55ba41e2]


@dataclass(frozen=True, slots=True)
class Child:
    """A running ffmpeg; `out` and `into` are its pipes, where it has them.

    told  the first lines it has said, where the cause of trouble stands
    """

    process: subprocess.Popen[bytes]
    told: list[str]
    listener: Thread

    @property
    def out(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def into(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def ended_well(self) -> bool:
        """Waits for its end; all it says has been heard then.

        Raises MemoryShort when it was ended for want of memory, as the system does by a SIGKILL.
        """
        self.listener.join()
        code = self.process.wait()
        if code == -getattr(signal, "SIGKILL", 9) or (
            code and mentions_out_of_memory(self.complaint())
        ):
            raise MemoryShort(
                f"ffmpeg ran out of memory ({self.complaint() or 'it was killed'}).",
                fix="Render fewer shots at once with --together, or allow more memory.",
            )
        return code == 0

    def complaint(self) -> str:
        """What it has said so far, in one line; else the signal that ended it; else empty."""
        code = self.process.returncode or 0
        if not self.told and code < 0:
            return f"ffmpeg was ended by a signal: {signal.strsignal(-code)}"
        return "; ".join(self.told)


@cache
def binary() -> str:
    """The ffmpeg on PATH when it is new enough, else the one in the imageio-ffmpeg wheel.

    Raises DubError when there is neither.
    """
    on_path = shutil.which("ffmpeg")
    if on_path and _is_new_enough(on_path):
        return on_path
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as problem:
        raise DubError(
            "no ffmpeg was found.", fix="Install ffmpeg 8 or newer, or the imageio-ffmpeg wheel."
        ) from problem


@contextmanager
def run_ffmpeg(graph: Any, *, write: bool = False) -> Iterator[Child]:
    """The ffmpeg that works on an ffmpeg-python `graph`; killed when the block is left early.

    It sits in a process group of its own, so Ctrl-C reaches us and not it. Nothing passes a shell.
    """
    arguments = ffmpeg.compile(
        graph.global_args("-nostdin" if not write else "-hide_banner", "-v", "error"),
        cmd=binary(),
        overwrite_output=True,
    )
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE if write else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if write else subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=os.name == "posix",
    )
    told: list[str] = []
    listener = Thread(target=_listen, args=(process.stderr, told), daemon=True)
    listener.start()
    try:
        yield Child(process, told, listener)
    finally:
        process.kill()
        process.wait()
        listener.join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _listen(errors: IO[bytes], told: list[str]) -> None:
    """Read all that is said, lest the child stalls; keep the first lines."""
    with open(errors.fileno(), errors="replace", closefd=False) as lines:
        for line in lines:
            if len(told) < _TOLD_LINES:
                told.append(_SPEAKER.sub("", line).strip().rstrip("."))


def file_url(path: str) -> str:
    """`path` as ffmpeg reads it: a file on this machine, whatever characters its name has."""
    return f"file:{path}"


def _is_new_enough(program: str) -> bool:
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.search(r"libavcodec\s+(\d+)\.", said.stdout)
    return found is not None and int(found[1]) >= _OLDEST_LIBAVCODEC
