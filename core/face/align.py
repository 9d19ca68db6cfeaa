"""The alignment of a face: the crop that the mouth model works in, as a similarity of the plate.

The crop is a similarity of the plate: eyes level and 40 px apart, the mouth always in one place.
Only eyes and nose base decide it, never the mouth, so that a word does not move the crop.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
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
    """Return similarities [T, 2, 3] from plate to crop for the points [T, 72, 2] of a face.

    cuts  frames at which the averaging starts again

    Anchors are averaged over seven frames about each frame, over fewer near an end, so that
    nothing lags.
    """
    anchors = np.asarray(points, np.float64)[:, list(ANCHOR_POINTS)]
    bounds = [0, *sorted(set(cuts) - {0, len(anchors)}), len(anchors)]
    smooth = np.concatenate([_centred_mean(anchors[a:b]) for a, b in pairwise(bounds)])
    return _similarities(smooth)


def to_crop(rgb: NDArray, matrix: NDArray) -> NDArray:
    """Return the crop [128, 128, 3] of a plate [H, W, 3] by a `crop_from_plate` matrix [2, 3]."""
    return warp(rgb, matrix, CROP_PX, CROP_PX)


def points_in_crop(points: NDArray, matrices: NDArray) -> NDArray[np.float64]:
    """Return points [T, 72, 2] of the plate in crop pixels, by crop_from_plate [T, 2, 3]."""
    turned = np.einsum("nij,nkj->nki", matrices[:, :, :2], points)
    return np.asarray(turned + matrices[:, None, :, 2])


def points_in_plate(points: NDArray, crop_from_plate: NDArray) -> NDArray[np.float64]:
    """Return points [N, 2] of the crop in the plate, by crop_from_plate [2, 3]."""
    plate_from_crop = cv2.invertAffineTransform(crop_from_plate)
    return np.asarray(points @ plate_from_crop[:, :2].T + plate_from_crop[:, 2])


def crop_from_box(crop_from_plate: NDArray, left: int, top: int) -> NDArray[np.float64]:
    """Return the matrix [2, 3] to the crop from a box of the plate, given its first pixel."""
    matrix = crop_from_plate.copy()
    matrix[:, 2] += crop_from_plate[:, :2] @ (left, top)
    return np.asarray(matrix)


def _centred_mean(rows: NDArray) -> NDArray:
    sums = np.concatenate([np.zeros_like(rows[:1]), np.cumsum(rows, axis=0)])
    row = np.arange(len(rows))
    reach = np.minimum(SMOOTHING_FRAMES // 2, np.minimum(row, len(rows) - 1 - row))
    count = (2 * reach + 1)[:, None, None]
    return (sums[row + reach + 1] - sums[row - reach]) / count


def _similarities(anchors: NDArray) -> NDArray[np.float64]:
    """Return the least-squares similarities [T, 2, 3] from anchors [T, 7, 2] to CANONICAL.

    Solved in complex numbers, where a similarity is a factor and a shift.
    """
    source = anchors[..., 0] + 1j * anchors[..., 1]
    target = CANONICAL[:, 0] + 1j * CANONICAL[:, 1]
    source_mean, target_mean = source.mean(1, keepdims=True), target.mean()
    centred = source - source_mean
    factor = (centred.conj() * (target - target_mean)).sum(1)
    factor = factor / (np.abs(centred) ** 2).sum(1).clip(1e-9)
    shift = target_mean - factor * source_mean[:, 0]
    first = np.stack([factor.real, -factor.imag, shift.real], -1)
    second = np.stack([factor.imag, factor.real, shift.imag], -1)
    return np.stack([first, second], 1)
