"""What of the crop is mouth: where the network works, what it may repaint, how that fades.

crop 128 x 128
+--------------------------+
|       eyes      (y 32)   |
|   +------------------+   |  WORK   what the network sees, 64 x 96
|   | +-- nose base -+ |   |
|   | |    MOUTH     | |   |  MOUTH  what it repaints, 52 x 92
|   | |    ( lips )  | |   |  lips   what is shown of it: the plate's own cheeks and jaw line stay
|   | +---- chin ----+ |   |
+---+------------------+---+
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import CROP_PX


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Rows [top, bottom) and columns [left, right) of the crop."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, picture: Any) -> Any:
        """The part of an array or tensor [..., H, W] that lies in it."""
        return picture[..., self.top : self.bottom, self.left : self.right]


WORK = Rectangle(60, 124, 16, 112)
MOUTH = Rectangle(68, 120, 18, 110)
WIDE_MOUTH = Rectangle(68, 124, 16, 112)  # nothing of cheeks and chin is left to read
FEATHER_PX = 10

# An ellipse about the mouth, a little below its corners, as the lower lip and its shadow are.
LIPS_ACROSS_PX, LIPS_DOWN_PX, LIPS_BELOW_PX = 34.0, 24.0, 3.0
LIPS_FULL, LIPS_END = 0.7, 1.15


def soft_matte() -> NDArray[np.float32]:
    """Matte [128, 128]: 1 over lips and chin, falling to 0 at the rim of MOUTH and outside."""
    rows, columns = np.arange(CROP_PX)[:, None], np.arange(CROP_PX)[None, :]
    down = np.minimum(rows - MOUTH.top + 1, MOUTH.bottom - rows)
    across = np.minimum(columns - MOUTH.left + 1, MOUTH.right - columns)
    inside = np.clip(np.minimum(down, across) / FEATHER_PX, 0, 1)
    return (inside * inside * (3 - 2 * inside)).astype(np.float32)


def lips_matte(mouth: NDArray) -> NDArray[np.float32]:
    """Matte [128, 128]: 1 over the lips, falling to 0 towards cheeks and chin.

    mouth  [2] the middle between its corners, in crop pixels

    What moves with a word is shown as painted; the line of the jaw, which the network knows from
    another frame and perhaps another pose, is the plate's own.
    """
    rows, columns = np.mgrid[0:CROP_PX, 0:CROP_PX]
    across, down = columns - mouth[0], rows - (mouth[1] + LIPS_BELOW_PX)
    away = np.sqrt((across / LIPS_ACROSS_PX) ** 2 + (down / LIPS_DOWN_PX) ** 2)
    inside = np.clip((LIPS_END - away) / (LIPS_END - LIPS_FULL), 0, 1)
    return np.asarray(inside * inside * (3 - 2 * inside), np.float32)
