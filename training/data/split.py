"""The split of footage into training and validation: by speaker where there are many, else by
file, else by seconds.

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
from lipflap.training.data.face_segments import MIN_SEGMENT_S, FaceSegment

MANY_SPEAKERS, EVERY_SPEAKER = 5, 5
FEW_FILES, EVERY_FILE = 6, 19
HELD_SHARE = Fraction(1, 6)
GAP_S = Fraction(1, 2)  # between training and validation; used for neither


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A face segment of a recording, and whether it validates."""

    recording: Recording
    segment: FaceSegment
    validates: bool


def choose_validating(
    recordings: Sequence[Recording], held_out: Sequence[str]
) -> list[bool] | None:
    """Return which recordings validate; None when there are too few to hold one out.

    held_out  speakers who validate; () to choose
    Raises DubError when nobody has such a name.
    """
    files: dict[str, int] = defaultdict(int)
    numbers = []
    for recording in recordings:
        numbers.append(files[recording.speaker])
        files[recording.speaker] += 1
    for name in held_out:
        if name not in files:
            raise DubError(
                "no speaker in the footage has this name.",
                where=name,
                fix=f"Speakers are named like their folders: {', '.join(sorted(files))}.",
            )
    chosen = sorted(files)[::EVERY_SPEAKER] if len(files) >= MANY_SPEAKERS else []
    if speakers := set(held_out or chosen):
        return [recording.speaker in speakers for recording in recordings]
    if max(files.values(), default=0) < FEW_FILES:
        return None
    return [
        files[recording.speaker] >= FEW_FILES and n % EVERY_FILE == 0
        for recording, n in zip(recordings, numbers, strict=True)
    ]


def split_by_seconds(parts: Sequence[SplitPart]) -> Iterator[SplitPart]:
    """Yield the parts with the last sixth of their seconds validating, a gap before it left out.

    Parts shorter than a second are then left out too.
    """
    total = sum((_seconds(part) for part in parts), Fraction(0))
    trains_s, gap_s = total * (1 - HELD_SHARE), GAP_S
    for part in parts:
        start, end, rate = part.segment.start, part.segment.end, part.recording.rate
        training_end = min(end, start + round(trains_s * rate))
        is_split = training_end < end
        validation_start = min(end, training_end + round(gap_s * rate)) if is_split else end
        yield from _cut(part, start, training_end, validates=False)
        yield from _cut(part, validation_start, end, validates=True)
        trains_s = max(Fraction(0), trains_s - _seconds(part))
        gap_s = Fraction(0) if is_split else gap_s


def seconds(parts: Iterable[SplitPart], *, validates: bool) -> float:
    """Return the seconds of the parts that validate, or of those that train."""
    return float(sum(_seconds(part) for part in parts if part.validates is validates))


def _cut(part: SplitPart, start: int, end: int, *, validates: bool) -> Iterator[SplitPart]:
    if end - start >= MIN_SEGMENT_S * part.recording.rate:
        segment = replace(part.segment, start=start, end=end)
        yield replace(part, segment=segment, validates=validates)


def _seconds(part: SplitPart) -> Fraction:
    return len(part.segment) / part.recording.rate
