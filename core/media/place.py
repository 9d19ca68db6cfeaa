"""A new file appears under its name when it is whole, or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.media.sequence import file_of, folder_of, numbers_on_disk


@contextmanager
def movie_place(path: str) -> Iterator[Path]:
    """Where to write the movie until it is whole: beside it, under another name.

    Raises DubError when the folder cannot be written to.
    """
    whole = Path(path)
    part = whole.with_name(f".{whole.stem}.part{whole.suffix}")
    _make_folder(whole.parent)
    try:
        yield part
        with _naming(path):
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
    part = folder / f".{file_of(pattern, 0).stem}.part"
    shutil.rmtree(part, ignore_errors=True)
    _make_folder(part)
    try:
        yield part / name
        with _naming(pattern):
            _move_all(str(part / name), pattern)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _move_all(part: str, whole: str) -> None:
    new = numbers_on_disk(part)
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
        raise DubError(
            f"cannot be written: {problem.strerror}.", where=path, fix="Choose another folder."
        ) from problem
