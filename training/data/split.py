"""What of the footage judges and never trains: by speaker where there are many, else by file,
else by seconds.

many speakers     | A | B | C | D | E | F | ...       A and F validate
few speakers      | 0 | 1 | ... | 18 | 19 | ...       every 19th file of each: 0, 19, ...
few files         |== trains =========| gap |= v. =|  the last sixth of all seconds
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lipflap.core.errors import DubError
from lipflap.core.recording import Recording
from lipflap.training.data.face_segments import SHORTEST_S, FaceSegment

MANY_SPEAKERS, EVERY_SPEAKER = 5, 5
FEW_FILES, EVERY_FILE = 6, 19
HELD_SHARE = Fraction(1, 6)
GAP_S = Fraction(1, 2)  # neither heard nor seen by what trains and by what validates


@dataclass(frozen=True, slots=True)
class SplitPart:
    """An appearance in a recording, and whether it validates."""

    recording: Recording
    appearance: FaceSegment
    validates: bool


def validating(recordings: Sequence[Recording], held_out: Sequence[str]) -> list[bool] | None:
    """Which recordings validate; None when there are too few to hold out whole ones.

    held_out  speakers who validate; () to choose
    Raises DubError when nobody has such a name.
    """
    files: dict[str, int] = defaultdict(int)
    number = []
    for recording in recordings:
        number.append(files[recording.speaker])
        files[recording.speaker] += 1
    for name in held_out:
        if name not in files:
            raise DubError(
                "nobody in the footage is called that.",
                where=name,
                fix=f"Speakers are called like their folders: {', '.join(sorted(files))}.",
            )
    many = sorted(files)[::EVERY_SPEAKER] if len(files) >= MANY_SPEAKERS else []
    if kept := set(held_out or many):
        return [recording.speaker in kept for recording in recordings]
    if max(files.values(), default=0) < FEW_FILES:
        return None
    return [
        files[recording.speaker] >= FEW_FILES and n % EVERY_FILE == 0
        for recording, n in zip(recordings, number, strict=True)
    ]


def by_seconds(parts: Sequence[SplitPart]) -> Iterator[SplitPart]:
    """The parts, the last sixth of their seconds validating, a gap before it left out.

    What is shorter than a second after that is left out too.
    """
    total = sum((_seconds(part) for part in parts), Fraction(0))
    trains_s, gap_s = total * (1 - HELD_SHARE), GAP_S
    for part in parts:
        start, end, rate = part.appearance.start, part.appearance.end, part.recording.rate
        turn = min(end, start + round(trains_s * rate))
        resumes = min(end, turn + round(gap_s * rate)) if turn < end else end
        yield from _kept(part, start, turn, validates=False)
        yield from _kept(part, resumes, end, validates=True)
        trains_s = max(Fraction(0), trains_s - _seconds(part))
        gap_s = Fraction(0) if turn < end else gap_s


def seconds(parts: Iterable[SplitPart], *, validates: bool) -> float:
    """Of the parts that validate, or of those that do not."""
    return float(sum(_seconds(part) for part in parts if part.validates is validates))


def _kept(part: SplitPart, start: int, end: int, *, validates: bool) -> Iterator[SplitPart]:
    if end - start >= SHORTEST_S * part.recording.rate:
        appearance = replace(part.appearance, start=start, end=end)
        yield replace(part, appearance=appearance, validates=validates)


def _seconds(part: SplitPart) -> Fraction:
    return len(part.appearance) / part.recording.rate
