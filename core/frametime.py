"""Arithmetic on frames and samples: exact, on integers and fractions."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil

NTSC_RATES = tuple(Fraction(n * 1000, 1001) for n in (12, 15, 18, 24, 30, 48, 60, 96, 120))


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """Frames [start, end) at `rate` frames per second."""

    start: int
    end: int
    rate: Fraction

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"span ends before it starts: {self.start}..{self.end}")
        if self.rate <= 0:
            raise ValueError(f"rate must be positive, is {self.rate}")

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, frame: int) -> bool:
        return self.start <= frame < self.end

    def overlap(self, other: "FrameSpan") -> "FrameSpan | None":
        """Return the frames in both spans, or None; both must have the same rate."""
        if self.rate != other.rate:
            raise ValueError(f"spans at different rates: {self.rate} and {other.rate}")
        start, end = max(self.start, other.start), min(self.end, other.end)
        return FrameSpan(start, end, self.rate) if start < end else None


def frame_to_sample(frame: int | Fraction, rate: Fraction, sample_rate_hz: int) -> int:
    """Return the first sample at or after the start of `frame`.

    A frame at 24000/1001 fps lasts 2002 samples of 48 kHz.
    """
    return ceil(frame * sample_rate_hz / rate)


@lru_cache(maxsize=256)  # a long cut asks for its few rates a hundred thousand times
def exact_rate(rate: float) -> Fraction:
    """Return the rate meant by a rounded one: 23.976, 23.98 and 23.976024 are all 24000/1001.

    Anything not within 0.01 of an NTSC rate and nearer to it than to a whole number is
    taken as the simplest fraction with a denominator up to 1001.
    """
    if rate <= 0:
        raise ValueError(f"rate must be positive, is {rate}")
    given = Fraction(rate)
    nearest = min(NTSC_RATES, key=lambda ntsc: abs(ntsc - given))
    if abs(nearest - given) < Fraction(1, 100) and abs(nearest - given) < abs(round(rate) - given):
        return nearest
    return given.limit_denominator(1001)
