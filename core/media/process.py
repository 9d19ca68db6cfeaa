"""ffmpeg as a child process: which binary, how it is started, how it is ended."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

import ffmpeg
import imageio_ffmpeg

from lipflap.core.errors import DubError

_OLDEST_LIBAVCODEC = 62  # ffmpeg 8.0: EXR halves stay halves
_TOLD_LINES = 2
_SPEAKER = re.compile(r"\[[^]]*\] ?")  # [prores @ 0x55ba41e2]


@dataclass(frozen=True, slots=True)
class Child:
    """A running ffmpeg; `out` and `into` are its pipes, where it has them."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    @property
    def out(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def into(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def complaint(self) -> str:
        """The first lines ffmpeg said, where the cause stands; empty when it said nothing."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()[:_TOLD_LINES]
        told = (_SPEAKER.sub("", line).strip().rstrip(".") for line in lines)
        return "; ".join(told)


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
def running(graph: Any, *, write: bool = False) -> Iterator[Child]:
    """The ffmpeg that works on an ffmpeg-python `graph`; killed when the block is left early.

    It sits in a process group of its own, so Ctrl-C reaches us and not it. Nothing passes a shell.
    """
    arguments = ffmpeg.compile(
        graph.global_args("-nostdin" if not write else "-hide_banner", "-v", "error"),
        cmd=binary(),
        overwrite_output=True,
    )
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE if write else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if write else subprocess.PIPE,
            stderr=errors,
            bufsize=0,
            start_new_session=os.name == "posix",
        )
        try:
            yield Child(process, errors)
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.wait()


def local(path: str) -> str:
    """`path` as ffmpeg reads it: a file on this machine, whatever characters its name has."""
    return f"file:{path}"


def _is_new_enough(program: str) -> bool:
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.search(r"libavcodec\s+(\d+)\.", said.stdout)
    return found is not None and int(found[1]) >= _OLDEST_LIBAVCODEC
