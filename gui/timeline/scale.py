"""Record time to pixels and back, exact in both directions.

frames   | 0 | 1 | 2 | 3 | 4 | 5 | ...
pixels       |<- left_px        x counts from here
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from lipflap.plugin.cut.time_range import TimeRange

MAX_PX_PER_FRAME = Fraction(64)  # pixels a frame
_MAX_DENOMINATOR = 1 << 20  # of pixels a frame: fractions do not grow from zoom to zoom
_EPSILON = 1e-6  # of a pixel: what float64 may be off where a Fraction is whole


@dataclass(frozen=True, slots=True)
class Scale:
    """Zoom and scroll position of the timeline.

    rate          frames per second of the cut
    px_per_frame  up to MAX_PX_PER_FRAME
    left_px       pixels of the cut that lie left of pixel 0
    """

    rate: Fraction
    px_per_frame: Fraction
    left_px: int

    def __post_init__(self) -> None:
        if not 0 < self.px_per_frame <= MAX_PX_PER_FRAME:
            raise ValueError(f"{self.px_per_frame} pixels a frame")

    def x_of(self, record: Fraction) -> int:
        """Return the pixel in which a moment lies."""
        return floor(record * self.rate * self.px_per_frame) - self.left_px

    def x_of_frame(self, frame: int) -> int:
        return floor(frame * self.px_per_frame) - self.left_px

    def frame_at(self, x: int) -> int:
        """Return the frame in whose cell a pixel lies; of several that begin in it, the last."""
        return ceil((self.left_px + x + 1) / self.px_per_frame) - 1

    def record_at(self, x: int) -> Fraction:
        """Return the moment at the left edge of a pixel."""
        return (self.left_px + x) / (self.px_per_frame * self.rate)

    def to_frames(self, px: int) -> int:
        """Return a distance in pixels as frames, to the nearest whole frame."""
        return round(px / self.px_per_frame)

    def xs_of(self, frames: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the pixels of moments that are given in frames; see `x_of`."""
        at = np.floor(frames * float(self.px_per_frame) + _EPSILON).astype(np.int64)
        return at - self.left_px


def scroll(scale: Scale, left_px: int) -> Scale:
    """Show the cut from another pixel on."""
    return replace(scale, left_px=left_px)


def zoom(scale: Scale, factor: Fraction, x: int, min_px: Fraction) -> Scale:
    """Zoom in by `factor`, keeping what is under pixel `x` there.

    min_px   pixels a frame that it will not fall below
    """
    px_scaled = (scale.px_per_frame * factor).limit_denominator(_MAX_DENOMINATOR)
    px = min(max(px_scaled, min_px), MAX_PX_PER_FRAME)
    under = (scale.left_px + x + Fraction(1, 2)) / scale.px_per_frame
    return Scale(scale.rate, px, max(0, floor(under * px) - x))


def fit(rate: Fraction, span: TimeRange, width_px: int) -> Scale:
    """Return the scale that shows all of a range of record time, centred, as large as it fits."""
    frames = span.seconds * rate
    if not frames:
        px = MAX_PX_PER_FRAME
    else:
        px = min(Fraction(max(1, width_px)) / frames, MAX_PX_PER_FRAME)
        px = Fraction(floor(px * _MAX_DENOMINATOR), _MAX_DENOMINATOR) or Fraction(
            1, _MAX_DENOMINATOR
        )
    spare = width_px - frames * px
    return Scale(rate, px, max(0, floor(span.start * rate * px - spare / 2)))
