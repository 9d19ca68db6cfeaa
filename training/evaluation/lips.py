"""Lips in a painted film: landmarks, openings, and closures at b and p."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import COUNT, opening
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import PointsIn
from lipflap.training.data.validation import Film

WHOLE_CROP = np.array([0.0, 5.0, 128.0, 133.0])
MIN_PERCENTILE, MAX_PERCENTILE = 10, 95
CLOSED_WITHIN = 1 / 7
EARLY_OR_LATE_FRAMES = 1


def points_in_film(crops: Film, mouths: Film, points_in: PointsIn) -> NDArray[np.float32]:
    """Return points [N, T, 72, 2] in crops [N, T, 128, 128, 3] with these mouths pasted in.

    mouths  work rectangles [N, T, 64, 96, 3]
    """
    rows = np.zeros((*crops.shape[:2], COUNT, 2), np.float32)
    for number, (film, painted) in enumerate(zip(crops, mouths, strict=True)):
        near = WHOLE_CROP
        for frame, crop in enumerate(film):
            pasted = crop.copy()
            pasted[WORK.top : WORK.bottom, WORK.left : WORK.right] = painted[frame]
            if frame == 0:
                near, _, _ = points_in(pasted, near)
            near, _, _ = points_in(pasted, near)
            rows[number, frame] = near
    return rows


def openings(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far lips are apart [N, T], in eye distances, from points [N, T, 72, 2]."""
    return np.array([[opening(face) for face in film] for film in points])


def closed_limits(true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the opening up to which each talker's lips count as closed [N], from true ones [N, T].

    A seventh of the way from the smallest to the widest: by this measure the talker of GRID
    closes his lips at every b and p, and around a third of the other frames of his sentences.
    """
    low, wide = np.percentile(true, (MIN_PERCENTILE, MAX_PERCENTILE), axis=1)
    return low + (wide - low) * CLOSED_WITHIN


def closed_mouths(true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean opening of each talker's closed lips [N], from true openings [N, T]."""
    pairs = zip(true, closed_limits(true), strict=True)
    return np.array([row[row <= limit].mean() for row, limit in pairs])


def closes(
    measured: NDArray[np.float64], true: NDArray[np.float64], frames: Sequence[Sequence[int]]
) -> float | None:
    """Return the share of closures painted lips make, of those they must; None without any.

    measured, true  openings [N, T], painted and of the talker
    frames          N; a frame early or late counts
    """
    closures = [
        bool(row[max(0, f - EARLY_OR_LATE_FRAMES) : f + EARLY_OR_LATE_FRAMES + 1].min() <= limit)
        for row, limit, closed in zip(measured, closed_limits(true), frames, strict=False)
        for f in closed
    ]
    return float(np.mean(closures)) if closures else None
