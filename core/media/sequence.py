"""Image sequences: one numbered file a picture, named by a %0Nd pattern."""

import re
from pathlib import Path

from lipflap.core.errors import MediaMissing

_NUMBER = re.compile(r"%0?(\d*)d")


def is_sequence(path: str) -> bool:
    """Whether `path` names many files: its file name holds a %0Nd."""
    return _NUMBER.search(Path(path).name) is not None


def file_of(pattern: str, number: int) -> Path:
    """The file of one picture of a sequence."""
    path = Path(pattern)
    return path.with_name(_NUMBER.sub(lambda found: f"%0{found[1] or 1}d" % number, path.name))


def numbers_on_disk(pattern: str) -> list[int]:
    """Numbers of the files that are there, rising.

    Raises MediaMissing when there are none, or the folder cannot be read.
    """
    path = Path(pattern)
    found = _NUMBER.search(path.name)
    assert found is not None
    head, tail = path.name[: found.start()], path.name[found.end() :]
    name = re.compile(re.escape(head) + r"(\d+)" + re.escape(tail))
    try:
        matches = [name.fullmatch(entry.name) for entry in path.parent.iterdir()]
    except OSError as problem:
        raise MediaMissing(f"cannot be read: {problem.strerror}.", where=pattern) from problem
    numbers = sorted(int(match[1]) for match in matches if match)
    numbers = [number for number in numbers if file_of(pattern, number).exists()]
    if not numbers:
        raise MediaMissing("names no file that is there.", where=pattern)
    return numbers
