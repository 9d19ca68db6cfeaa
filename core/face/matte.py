"""The regions of the crop: what the network gets, what it repaints, and the mattes.

crop 128 x 128
+--------------------------+
|       eyes      (y 32)   |
|   +------------------+   |  WORK   the network's input, 64 x 96
|   | +-- nose base -+ |   |
|   | |    MOUTH     | |   |  MOUTH  repainted, 52 x 92
|   | |    ( lips )  | |   |  lips   pasted: the plate keeps its cheeks and jaw line
|   | +---- chin ----+ |   |
+---+------------------+---+
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import CROP_PX
from lipflap.core.soft_step import soft_step


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Rows [top, bottom) and columns [left, right) of the crop."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, picture: Any) -> Any:
        """Return a view of the array or tensor [..., H, W] in this rectangle."""
        return picture[..., self.top : self.bottom, self.left : self.right]


WORK = Rectangle(60, 124, 16, 112)
MOUTH = Rectangle(68, 120, 18, 110)
WIDE_MOUTH = Rectangle(68, 124, 16, 112)  # hides all of cheeks and chin from the network
FEATHER_PX = 10

# An ellipse about the mouth, a little below its corners, as the lower lip and its shadow are.
LIPS_ACROSS_PX, LIPS_DOWN_PX, LIPS_BELOW_PX = 34.0, 24.0, 3.0
LIPS_FULL, LIPS_END = 0.7, 1.15


def soft_matte() -> NDArray[np.float32]:
    """Return the matte [128, 128] of MOUTH: 1 inside, falling to 0 at its rim."""
    rows, columns = np.arange(CROP_PX)[:, None], np.arange(CROP_PX)[None, :]
    down = np.minimum(rows - MOUTH.top + 1, MOUTH.bottom - rows)
    across = np.minimum(columns - MOUTH.left + 1, MOUTH.right - columns)
    return soft_step(np.minimum(down, across) / FEATHER_PX).astype(np.float32)


def lips_matte(mouth: NDArray) -> NDArray[np.float32]:
    """Return the matte [128, 128] of the lips: 1 over them, falling to 0 towards cheeks and chin.

    mouth  [2] the middle between its corners, in crop pixels

    The line of the jaw stays the plate's own: the network knows it from another frame, perhaps
    in another pose.
    """
    rows, columns = np.mgrid[0:CROP_PX, 0:CROP_PX]
    across, down = columns - mouth[0], rows - (mouth[1] + LIPS_BELOW_PX)
    distance = np.sqrt((across / LIPS_ACROSS_PX) ** 2 + (down / LIPS_DOWN_PX) ** 2)
    return soft_step((LIPS_END - distance) / (LIPS_END - LIPS_FULL)).astype(np.float32)
