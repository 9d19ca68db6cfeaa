"""Thin-plate splines: the smoothest map that takes some points to others.

Bookstein 1989, "Principal Warps".
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GRID_STEP_PX = 12  # of a picture: maps of faces are smooth, and worked out on a grid
STIFFNESS = 0.02  # of the points' mean square distance: those a little off do not tear the skin

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spline:
    """A map of the plane; call it with points [..., 2]."""

    knots: Points
    weights: Points
    middle: Points
    scale: float

    def __call__(self, points: Points) -> Points:
        x = (points.reshape(-1, 2) - self.middle) / self.scale
        basis = np.hstack([_bending(x, self.knots), np.ones((len(x), 1)), x])
        return np.asarray((basis @ self.weights).reshape(points.shape))


def fit_spline(at: NDArray, to: NDArray) -> Spline:
    """Return the spline that takes points `at` [N, 2] to `to` [N, 2], N at least 3."""
    middle, scale = at.mean(0), max(float(at.std()), 1e-6)
    x = (at - middle) / scale
    count = len(x)
    affine = np.hstack([np.ones((count, 1)), x])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _bending(x, x) + STIFFNESS * np.eye(count)
    system[:count, count:] = affine
    system[count:, :count] = affine.T
    weights = np.linalg.solve(system, np.concatenate([to, np.zeros((3, 2))]))
    return Spline(x, weights, middle, scale)


def map_pixels(to: Callable[[Points], Points], width: int, height: int) -> NDArray[np.float32]:
    """Return where a smooth map takes the pixels of a picture [height, width, 2].

    to  points [..., 2] of the picture -> points [..., 2], asked at those of a grid
    """
    columns, rows = (max(2, -(-size // GRID_STEP_PX) + 1) for size in (width, height))
    x, y = np.meshgrid(np.linspace(0, width - 1, columns), np.linspace(0, height - 1, rows))
    coarse = to(np.stack([x, y], -1)).astype(np.float32)
    at = np.meshgrid(
        np.linspace(0, columns - 1, width, dtype=np.float32),
        np.linspace(0, rows - 1, height, dtype=np.float32),
    )
    return np.asarray(cv2.remap(coarse, at[0], at[1], cv2.INTER_LINEAR))


def _bending(x: Points, knots: Points) -> Points:
    """Return U(r) = r^2 log r^2 between points [M, 2] and knots [N, 2]."""
    squared = ((x[:, None] - knots[None]) ** 2).sum(-1)
    return squared * np.log(np.maximum(squared, 1e-12))
