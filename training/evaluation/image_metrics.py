"""Image metrics that compare a painted film with the true one, in the region repainted.

Films are [N, T, H, W, 3] of 8 bits. A ratio to nothing is None: there is nothing to compare.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import OUTER_LIPS
from lipflap.core.face.matte import WORK
from lipflap.training.data.validation import Film

Region = NDArray[np.bool_]
LIPS_MARGIN_PX = 3
MIN_FRECHET_ROWS = 256


def psnr_db(painted: Film, true: Film, region: Region) -> float:
    """Return the peak signal-to-noise ratio, mean over sentences; infinite without a difference."""
    error = painted[:, :, region].astype(np.float32) - true[:, :, region]
    with np.errstate(divide="ignore"):
        rows = 10 * np.log10(255**2 / (error**2).mean((1, 2, 3), dtype=np.float64))
    return float(rows.mean())


def ssim(painted: Film, true: Film, region: Region) -> float:
    """Return the structural similarity (window of Wang et al. 2004), mean over the region."""
    from skimage.metrics import structural_similarity

    rows = []
    for one, other in zip(_frames(painted), _frames(true), strict=True):
        _, similar = structural_similarity(
            one,
            other,
            channel_axis=-1,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            full=True,
        )
        rows.append(similar[region].mean())
    return float(np.mean(rows))


def correlation(one: NDArray, other: NDArray) -> float:
    """Return the correlation of rows [N, T], mean over N; 0 for a row that never changes."""
    return float(np.mean([_correlation(a, b) for a, b in zip(one, other, strict=True)]))


def _correlation(one: NDArray, other: NDArray) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def sharpness(painted: Film, true: Film, region: Region) -> float | None:
    """Return the mean absolute gradient of the painted film over that of the true one."""
    return ratio(gradient(painted, region), gradient(true, region))


def gradient(film: NDArray, region: Region) -> float:
    """Return the mean absolute gradient of the grey of a film in a region."""
    grey = film.mean(-1, dtype=np.float32)
    across = np.abs(np.diff(grey, axis=3))[:, :, region[:, 1:] & region[:, :-1]]
    down = np.abs(np.diff(grey, axis=2))[:, :, region[1:] & region[:-1]]
    return float(across.mean() + down.mean())


def flicker(painted: Film, true: Film, skins: list[Region]) -> float | None:
    """Return the mean change from frame to frame of the skin, over that of the true film.

    skins  N regions
    """
    return ratio(_change(painted, skins), _change(true, skins))


def _change(film: Film, skins: list[Region]) -> float:
    rows = [
        np.abs(np.diff(one[:, skin].astype(np.float32), axis=0)).mean()
        for one, skin in zip(film, skins, strict=True)
    ]
    return float(np.mean(rows))


def skin(region: Region, *points: NDArray[np.float32]) -> Region:
    """Return the part of a region that the lips never come near.

    points  each [T, 72, 2] in crop pixels, of one sentence
    """
    lips = np.concatenate([some[:, list(OUTER_LIPS)].reshape(-1, 2) for some in points])
    hull = cv2.convexHull(np.round(lips - (WORK.left, WORK.top)).astype(np.int32))
    near = cv2.fillConvexPoly(np.zeros(region.shape, np.uint8), hull, 1)
    grown = cv2.dilate(near, np.ones((2 * LIPS_MARGIN_PX + 1,) * 2, np.uint8))
    return region & (grown == 0)


def frechet(ours: NDArray, theirs: NDArray) -> float | None:
    """Return the Fréchet distance of feature rows [M, D], as normal distributions.

    Heusel et al. 2017 (arXiv:1706.08500), equation 6. None for too few rows.
    """
    if min(len(ours), len(theirs)) < MIN_FRECHET_ROWS:
        return None
    mean_distance = ((ours.mean(0) - theirs.mean(0)) ** 2).sum()
    one, other = np.cov(ours.T), np.cov(theirs.T)
    # The trace of a root is the sum of the roots of the eigenvalues.
    shared = np.sqrt(np.linalg.eigvals(one @ other).real.clip(0)).sum()
    return max(0.0, float(mean_distance + np.trace(one) + np.trace(other) - 2 * shared))


def ratio(one: float, other: float) -> float | None:
    """Return one over the other; None when the other is 0."""
    return one / other if other else None


def _frames(film: Film) -> Film:
    return film.reshape(-1, *film.shape[2:])
