"""Names of files while they are written, which tell who writes them:

    .SH010.render7-4711.part.mov      process 4711 on render7 writes SH010.mov

So two that write the same file never write into one another's, and what a killed process has left
behind is known as such by the next who comes.
"""

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from time import time

import psutil

from lipflap.core.errors import DubError
from lipflap.core.files.disk_space import write_error
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file, sequence_folder

_HOST = re.sub(r"\W", "_", socket.gethostname())[:40]
_NAME = re.compile(r"\..+\.(\w+)-(\d+)\.part(\.\w+)?")
_QUIET_S = 600  # without a byte written, another machine's process is taken for dead


def temp_name(stem: str, suffix: str = "") -> str:
    """The name for what is to be `stem` + `suffix`; where it lies beside that, no one else's."""
    return f".{stem}.{_HOST}-{os.getpid()}.part{suffix}"


def remove_stale_temps(folder: Path, stem: str = "") -> None:
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


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: to another name first, then renamed. Raises DubError."""
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError as problem:
        raise DubError(
            "cannot be written: it speaks of a file whose name is no UTF-8.",
            where=str(path),
            fix="Rename the file.",
        ) from problem
    half = path.with_name(temp_name(path.name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            half.write_text(text, encoding="utf-8")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as problem:
        raise write_error(path, problem, size_bytes) from problem


@contextmanager
def atomic_file(path: str) -> Iterator[Path]:
    """Where to write the movie until it is whole: beside it, under another name.

    Raises DubError when the folder cannot be written to.
    """
    whole = Path(path)
    part = whole.with_name(temp_name(whole.stem, whole.suffix))
    _make_folder(whole.parent)
    remove_stale_temps(whole.parent, whole.stem)
    try:
        yield part
        with _naming(path):
            _fsync_file(part)
            part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def atomic_sequence(pattern: str) -> Iterator[Path]:
    """A pattern under which to write a sequence until it is whole: in a folder beside it.

    Files of the same pattern that the new sequence has no picture for go: they would lengthen it.
    Raises DubError when the folder cannot be written to.
    """
    folder, name = sequence_folder(pattern), Path(pattern).name
    stem = sequence_file(pattern, 0).stem
    part = folder / temp_name(stem)
    remove_stale_temps(folder, stem)
    shutil.rmtree(part, ignore_errors=True)
    _make_folder(part)
    try:
        yield Path(str(part).replace("%", "%%")) / name
        with _naming(pattern):
            _move_all(str(Path(str(part).replace("%", "%%")) / name), pattern)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def size_of(part: Path) -> int:
    """Bytes that lie under the name or the pattern of a file that is being written."""
    try:
        if is_sequence(str(part)):
            numbers = numbers_on_disk(str(part))
            return sum(sequence_file(str(part), number).stat().st_size for number in numbers)
        return part.stat().st_size
    except (OSError, DubError):
        return 0


def _fsync_file(file: Path) -> None:
    """Has the system put a file on the disk, lest it is there in name only after a power cut."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _move_all(part: str, whole: str) -> None:
    new = numbers_on_disk(part)
    for number in new:
        _fsync_file(sequence_file(part, number))
    for number in new:
        sequence_file(part, number).replace(sequence_file(whole, number))
    for number in set(numbers_on_disk(whole)) - set(new):
        sequence_file(whole, number).unlink()


def _make_folder(folder: Path) -> None:
    with _naming(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Trouble with the disk as a DubError that names the path."""
    try:
        yield
    except OSError as problem:
        raise write_error(path, problem) from problem


def refuse_taken(folder: Path) -> None:
    """Raises DubError when there is something in `folder`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DubError(
            "is there already.", where=str(folder), fix="Choose another name, or remove it first."
        )


@contextmanager
def whole_or_none(folder: Path) -> Iterator[Path]:
    """A new folder to write in, which becomes `folder` when the block ends well.

    Raises DubError when there is something in `folder` already, or it cannot be written.
    """
    refuse_taken(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as problem:
        raise DubError(f"cannot be written: {problem.strerror}.", where=str(folder)) from problem
    try:
        yield part
        part.chmod(0o755)  # mkdtemp keeps folders private; this one is as any other
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
