"""The names of an image sequence's files, as cuts write them.

shot.%04d.exr   shot.####.dpx   shot.@@@@.tif   shot.$F4.exr   shot.[1001-1100].exr
shot.*.png      shot.%04d.exr 1001-1100         shot.%04d.png?begin=1001
shot.????.png   shot.{1001..1100}.exr           shot.<frame>.exr      shot.1001-1100.exr
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePath

from lipflap.core.files.spelling import name_key

IMAGES = (
    *(".ari", ".avif", ".bmp", ".cin", ".dng", ".dpx", ".exr", ".hdr", ".heic", ".heif", ".jp2"),
    *(".jpeg", ".jpg", ".jxl", ".png", ".psd", ".sgi", ".tga", ".tif", ".tiff", ".webp"),
)
_PATTERN = re.compile(
    r"[\[{<](?P<from>-?\d+)(?:-|:|\.\.)(?P<to>-?\d+)[\]}>]"
    r"|(?:(?P<first>-?\d+)-(?P<last>-?\d+))?(?:%(?:0?\d)?d|\[#+\]|#+|@+|\$(?i:frame)|\$F\d?|\*|\?+)"
    r"|[<{](?i:f\d?|frame)[>}]"
    r"|(?<=[._])(?P<lowest>\d{3,})-(?P<highest>\d{3,})(?=\.[^.]+$)"
)
_RANGE_AFTER = re.compile(r" \[?(-?\d+)-(-?\d+)\]?$|\?begin[=:](-?\d+).*$")  # of Nuke, of MLT
_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")


@dataclass(frozen=True, slots=True)
class SequenceName:
    """The names of a sequence's files: head, number, tail.

    first   number of the first file; None where the name does not say it
    """

    head: str
    tail: str
    first: int | None = None

    def numbers_in(self, names: Iterable[str]) -> dict[int, str]:
        """Return the files of this sequence among names, by their numbers, rising."""
        wanted = re.compile(
            re.escape(name_key(self.head)) + r"(-?)(\d+)" + re.escape(name_key(self.tail))
        )
        found = ((wanted.fullmatch(name_key(name)), name) for name in names)
        numbers = {int(match[1] + match[2]): name for match, name in found if match}
        return dict(sorted(numbers.items()))


@dataclass(frozen=True)
class SequenceFiles:
    """The files of an image sequence in a folder, by number, at least one."""

    folder: str
    numbers: Mapping[int, str]

    @cached_property
    def path(self) -> str:
        """The %0Nd pattern of their paths."""
        return str(PurePath(self.folder.replace("%", "%%")) / pattern_of(self.numbers))

    @cached_property
    def first(self) -> int:
        return min(self.numbers)

    @cached_property
    def last(self) -> int:
        return max(self.numbers)


@lru_cache(maxsize=1 << 12)  # of a file it is asked for each clip
def parse_sequence_name(name: str) -> SequenceName | None:
    """Return the sequence that a file name with a pattern stands for; None for any other name."""
    after = _RANGE_AFTER.search(name)
    name = name[: after.start()] if after else name
    found = _PATTERN.search(name)
    if found is None or PurePath(name).suffix.casefold() not in IMAGES:
        return None
    first = found["from"] or found["first"] or found["lowest"] or (after and (after[1] or after[3]))
    return SequenceName(name[: found.start()], name[found.end() :], int(first) if first else None)


def sequence_of_file(name: str) -> SequenceName | None:
    """Return the sequence that a numbered image may be the first of; None for any other name."""
    if not name.casefold().endswith(IMAGES):
        return None
    stem, suffix = PurePath(name).stem, PurePath(name).suffix
    found = _LAST_NUMBER.fullmatch(stem)
    if found is None or not suffix:
        return None
    head, number, after = found.groups()
    sign = "-" if head.endswith((".-", "_-")) else ""
    return SequenceName(head.removesuffix(sign), after + suffix, int(sign + number))


def pattern_of(numbers: Mapping[int, str]) -> str:
    """Return the %0Nd pattern of files by number; as many digits as their names show."""
    texts = {number: str(abs(number)) for number in numbers}
    digits = {number: _digits(name, texts[number]) for number, name in numbers.items()}
    padded = {len(text) for number, text in digits.items() if len(text) > len(texts[number])}
    widths = padded or {len(text) for text in digits.values()}
    number, name = next(iter(numbers.items()))
    head, _, tail = name.rpartition(digits[number])
    if number < 0:
        head = head.removesuffix("-")
    width = f"0{min(widths)}" if len(widths) == 1 else ""
    return f"{head.replace('%', '%%')}%{width}d{tail.replace('%', '%%')}"


def _digits(name: str, number: str) -> str:
    """Return the digits of a file's number as its name has them, the last that fit."""
    runs = [run for run in re.findall(r"\d+", name) if run.lstrip("0") == number.lstrip("0")]
    return str(runs[-1])
