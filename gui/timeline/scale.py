"""Record time as pixels, and pixels as record time: exact in both overrides.

frames   | 0 | 1 | 2 | 3 | 4 | 5 | ...
pixels       |<- left_px        x counts from here
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from lipflap.plugin.cut.time_range import TimeRange

CLOSEST = Fraction(64)  # pixels a frame
_FINEST = 1 << 20  # of a pixel a frame: fractions do not grow from zoom to zoom
_NEAR = 1e-6  # of a pixel: what float64 may be off where a Fraction is whole


@dataclass(frozen=True, slots=True)
class Scale:
    """How a strip shows record time.

    rate          frames per second of the cut
    px_per_frame  up to CLOSEST
    left_px       pixels of the cut that lie left of pixel 0
    """

    rate: Fraction
    px_per_frame: Fraction
    left_px: int

    def __post_init__(self) -> None:
        if not 0 < self.px_per_frame <= CLOSEST:
            raise ValueError(f"{self.px_per_frame} pixels a frame")

    def x_of(self, record: Fraction) -> int:
        """The pixel in which a moment lies."""
        return floor(record * self.rate * self.px_per_frame) - self.left_px

    def x_of_frame(self, frame: int) -> int:
        return floor(frame * self.px_per_frame) - self.left_px

    def frame_at(self, x: int) -> int:
        """The frame in whose cell a pixel lies; of several that begin in it, the last."""
        return ceil((self.left_px + x + 1) / self.px_per_frame) - 1

    def record_at(self, x: int) -> Fraction:
        """The moment at the left edge of a pixel."""
        return (self.left_px + x) / (self.px_per_frame * self.rate)

    def frames_of(self, px: int) -> int:
        """How many whole frames a way of so many pixels is, to the nearest."""
        return round(px / self.px_per_frame)

    def xs_of(self, frames: NDArray[np.float64]) -> NDArray[np.int64]:
        """The pixels in which moments lie that are given in frames; see `x_of`."""
        at = np.floor(frames * float(self.px_per_frame) + _NEAR).astype(np.int64)
        return at - self.left_px


def scrolled(scale: Scale, left_px: int) -> Scale:
    return replace(scale, left_px=left_px)


def zoomed(scale: Scale, factor: Fraction, x: int, farthest: Fraction) -> Scale:
    """`factor` times as close; what is under pixel `x` stays there.

    farthest   pixels a frame that it will not fall below
    """
    wanted = (scale.px_per_frame * factor).limit_denominator(_FINEST)
    px = min(max(wanted, farthest), CLOSEST)
    under = (scale.left_px + x + Fraction(1, 2)) / scale.px_per_frame
    return Scale(scale.rate, px, max(0, floor(under * px) - x))


def fitted(rate: Fraction, stretch: TimeRange, width_px: int) -> Scale:
    """Shows all of a stretch of record time, as close as that goes, in the middle."""
    frames = stretch.seconds * rate
    if not frames:
        px = CLOSEST
    else:
        px = min(Fraction(max(1, width_px)) / frames, CLOSEST)
        px = Fraction(floor(px * _FINEST), _FINEST) or Fraction(1, _FINEST)
    spare = width_px - frames * px
    return Scale(rate, px, max(0, floor(stretch.start * rate * px - spare / 2)))
