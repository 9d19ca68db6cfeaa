"""What is behind a head, in small pictures: whether the camera stood still."""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.extension.move_head import head_distance, head_ellipse

SMALL_WIDE = 64
MOVED_LEVELS = 6.0  # of 255, in the middle of the background's pixels
MIN_BACKGROUND = 0.04  # of the picture; where less is seen, all around the face is compared


def small_picture(rgb8: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a plate [H, W, 3] as a small grey picture [h, SMALL_WIDE]."""
    import cv2

    tall = max(1, round(SMALL_WIDE * rgb8.shape[0] / rgb8.shape[1]))
    small = cv2.resize(rgb8, (SMALL_WIDE, tall), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def background_of(
    points: NDArray, plate_size: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return which pixels of small pictures of a shape are background behind faces [T, 72, 2].

    Beside the head and above the shoulders; where that is hardly anything, all around the head.
    """
    scale = shape[1] / plate_size[0]
    y = np.arange(shape[0])[:, None]
    head, below = np.zeros(shape, bool), np.full(shape, False)
    for face in points:
        centre, radii = (scale * one for one in head_ellipse(face))
        head |= head_distance((centre, radii), (0, 0, shape[1], shape[0])) < 1.1
        below |= y > centre[1] + 0.7 * radii[1]
    behind = ~head & ~below
    return behind if behind.mean() >= MIN_BACKGROUND else ~head


def moved(pictures: NDArray, last: int, behind: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return in which pictures [N, h, w] the background is not where it is in the last.

    Where a head fills the picture there is none that could move.
    """
    if not behind.any():
        return np.zeros(len(pictures), bool)
    away = np.abs(pictures[:, behind] - pictures[last, behind])
    return np.asarray(np.median(away, axis=1) > MOVED_LEVELS)
