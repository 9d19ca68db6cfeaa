"""Run orders on this machine: one child process renders them in a row and says how far it is.

The same command a farm runs. A crash takes the child along, never the caller, and costs one shot:
the next child goes on with the next order.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from lipflap.core.errors import DubError
from lipflap.core.order import FAILED, DubOrder, DubResult, read_order, result_to_json
from lipflap.plugin.events import Event, from_line
from lipflap.plugin.job import job_of, write_text
from lipflap.plugin.render import without_picture

WRONG_INPUT = 2
_LAST_WORDS_CHARS = 2000
_TIDY_UP_S = 20


def run(order_files: Sequence[Path], weights: Path | None = None) -> Generator[Event, None, None]:
    """Progress and one result for each order, in their order; closing ends the child.

    weights   folder of the face tracker's weights, if it is not its own cache
    Raises DubError when a file holds no order, and what the child says would stop every shot.
    """
    options = ["--weights", str(weights)] if weights else []
    waiting = {path: read_order(path) for path in order_files}
    while waiting:
        with TemporaryFile() as errors, _child([*options, *map(str, waiting)], errors) as child:
            for event in _events(child):
                yield event
                if isinstance(event, DubResult):
                    del waiting[next(iter(waiting))]
            exit_code = child.wait()
            words = _last_words(errors)
        if exit_code == WRONG_INPUT:
            raise DubError(words.removeprefix("lipflap: "))
        if waiting:
            yield _fallen(waiting.pop(next(iter(waiting))), exit_code, words)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child, without what OpenCV leaves in ours and Qt would trip over.

    Threads that spin while they wait starve whatever else runs: they sleep, unless told otherwise.
    """
    clean = {k: v for k, v in environment.items() if not k.startswith("QT_QPA_")}
    libraries = clean.pop("LD_LIBRARY_PATH", "").split(os.pathsep)
    if kept := [folder for folder in libraries if folder and f"{os.sep}cv2" not in folder]:
        clean["LD_LIBRARY_PATH"] = os.pathsep.join(kept)
    clean.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return clean


@contextmanager
def _child(arguments: list[str], errors: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """A child process that is ended, first politely, when the block is left early.

    It has a session of its own: a Ctrl-C in the terminal reaches it once, through us.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "lipflap.plugin.cli", "render", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        env=child_environment(os.environ),
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            _end(child)
        if child.stdout:
            child.stdout.close()


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(_TIDY_UP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _events(child: subprocess.Popen[str]) -> Iterator[Event]:
    for line in child.stdout or ():
        if event := from_line(line):
            yield event


def _last_words(errors: IO[bytes]) -> str:
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _LAST_WORDS_CHARS))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _fallen(order: DubOrder, exit_code: int, words: str) -> DubResult:
    """The result of an order whose renderer ended without one."""
    how = f"with exit code {exit_code}"
    if exit_code < 0:
        how = f"by a signal: {signal.strsignal(-exit_code)}"
    result = without_picture(order, FAILED, f"The renderer was ended {how}. {words}".strip())
    write_text(job_of(order).result(order.shot), result_to_json(result))
    return result
