"""A new file appears under its name when it is whole, or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lipflap.core.disk_room import unwritable
from lipflap.core.errors import DubError
from lipflap.core.half_files import clear_halves, half_name
from lipflap.core.media.sequence import file_of, folder_of, is_sequence, numbers_on_disk


@contextmanager
def movie_place(path: str) -> Iterator[Path]:
    """Where to write the movie until it is whole: beside it, under another name.

    Raises DubError when the folder cannot be written to.
    """
    whole = Path(path)
    part = whole.with_name(half_name(whole.stem, whole.suffix))
    _make_folder(whole.parent)
    clear_halves(whole.parent, whole.stem)
    try:
        yield part
        with _naming(path):
            _settle(part)
            part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def sequence_place(pattern: str) -> Iterator[Path]:
    """A pattern under which to write a sequence until it is whole: in a folder beside it.

    Files of the same pattern that the new sequence has no picture for go: they would lengthen it.
    Raises DubError when the folder cannot be written to.
    """
    folder, name = folder_of(pattern), Path(pattern).name
    stem = file_of(pattern, 0).stem
    part = folder / half_name(stem)
    clear_halves(folder, stem)
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
            return sum(file_of(str(part), number).stat().st_size for number in numbers)
        return part.stat().st_size
    except (OSError, DubError):
        return 0


def _settle(file: Path) -> None:
    """Has the system put a file on the disk, lest it is there in name only after a power cut."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _move_all(part: str, whole: str) -> None:
    new = numbers_on_disk(part)
    for number in new:
        _settle(file_of(part, number))
    for number in new:
        file_of(part, number).replace(file_of(whole, number))
    for number in set(numbers_on_disk(whole)) - set(new):
        file_of(whole, number).unlink()


def _make_folder(folder: Path) -> None:
    with _naming(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Trouble with the disk as a DubError that names the path."""
    try:
        yield
    except OSError as problem:
        raise unwritable(path, problem) from problem
