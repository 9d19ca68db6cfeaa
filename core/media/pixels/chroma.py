"""Resample chroma between its own grid and luma's, both ways without loss.

Downsampling after upsampling gives the same samples, exactly: the two filters of a direction are
a biorthogonal pair. Horizontally chroma sits on every second luma sample (MPEG-2, H.264),
vertically half way between two rows:

    luma      o o o o o o       horizontally      o   vertically
    chroma    x   x   x                           x
                                                  o
"""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


def upsample(plane: Plane, log2: tuple[int, int]) -> Plane:
    """Interpolate chroma [h, w] to luma's [h << down, w << across]; log2 = (across, down)."""
    for _ in range(log2[0]):
        plane = _up_on(plane)
    for _ in range(log2[1]):
        plane = _up_between(plane)
    return plane


def downsample(plane: Plane, log2: tuple[int, int]) -> Plane:
    """Filter a plane [H, W] on luma's grid to chroma's, sizes rounded up; log2 = (across, down)."""
    for _ in range(log2[0]):
        plane = _down_on(plane)
    for _ in range(log2[1]):
        plane = _down_between(plane)
    return plane


def coverage(matte: Plane, log2: tuple[int, int]) -> Plane:
    """Return the mean of a matte over the luma of each chroma sample: above 0 where any is."""
    across, down = 1 << log2[0], 1 << log2[1]
    height, width = matte.shape
    whole = np.pad(matte, ((0, -height % down), (0, -width % across)), mode="edge")
    offsets = [(y, x) for y in range(down) for x in range(across)]
    total = sum((whole[y::down, x::across] for y, x in offsets), np.float32(0))
    return np.asarray(total / np.float32(len(offsets)), np.float32)


def _up_on(plane: Plane) -> Plane:
    """Interpolate linearly to twice the columns; every second one is an old column."""
    twice = np.repeat(plane, 2, axis=1)
    twice[:, 1:-1:2] = (plane[:, :-1] + plane[:, 1:]) / 2
    return twice


def _down_on(plane: Plane) -> Plane:
    """Invert `_up_on`: the low-pass of Le Gall and Tabatabai's 5/3 pair (ICASSP 1988)."""
    count = -(-plane.shape[1] // 2)
    edged = np.pad(plane, ((0, 0), (2, 3)), mode="edge")
    a, b, c, d, e = (edged[:, k : k + 2 * count : 2][:, :count] for k in range(5))
    return np.asarray((6 * c + 2 * (b + d) - (a + e)) / 8, np.float32)


def _up_between(plane: Plane) -> Plane:
    """Interpolate linearly to twice the rows, the old rows half way between."""
    edged = np.pad(plane, ((1, 1), (0, 0)), mode="edge")
    twice = np.repeat(plane, 2, axis=0)
    twice[0::2] = (3 * plane + edged[:-2]) / 4
    twice[1::2] = (3 * plane + edged[2:]) / 4
    return twice


def _down_between(plane: Plane) -> Plane:
    """Invert `_up_between`: dual low-pass of the 3/1 spline (Cohen, Daubechies, Feauveau 1992)."""
    count = -(-len(plane) // 2)
    edged = np.pad(plane, ((1, 3), (0, 0)), mode="edge")
    a, b, c, d = (edged[k : k + 2 * count : 2][:count] for k in range(4))
    return np.asarray((3 * (b + c) - (a + d)) / 4, np.float32)
