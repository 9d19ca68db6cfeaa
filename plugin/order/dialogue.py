"""The sound that plays over a shot, in samples on its order's clock.

record   ......|--------- shot, handles included ---------|......
         [CONTEXT_S]                               [CONTEXT_S]
line   =====[=========]              [==================]=======
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import Role, Speech
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange

CONTEXT_S = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class SoundClock:
    """How the samples of a sound file are counted, and its fingerprint."""

    sample_rate_hz: int
    sample_count: int
    fingerprint: str


def make_speeches(
    lines: Iterable[DubLine], over: TimeRange, listen: Callable[[Path], SoundClock]
) -> tuple[tuple[Speech, ...], tuple[str, ...]]:
    """What is heard while the record time `over` plays, and notes on sound that ends early.

    Sound up to CONTEXT_S before and after is kept, so that a mouth near a cut hears across it.
    Production sound that cannot be read is left out with a note; a dub that cannot is refused.
    Raises DubError.
    """
    heard: list[Speech] = []
    notes: list[str] = []
    window = TimeRange(over.start - CONTEXT_S, over.end + CONTEXT_S)
    for line in dict.fromkeys(lines):
        try:
            clock = listen(Path(line.path))
        except DubError as problem:
            if line.role == Role.DUB:
                raise
            notes.append(f"Production sound not heard: {problem}")
            continue
        speech = _speech(line, window, over.start, clock)
        notes.extend(_ends_early(line, over, clock))
        heard.extend([speech] if speech else [])
    return tuple(heard), tuple(notes)


def _speech(line: DubLine, window: TimeRange, zero: Fraction, clock: SoundClock) -> Speech | None:
    """The samples of `line` inside `window`; None when the file holds none there."""
    kept = line.record.overlap(window)
    if kept is None:
        return None
    hz = clock.sample_rate_hz
    file_zero = line.record.start - line.sound_start
    first = max(0, ceil((kept.start - file_zero) * hz))
    end = min(clock.sample_count, ceil((kept.end - file_zero) * hz))
    if first >= end:
        return None
    return Speech(
        path=line.path,
        role=line.role,
        first_sample=first,
        sample_count=end - first,
        sample_rate_hz=hz,
        at_sample=first + round((file_zero - zero) * hz),
        face=None,
        fingerprint=clock.fingerprint,
    )


def _ends_early(line: DubLine, over: TimeRange, clock: SoundClock) -> list[str]:
    """A note when the file is out of sound well before the line is, where the shot would hear it.

    A shortfall up to 0.05 s is how cuts round sound to whole frames.
    """
    file_end = (
        line.record.start - line.sound_start + Fraction(clock.sample_count, clock.sample_rate_hz)
    )
    short = min(line.record.end, over.end) - max(file_end, line.record.start, over.start)
    if line.role != Role.DUB or short <= Fraction(1, 20):
        return []
    return [f"{Path(line.path).name} ends {float(short):.2f} s before its line does."]
