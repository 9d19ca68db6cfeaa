"""The crop of a face that the mouth model works in, and where it lies in the plate.

The crop is a similarity of the plate: eyes level and 40 px apart, the mouth always in one place.
Only eyes and nose base decide it, never the mouth, so that a word does not move the crop.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import EYE_CORNERS, NOSE_BASE
from lipflap.core.face.warp import warp

Crop = NDArray[np.float32]  # [128, 128, 3], RGB in 0..1

CROP_PX = 128
SMOOTHING_FRAMES = 7

ANCHOR_POINTS = (*EYE_CORNERS, *NOSE_BASE)
# Where the anchors lie in the crop: the mean of 476 portraits and one talker.
CANONICAL = np.array(
    [
        [35.9, 32.0],
        [53.2, 33.0],
        [74.9, 33.1],
        [92.4, 31.9],
        [52.2, 62.1],
        [63.6, 64.1],
        [75.9, 62.1],
    ]
)


def crop_from_plate(points: NDArray, cuts: Sequence[int] = ()) -> NDArray[np.float64]:
    """Similarities [T, 2, 3] from plate to crop for the points [T, 72, 2] of a face.

    Anchors are averaged over seven frames about each frame, over fewer near an end, so that
    nothing lags; `cuts` are frames at which the averaging starts anew.
    """
    anchors = np.asarray(points, np.float64)[:, list(ANCHOR_POINTS)]
    bounds = [0, *sorted(set(cuts) - {0, len(anchors)}), len(anchors)]
    smooth = np.concatenate([_centred_mean(anchors[a:b]) for a, b in pairwise(bounds)])
    return _similarities(smooth)


def to_crop(rgb: NDArray, matrix: NDArray) -> NDArray:
    """Plate [H, W, 3] as the crop [128, 128, 3] of a `crop_from_plate` matrix [2, 3]."""
    return warp(rgb, matrix, CROP_PX, CROP_PX)


def _centred_mean(rows: NDArray) -> NDArray:
    sums = np.concatenate([np.zeros_like(rows[:1]), np.cumsum(rows, axis=0)])
    here = np.arange(len(rows))
    reach = np.minimum(SMOOTHING_FRAMES // 2, np.minimum(here, len(rows) - 1 - here))
    count = (2 * reach + 1)[:, None, None]
    return (sums[here + reach + 1] - sums[here - reach]) / count


def _similarities(anchors: NDArray) -> NDArray[np.float64]:
    """Least-squares similarities from anchors [T, 7, 2] to CANONICAL, as complex numbers."""
    at = anchors[..., 0] + 1j * anchors[..., 1]
    to = CANONICAL[:, 0] + 1j * CANONICAL[:, 1]
    at_middle, to_middle = at.mean(1, keepdims=True), to.mean()
    away = at - at_middle
    turn = (away.conj() * (to - to_middle)).sum(1) / (np.abs(away) ** 2).sum(1).clip(1e-9)
    shift = to_middle - turn * at_middle[:, 0]
    first = np.stack([turn.real, -turn.imag, shift.real], -1)
    second = np.stack([turn.imag, turn.real, shift.imag], -1)
    return np.stack([first, second], 1)
