"""The times of words that are said in a film, from a word alignment beside it.

FILMS/align/FILM.align    lines `first last word`, in 25,000ths of a second
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.training.data.split import SplitPart

UNITS_A_SECOND = 25_000
SILENCES = frozenset({"sil", "sp"})
CLOSED_WORDS = frozenset({"b", "bin", "blue", "p", "place", "please"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is said, from when to when."""

    start_s: Fraction
    end_s: Fraction
    text: str


def read_word_times(align: Path) -> tuple[Word, ...]:
    """Read the words of a word alignment; none without the file. Raises DubError on others."""
    if not align.is_file():
        return ()
    words = []
    for line in align.read_text(encoding="utf-8").splitlines():
        try:
            first, last, text = line.split()
            times = Fraction(int(first), UNITS_A_SECOND), Fraction(int(last), UNITS_A_SECOND)
        except ValueError as error:
            raise DubError(f"is not a word alignment: {line!r}.", where=str(align)) from error
        if text not in SILENCES:
            words.append(Word(*times, text))
    return tuple(words)


def words_of(part: SplitPart) -> tuple[Word, ...]:
    """Return the words that begin in a part, in seconds of it, where words' times are known."""
    recording = part.recording
    if recording.frames.step != 1:
        return ()
    media = Path(recording.picture.path)
    first_s = recording.frames.media_frame(part.segment.start) / recording.rate
    moved = (
        Word(word.start_s - first_s, word.end_s - first_s, word.text)
        for word in read_word_times(media.parent / "align" / f"{media.stem}.align")
    )
    end_s = len(part.segment) / recording.rate
    return tuple(word for word in moved if 0 <= word.start_s < end_s)


def closed_frames(words: Iterable[Word], rate: Fraction) -> tuple[int, ...]:
    """Return the frames in which a b or p begins."""
    return tuple(floor(word.start_s * rate) for word in words if word.text in CLOSED_WORDS)
