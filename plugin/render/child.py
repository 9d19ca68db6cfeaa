"""Run orders on this machine: a child process renders some at a time and says how far it is.

The same command a farm runs. A crash takes the child along, never the caller. Which shot it was
cannot be known, so each that was being rendered gets a child of its own; the one that fells it
again has failed, and the others go on together:

    child 1   SH010 SH020 SH030 SH040 x      SH010 was done
    child 2         SH020                    alone
    child 3               SH030 x            failed
    child 4                     SH040 SH050
"""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from lipflap.core.errors import DubError
from lipflap.core.files.disk_space import write_error
from lipflap.core.order import DubOrder, DubResult, ShotState, digest
from lipflap.plugin.job.events import Event, from_line
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.path_map import Rules, format_rule
from lipflap.plugin.render.render import no_picture_result, write_result

WRONG_INPUT = 2
_LAST_WORDS_CHARS = 2000
_TIDY_UP_S = 20


def render_in_child(
    order_files: Sequence[Path],
    weights: Path | None = None,
    together: int | None = None,
    rules: Rules = (),
) -> Generator[Event, None, None]:
    """Progress and one result for each order, as they come; closing ends the child.

    weights   folder of the face tracker's weights, if it is not its own cache
    together  shots rendered at once; None for what memory and cores allow
    rules     where this machine finds what the orders name
    Raises DubError when a file holds no order, and what the child says would stop every shot.
    """
    options = ["--weights", str(weights)] if weights else []
    options += ["--together", str(together)] if together else []
    options += [f"--map={format_rule(rule)}" for rule in rules]
    waiting = {digest(order): (path, order) for path, order in _read(order_files, rules)}
    suspects: list[str] = []
    while waiting:
        given = [suspects.pop(0)] if suspects else list(waiting)
        files = [str(waiting[name][0]) for name in given]
        begun = set()
        command = ["render", *options, "--", *files]
        with TemporaryFile() as errors, _child(command, errors) as child:
            for event in _events(child):
                yield event
                begun.add(event.shot)
                if isinstance(event, DubResult):
                    waiting.pop(event.order_sha256, None)
            exit_code = child.wait()
            words = _last_words(errors)
        if exit_code == WRONG_INPUT:
            raise DubError(words.removeprefix("lipflap: "))
        lost = [name for name in given if name in waiting]
        if lost and len(given) == 1:
            yield _crash(waiting.pop(lost[0])[1], exit_code, words, rules)
        elif lost:
            suspects = [name for name in lost if waiting[name][1].shot in begun] or lost[:1]


@dataclass(frozen=True, slots=True)
class Crash:
    """A child that was ended before its work was; `begun` are the shots it had not done."""

    begun: tuple[str, ...]


def render_queue_in_child(
    job: Job, weights: Path | None = None
) -> Generator[Event, None, Crash | None]:
    """As `run`, but the child takes its orders from the queue of a JOB, as long as it has any.

    What is returned is not None when a crash took the child along: one of the shots that it had
    begun is to blame. Raises DubError for what the child says would stop every shot.
    """
    options = ["--weights", str(weights)] if weights else []
    begun: dict[str, None] = {}
    command = ["work", str(job.folder), "--unguarded", *options]
    with TemporaryFile() as errors, _child(command, errors) as child:
        for event in _events(child):
            if isinstance(event, DubResult):
                begun.pop(event.shot, None)
            else:
                begun[event.shot] = None
            yield event
        exit_code = child.wait()
        words = _last_words(errors)
    if exit_code == WRONG_INPUT:
        raise DubError(words.removeprefix("lipflap: "))
    return None if exit_code in (0, 1) else Crash(tuple(begun))


def _read(order_files: Sequence[Path], rules: Rules) -> list[tuple[Path, DubOrder]]:
    return [(path, read_job_order(path, rules)) for path in order_files]


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
        [sys.executable, "-P", "-m", "lipflap.plugin.cli.main", *arguments],
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


def _crash(order: DubOrder, exit_code: int, words: str, rules: Rules) -> DubResult:
    """The result of an order whose renderer ended without one."""
    how = f"with exit code {exit_code}"
    if exit_code < 0:
        how = f"by a signal: {signal.strsignal(-exit_code)}"
    reason = f"The renderer was ended {how}. {words}".strip()
    return write_result(order, no_picture_result(order, ShotState.FAILED, reason), rules)


_LAST_WORDS_BYTES = 4000
# Shots that failed are told by their results; who ends a process knows why.
_NO_TROUBLE = (0, 1, 128 + signal.SIGINT, 128 + signal.SIGTERM, -signal.SIGINT, -signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class BackgroundProcess:
    """A process that was begun, and its log."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    @property
    def trouble(self) -> str:
        """Why it ended before its work was done; empty when it was, and while it runs."""
        code = self.process.poll()
        if code is None or code in _NO_TROUBLE:
            return ""
        how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        return last_log_line(self.log) or f"ended without a word: {how}."


def spawn(arguments: Sequence[str], log: Path) -> BackgroundProcess:
    """Begin `lipflap` with these arguments in a session of its own. Raises DubError.

    log   is written anew; its folder is made
    """
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    flags |= getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "lipflap.plugin.cli.main", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=child_environment(os.environ),
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as problem:
        raise write_error(log, problem) from problem
    return BackgroundProcess(process, log)


def last_log_line(log: Path) -> str:
    """The last line of a log; empty when there is none."""
    try:
        said = log.read_bytes()[-_LAST_WORDS_BYTES:].decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("lipflap: ") if lines else ""


def start_farm(job: Job, address: str, shots: Collection[str] = ()) -> BackgroundProcess:
    """Give orders of a JOB to a cluster; what it says goes to JOB/farm.log. Raises DubError.

    address   of a Dask scheduler, or "local"
    shots     the shots that are meant; none for all
    """
    command = ["farm", "run", str(job.folder.absolute()), "--cluster", address]
    if shots:
        command += ["--only", *shots]
    return spawn(command, job.folder / "farm.log")
