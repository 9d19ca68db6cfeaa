"""Image sequences: one numbered file for each picture, named by a %0Nd pattern.

As in C and in ffmpeg, %% in a pattern stands for one % of a name.
"""

import re
from pathlib import Path

from lipflap.core.errors import MediaMissing

_NUMBER = re.compile(r"(?<!%)((?:%%)*)%(?:0(\d+))?d")


def is_sequence(path: str) -> bool:
    """Return whether `path` names many files: its file name holds a %0Nd."""
    return _NUMBER.search(Path(path).name) is not None


def sequence_folder(pattern: str) -> Path:
    """Return the folder of a sequence's files."""
    return Path(str(Path(pattern).parent).replace("%%", "%"))


def sequence_file(pattern: str, number: int) -> Path:
    """Return the file of one picture of a sequence."""
    head, digits, tail = _name_parts(pattern)
    sign = "-" if number < 0 else ""
    return sequence_folder(pattern) / f"{head}{sign}{abs(number):0{digits}}{tail}"


def digit_count(pattern: str) -> int:
    """Return how many digits the numbers of a sequence have at least."""
    return _name_parts(pattern)[1]


def ffmpeg_pattern(pattern: str) -> str:
    """Return the pattern with every % of its folder escaped for ffmpeg."""
    return str(Path(str(sequence_folder(pattern)).replace("%", "%%")) / Path(pattern).name)


def numbers_on_disk(pattern: str) -> list[int]:
    """Return the numbers of the files on disk, rising.

    Raises MediaMissing when there is none, or the folder cannot be read.
    """
    head, _, tail = _name_parts(pattern)
    name = re.compile(re.escape(head) + r"(-?\d+)" + re.escape(tail))
    try:
        names = {entry.name for entry in sequence_folder(pattern).iterdir()}
    except OSError as problem:
        raise MediaMissing(
            f"cannot be read: {problem.strerror}.",
            where=pattern,
            fix="Relink it, or mount its volume.",
        ) from problem
    numbers = {int(found[1]) for found in map(name.fullmatch, names) if found}
    numbers = {number for number in numbers if sequence_file(pattern, number).name in names}
    if not numbers:
        raise MediaMissing(
            "has no file on disk.",
            where=pattern,
            fix="Relink the image sequence, or render it again.",
        )
    return sorted(numbers)


def _name_parts(pattern: str) -> tuple[str, int, str]:
    """Return the name before the number, its least count of digits, and the name after."""
    name = Path(pattern).name
    match = _NUMBER.search(name)
    if match is None:
        raise ValueError(f"{pattern!r} holds no number such as %04d")
    head, tail = name[: match.start()] + match[1], name[match.end() :]
    return head.replace("%%", "%"), int(match[2] or 1), tail.replace("%%", "%")
