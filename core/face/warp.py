"""Affine warps of pictures, without aliasing."""

import cv2
import numpy as np
from numpy.typing import NDArray


def warp(picture: NDArray, to_from: NDArray, width_px: int, height_px: int) -> NDArray:
    """Warp a picture [H, W, ...] by `to_from` [2, 3] to [height_px, width_px, ...].

    Pixel centres lie on whole numbers. Beyond the picture its edge is repeated. A map that shrinks
    is sampled finer and then averaged, so that small detail does not shimmer from frame to frame.
    """
    shrink = float(np.sqrt(abs(np.linalg.det(to_from[:, :2]))))
    times = min(8, max(1, round(1 / max(shrink, 1e-3))))
    if times == 1:
        return _sample_affine(picture, to_from, width_px, height_px)
    finer = times * to_from
    finer[:, 2] += (times - 1) / 2
    fine = _sample_affine(picture, finer, times * width_px, times * height_px)
    return cv2.resize(fine, (width_px, height_px), interpolation=cv2.INTER_AREA)


def _sample_affine(picture: NDArray, to_from: NDArray, width_px: int, height_px: int) -> NDArray:
    return cv2.warpAffine(
        picture,
        to_from,
        (width_px, height_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
