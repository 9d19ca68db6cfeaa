"""Write files and folders whole or not at all: under a temporary name first, then renamed.

Everything that another process or a user reads is written through this module. Each writer here
makes the folder, raises DubError (DiskFull where the disk is full) for what cannot be written, and
leaves nothing behind when its block raises.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.disk_space import is_disk_full, write_error
from lipflap.core.files.sequence import numbers_on_disk, sequence_file, sequence_folder
from lipflap.core.files.temp_names import remove_stale_temps, temp_name
from lipflap.core.memory import is_out_of_memory


def write_text(path: Path, text: str) -> None:
    """Write a small text file.

    Not flushed to the disk itself, as an order writes a thousand of these: a power cut may undo it.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as problem:
        raise DubError(
            "cannot be written: it names a file whose name is not valid UTF-8.",
            where=str(path),
            fix="Rename that file.",
        ) from problem
    temp = path.with_name(temp_name(path.name))
    with _write_errors(path, temp, len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temp.write_bytes(data)
            temp.replace(path)
        finally:
            temp.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write a file of bytes."""
    with atomic_file(path, len(data)) as temp:
        temp.write_bytes(data)


def copy_file(source: Path, path: Path) -> None:
    """Copy the content of a file."""
    with atomic_file(path) as temp:
        shutil.copyfile(source, temp)


@contextmanager
def atomic_file(path: Path | str, needs_bytes: int = 0) -> Iterator[Path]:
    """Yield the temporary path at which to write a file.

    needs_bytes  its size, for the message about a full disk; 0 where that is not known
    """
    path = Path(path)
    temp = path.with_name(temp_name(path.stem, path.suffix))
    with _write_errors(path, temp, needs_bytes):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_stale_temps(path.parent, path.stem)
        try:
            yield temp
            _fsync_file(temp)
            temp.replace(path)
        finally:
            temp.unlink(missing_ok=True)


@contextmanager
def atomic_sequence(pattern: str) -> Iterator[Path]:
    """Yield the temporary pattern under which to write an image sequence.

    Files of the same pattern that the new sequence has no picture for are removed: they would
    lengthen it.
    """
    folder, name = sequence_folder(pattern), Path(pattern).name
    with _moved_into(folder, sequence_file(pattern, 0).stem, pattern) as temp:
        temp_pattern = Path(str(temp).replace("%", "%%")) / name
        yield temp_pattern
        new = numbers_on_disk(str(temp_pattern))
    with _write_errors(pattern, folder):
        for number in set(numbers_on_disk(pattern)) - set(new):
            sequence_file(pattern, number).unlink()


@contextmanager
def atomic_files(folder: Path, needs_bytes: int = 0) -> Iterator[Path]:
    """Yield a temporary folder; all that is written there is moved into `folder`.

    Files that are in `folder` already stay, unless they have the same name.
    needs_bytes  the size of all files, for the message about a full disk
    """
    with _moved_into(folder, folder.name, str(folder), needs_bytes) as temp:
        yield temp


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, which becomes `folder`.

    Raises DubError also when there is something in `folder` already.
    """
    refuse_existing(folder)
    temp = folder.with_name(temp_name(folder.name))
    with _write_errors(folder, temp):
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_stale_temps(folder.parent, folder.name)
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        try:
            yield temp
            for file in _files_in(temp):
                _fsync_file(file)
            refuse_existing(folder)  # another process may have been faster
            temp.replace(folder)
        finally:
            shutil.rmtree(temp, ignore_errors=True)


def refuse_existing(folder: Path) -> None:
    """Raise DubError when there is something in `folder`, or it is a file."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DubError(
            "exists already.", where=str(folder), fix="Choose another name, or remove it first."
        )


@contextmanager
def _moved_into(folder: Path, stem: str, where: str, needs_bytes: int = 0) -> Iterator[Path]:
    """Yield a temporary folder, whose files are moved into `folder` at the end."""
    temp = folder / temp_name(stem)
    with _write_errors(where, temp, needs_bytes):
        remove_stale_temps(folder, stem)
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir(parents=True)
        try:
            yield temp
            files = _files_in(temp)
            for file in files:
                _fsync_file(file)
            for file in files:
                path = folder / file.relative_to(temp)
                path.parent.mkdir(parents=True, exist_ok=True)
                file.replace(path)
        finally:
            shutil.rmtree(temp, ignore_errors=True)


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _fsync_file(file: Path) -> None:
    """Flush a file to the disk, so that it is not empty after a power cut."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


@contextmanager
def _write_errors(path: Path | str, temp: Path, needs_bytes: int = 0) -> Iterator[None]:
    """Raise a DubError that names `path`, or another file that cannot be opened, for an OSError."""
    try:
        yield
    except OSError as problem:
        if is_out_of_memory(problem):
            raise
        named = Path(os.fsdecode(problem.filename)) if _names_file(problem) else temp
        if is_disk_full(problem) or temp.is_relative_to(named) or named.is_relative_to(temp):
            raise write_error(path, problem, needs_bytes) from problem
        raise DubError(f"cannot be opened: {problem.strerror}.", where=str(named)) from problem


def _names_file(problem: OSError) -> bool:
    return isinstance(problem.filename, str | bytes)
