"""Run ffmpeg as a child process."""

import os
import re
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock, Thread
from time import sleep
from typing import IO, Any

import ffmpeg
import imageio_ffmpeg

from lipflap.core.errors import DubError, MemoryShort
from lipflap.core.memory import count_memory_kills, mentions_out_of_memory

_MIN_LIBAVCODEC = 62  # ffmpeg 8.0: EXR halves stay halves
_MAX_ERROR_LINES, _ERROR_BYTES = 2, 1 << 16
_LOG_PREFIX = re.compile(r"\[[^]]*\] ?")  # [prores @ 0x55ba41e2]


@dataclass(frozen=True, slots=True)
class Child:
    """A running ffmpeg; `stdin` and `stdout` are its pipes, where it has them.

    stderr_head    the first lines of its errors, which state the cause
    stderr_reader  the thread that reads them
    stderr_lock    held while it reads
    memory_kills   of the system when it began; None where the system does not count them
    """

    process: subprocess.Popen[bytes]
    stderr_head: list[str]
    stderr_reader: Thread
    stderr_lock: Lock
    memory_kills: int | None

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def write(self, data: memoryview) -> None:
        """Write all of some data to its stdin, whose pipe may take it in parts. Raises OSError."""
        rest = data.cast("B")
        while rest:
            rest = rest[self.stdin.write(rest) :]

    def wait_ok(self) -> bool:
        """Wait for its end; return whether it succeeded.

        Raises MemoryShort when memory ran out, for which the system sends SIGKILL.
        """
        self.stderr_reader.join()
        code = self.process.wait()
        if (code and mentions_out_of_memory(self.error_text())) or self._was_killed_for_memory():
            raise MemoryShort(
                f"ffmpeg ran out of memory ({self.error_text()}).",
                fix="Render fewer shots at once with --together, or allow more memory.",
            )
        return code == 0

    def _was_killed_for_memory(self) -> bool:
        """Return whether SIGKILL ended it, unless the system says that it lacked no memory."""
        if self.process.returncode != -getattr(signal, "SIGKILL", 9):
            return False
        kills = count_memory_kills()
        return kills is None or kills != self.memory_kills

    def read_errors(self) -> None:
        """Wait until all that it has said is read: what is wrong with a picture, it says first."""
        while os.name == "posix" and self.stderr_reader.is_alive():
            with self.stderr_lock:
                if not _is_readable(self.process.stderr, timeout_ms=0):
                    return
            sleep(0)

    def error_text(self) -> str:
        """Return its errors so far in one line, else the signal that ended it, else nothing."""
        code = self.process.returncode or 0
        if not self.stderr_head and code < 0:
            return f"ffmpeg was ended by the signal {signal.strsignal(-code)}"
        return "; ".join(self.stderr_head)


@cache
def binary() -> str:
    """Return the ffmpeg on PATH if it is new enough, else the one of the imageio-ffmpeg wheel.

    Raises DubError when there is neither.
    """
    on_path = shutil.which("ffmpeg")
    if on_path and _is_new_enough(on_path):
        return on_path
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as problem:
        raise DubError(
            "no FFmpeg was found.", fix="Install FFmpeg 8 or newer, or the imageio-ffmpeg wheel."
        ) from problem


@contextmanager
def run_ffmpeg(graph: Any, *, write: bool = False) -> Iterator[Child]:
    """Run ffmpeg on an ffmpeg-python `graph`; it is killed when the block is left early.

    It has a process group of its own, so Ctrl-C reaches us and not it. No shell is involved.

    write  pictures are written to its stdin; else they are read from its stdout
    """
    arguments = ffmpeg.compile(
        graph.global_args("-nostdin" if not write else "-hide_banner", "-v", "error"),
        cmd=binary(),
        overwrite_output=True,
    )
    memory_kills = count_memory_kills()
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE if write else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if write else subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=os.name == "posix",
    )
    stderr_head: list[str] = []
    stderr_lock = Lock()
    heard = (process.stderr, stderr_head, stderr_lock)
    stderr_reader = Thread(target=_read_stderr, args=heard, daemon=True)
    stderr_reader.start()
    try:
        yield Child(process, stderr_head, stderr_reader, stderr_lock, memory_kills)
    finally:
        process.kill()
        process.wait()
        stderr_reader.join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _read_stderr(errors: IO[bytes], stderr_head: list[str], lock: Lock) -> None:
    """Read all of stderr, so that the child never blocks; keep the first lines."""
    rest = b""
    while True:
        if os.name == "posix":
            _is_readable(errors, timeout_ms=None)
        with lock:
            data = errors.read(_ERROR_BYTES)
            *lines, rest = (rest + data).split(b"\n")
            lines += [] if data else [rest]
            for line in filter(None, lines):
                if len(stderr_head) < _MAX_ERROR_LINES:
                    text = line.decode("utf-8", "replace")
                    stderr_head.append(_LOG_PREFIX.sub("", text).strip().rstrip("."))
        if not data:
            return


def _is_readable(pipe: IO[bytes] | None, timeout_ms: int | None) -> bool:
    """Return whether there is something to read, or the end; None waits for it."""
    assert pipe is not None
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(timeout_ms))


def file_url(path: str) -> str:
    """Return `path` as ffmpeg reads it: a local file, whatever characters its name has."""
    return f"file:{path}"


def _is_new_enough(program: str) -> bool:
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    match = re.search(r"libavcodec\s+(\d+)\.", done.stdout)
    return match is not None and int(match[1]) >= _MIN_LIBAVCODEC
