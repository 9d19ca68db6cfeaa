"""`lipflap render` in a process of its own that starts at once, to be killed at will.

It is the product, except that it detects puppets by their colours and paints grey mouths. It is
forked from a process that has loaded everything, which is this file, run as a program:

    {"arguments": [...], "output": FILE, "first": PYTHON}   -> its process id
    {"wait": PROCESS_ID}                                    -> its exit code
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2]


class Renderer:
    """A rendering process; its output goes into the file `output`."""

    def __init__(self, ready: "Ready", pid: int, output: Path) -> None:
        self._ready = ready
        self.pid = pid
        self._output = output
        self._ended: int | None = None

    def lines(self) -> list[str]:
        return self._output.read_text().splitlines()

    def tell(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.tell(signal.SIGKILL)
        self.ended()

    def ended(self) -> int:
        """Its exit code; minus the signal that ended it."""
        if self._ended is None:
            self._ended = self._ready.ask(wait=self.pid)
        return self._ended

    def is_running(self) -> bool:
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"

    def saw(self, happened: Callable[[], bool], within_s: float = 60) -> bool:
        """Wait until `happened()` or the end; return whether it happened."""
        until = time.monotonic() + within_s
        while self.is_running():
            if happened():
                return True
            assert time.monotonic() < until, f"nothing happened for {within_s} s"
            time.sleep(0.001)
        return happened()


class Ready:
    """The process that has loaded everything."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **request: Any) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    @contextmanager
    def begin(
        self, arguments: Sequence[object], output: Path, first: str = ""
    ) -> Iterator[Renderer]:
        """A renderer, killed when the block is left.

        first  Python that it does before anything else
        """
        output.write_text("")
        pid = self.ask(arguments=["render", *map(str, arguments)], output=str(output), first=first)
        renderer = Renderer(self, pid, output)
        try:
            yield renderer
        finally:
            if renderer._ended is None:
                renderer.kill()

    def run(
        self, arguments: Sequence[object], output: Path, first: str = ""
    ) -> tuple[int, list[str]]:
        """Exit code and lines of a renderer left to itself."""
        with self.begin(arguments, output, first) as renderer:
            return renderer.ended(), renderer.lines()


@contextmanager
def ready_to_render() -> Iterator[Ready]:
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # a fork must find one thread
    )
    try:
        yield Ready(process)
    finally:
        process.communicate()


def _load() -> None:
    import numpy as np
    import scenedetect as scenedetect
    import torch
    from support.puppets.puppet import puppet_networks

    from lipflap.core import shot as shot  # taken along
    from lipflap.core.media.ffmpeg_process import binary
    from lipflap.core.paint import painter
    from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ, log_mel
    from lipflap.core.voice.vad import speech_spans
    from lipflap.plugin.cli import main as main
    from lipflap.plugin.cli import render as render

    torch.set_num_threads(1)
    puppets = puppet_networks()
    painter.load_networks = lambda settings, weights=None: puppets
    sound = np.ones(SAMPLE_RATE_HZ, np.float32)
    log_mel(sound, SAMPLE_RATE_HZ)
    speech_spans(sound, SAMPLE_RATE_HZ)
    binary()


def _render(request: dict[str, Any]) -> int:
    from lipflap.plugin.cli.main import main

    out = os.open(request["output"], os.O_WRONLY | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    exec(request["first"], {})
    return main(request["arguments"])


def _end(code: int) -> None:
    """At once: what is loaded need not be taken down."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve() -> None:
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if "wait" in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])
        else:
            answer = os.fork()
            if not answer:
                _end(_render(request))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    _load()
    _serve()
