"""When words begin that closed lips begin, from the word alignments of the GRID corpus."""

from fractions import Fraction
from math import floor
from pathlib import Path

from lipflap.core.errors import DubError

UNITS_A_SECOND = 25_000
CLOSED_WORDS = frozenset({"b", "bin", "blue", "p", "place", "please"})


def closed_frames(align: Path, rate: Fraction) -> tuple[int, ...]:
    """Frames in which a b or p begins; none where there is no such file.

    Lines are `first last word`, in 25,000ths of a second. Raises DubError on others.
    """
    if not align.is_file():
        return ()
    found = []
    for line in align.read_text(encoding="utf-8").splitlines():
        try:
            first, _, word = line.split()
            frame = floor(int(first) * rate / UNITS_A_SECOND)
        except ValueError as problem:
            raise DubError(f"is not a word alignment: {line!r}.", where=str(align)) from problem
        if word in CLOSED_WORDS:
            found.append(frame)
    return tuple(found)
