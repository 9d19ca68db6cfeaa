"""Image sequences: one numbered file a picture, named by a %0Nd pattern.

As in C and in ffmpeg, %% in a pattern stands for one % of a name.
"""

import re
from pathlib import Path

from lipflap.core.errors import MediaMissing

_NUMBER = re.compile(r"(?<!%)((?:%%)*)%(?:0(\d+))?d")


def is_sequence(path: str) -> bool:
    """Whether `path` names many files: its file name holds a %0Nd."""
    return _NUMBER.search(Path(path).name) is not None


def sequence_folder(pattern: str) -> Path:
    """The folder the files of a sequence lie in."""
    return Path(str(Path(pattern).parent).replace("%%", "%"))


def sequence_file(pattern: str, number: int) -> Path:
    """The file of one picture of a sequence."""
    head, digits, tail = _name_parts(pattern)
    return sequence_folder(pattern) / f"{head}{number:0{digits}}{tail}"


def digit_count(pattern: str) -> int:
    """How many digits the numbers of a sequence have at least."""
    return _name_parts(pattern)[1]


def first_file_ffmpeg_finds(pattern: str) -> str:
    """The pattern with every % of its folder written as ffmpeg wants it."""
    return str(Path(str(sequence_folder(pattern)).replace("%", "%%")) / Path(pattern).name)


def numbers_on_disk(pattern: str) -> list[int]:
    """Numbers of the files that are there, rising.

    Raises MediaMissing when there are none, or the folder cannot be read.
    """
    head, _, tail = _name_parts(pattern)
    name = re.compile(re.escape(head) + r"(\d+)" + re.escape(tail))
    try:
        there = {entry.name for entry in sequence_folder(pattern).iterdir()}
    except OSError as problem:
        raise MediaMissing(f"cannot be read: {problem.strerror}.", where=pattern) from problem
    numbers = {int(found[1]) for found in map(name.fullmatch, there) if found}
    numbers = {number for number in numbers if sequence_file(pattern, number).name in there}
    if not numbers:
        raise MediaMissing("names no file that is there.", where=pattern)
    return sorted(numbers)


def _name_parts(pattern: str) -> tuple[str, int, str]:
    """What stands before the number, how many digits it has at least, and what stands after."""
    name = Path(pattern).name
    found = _NUMBER.search(name)
    if found is None:
        raise ValueError(f"{pattern!r} holds no number such as %04d")
    head, tail = name[: found.start()] + found[1], name[found.end() :]
    return head.replace("%%", "%"), int(found[2] or 1), tail.replace("%%", "%")
