"""A guard against new mouths that do not meet the plate around them.

Along the rim of the matte a mouth that belongs shows the same skin as the plate. Over a hand, a
microphone or a face that was tracked wrongly it does not.

    step beyond the plate's own  . . . # # . . . . . . . . .
    opacity                      1 1 1 0 0 0 0 0 / / / / 1 1     at rest, then fading in

A frame depends on at most LOOKBACK_FRAMES before it, so that a part of a shot comes out as the
whole does.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_STEP = 0.07  # of the range 0..1, beyond the plate's own steps there
RIM = (0.02, 0.5)  # of the matte
REST_FRAMES, FADE_FRAMES = 3, 4
LOOKBACK_FRAMES = REST_FRAMES + FADE_FRAMES

Rgb = NDArray[np.float32]


def rim_step(rgb: Rgb, plate: Rgb, matte: NDArray[np.float32]) -> float:
    """Return how far a new mouth [h, w, 3] differs from the plate along the rim of its matte.

    The mean of the largest channel, less the plate's own mean step from pixel to pixel there.
    """
    rim = (matte > RIM[0]) & (matte < RIM[1])
    if not rim.any():
        return 0.0
    apart = np.abs(plate[rim] - rgb[rim]).max(1).mean()
    grey = cv2.cvtColor(plate, cv2.COLOR_RGB2GRAY)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return float(apart - (np.abs(across[rim]) + np.abs(down[rim])).mean())


@dataclass(slots=True)
class RimGuard:
    """The guard of one face plan. Frames come in order.

    kept  frames that stay as filmed
    """

    kept: set[int] = field(default_factory=set)
    _failed: int | None = None

    def opacity(self, frame: int, step: float) -> float:
        """Return the opacity that a frame's new mouth may have: 0 keeps the plate."""
        if step > MAX_STEP:
            self._failed = frame
        if self._failed is None:
            return 1.0
        faded = frame - self._failed - REST_FRAMES
        if faded <= 0:
            self.kept.add(frame)
        return min(max(faded, 0) / (FADE_FRAMES + 1), 1.0)
