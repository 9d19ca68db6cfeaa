"""The shape of lips and jaw, free of how the head is held, in one actor's own range.

    points in the crop --relative to the nose base--> shape [T, 49, 2]
    shape = mean of the actor + what nod and turn of the head do to it + what is being said

What is being said is a few numbers a frame (latents): how far along each of the directions in
which the lips of many talkers move, in units of the actor's own spread.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import LIPS, LOWER_JAW, NOSE, NOSE_BASE

SHAPE = (*LIPS, *LOWER_JAW)
LATENTS = 16
# Points of the inner lips above one another, by their place in SHAPE.
_LOWER = np.arange(21, 30)
_UPPER = np.arange(39, 30, -1)

MIN_SPREAD, MAX_SPREAD = 0.6, 1.6  # of the talkers' mean: a take with little speech tells little
_MIN_OWN_SPREAD = 0.3  # of the talkers' mean: below it, jitter is not speech
MIN_SPEAKING_FRAMES = 25  # fewer do not tell an actor's spread
CLOSED_BELOW = 1.0  # spreads of the opening; 0.8 to 2.0 of fifteen talkers, in the median 1.3
_POSE_RIDGE = 20.0  # px^2 frames: a head that is held still says nothing about turning

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LipBasis:
    """The directions in which lips and jaw of many talkers move.

    components  [LATENTS, 49 * 2] orthonormal
    spread      [LATENTS] standard deviation along each, of a talker about his own mean, px
    """

    components: Array
    spread: Array


@dataclass(frozen=True, slots=True)
class ActorLips:
    """The range of one actor's lips and jaw.

    mean    [49 * 2] relative to the nose base, crop pixels
    pose    [2] turn and nod of the head that go with it
    slopes  [2, 49 * 2] what turn and nod add
    spread  [LATENTS] of what the actor says, px
    """

    basis: LipBasis
    mean: Array
    pose: Array
    slopes: Array
    spread: Array

    def shapes(self, latents: NDArray, poses: NDArray) -> Array:
        """Return shapes [T, 49, 2] of latents [T, LATENTS] under head poses [T, 2].

        Lips that would cross are closed.
        """
        moved = (latents * self.spread) @ self.basis.components
        flat = self.mean + (poses - self.pose) @ self.slopes + moved
        return close_crossing_lips(flat.reshape(len(flat), -1, 2))

    def latents_of(self, points: NDArray) -> Array:
        """Return what points [T, 72, 2] in the crop say: latents [T, LATENTS]."""
        flat = relative_shapes(points).reshape(len(points), -1)
        moved = flat - self.mean - (head_poses(points) - self.pose) @ self.slopes
        return np.asarray(moved @ self.basis.components.T / self.spread)


def relative_shapes(points: NDArray) -> Array:
    """Return the shapes [T, 49, 2], relative to the nose base, of points [T, 72, 2] in the crop."""
    return points[:, list(SHAPE)] - nose_bases(points)[:, None]


def nose_bases(points: NDArray) -> Array:
    """Return the middle of the nose base [T, 2] of points [T, 72, 2]."""
    return np.asarray(points[:, list(NOSE_BASE)], np.float64).mean(1)


def head_poses(points: NDArray) -> Array:
    """Return turn and nod [T, 2] of points [T, 72, 2]: the nose's tip as seen from its base."""
    return np.asarray(points[:, NOSE[1]] - nose_bases(points), np.float64)


def measure_actor(basis: LipBasis, points: NDArray, speaks: NDArray[np.bool_]) -> ActorLips:
    """Measure an actor's range in points [T, 72, 2] of a face in the crop, T at least 1.

    speaks  [T] frames in which the actor speaks; with fewer than 25 of them all count
    """
    usual = _usual_face(points, np.ones(len(points), bool))
    said = usual.said(points) @ basis.components.T
    if speaks.sum() >= MIN_SPEAKING_FRAMES:
        said = said[speaks]
    ratio = np.clip(said.std(0) / basis.spread, MIN_SPREAD, MAX_SPREAD)
    return ActorLips(basis, usual.mean, usual.pose, usual.slopes, ratio * basis.spread)


def speaking_lips(shut: ActorLips) -> ActorLips:
    """Return the range of an actor who was measured with closed lips: that of the talkers.

    Lips as far apart as talkers' are on average are CLOSED_BELOW spreads of the opening above those
    measured.
    """
    basis = shut.basis
    directions = basis.components.reshape(len(basis.components), -1, 2)
    opening = (directions[:, _LOWER, 1] - directions[:, _UPPER, 1]).mean(1) * basis.spread
    latents = CLOSED_BELOW * opening / np.linalg.norm(opening)
    mean = shut.mean + (latents * basis.spread) @ basis.components
    return replace(shut, mean=mean, spread=basis.spread)


@dataclass(frozen=True, slots=True)
class _UsualFace:
    """The mean shape [49 * 2] of a face, its head's mean pose [2], and what the pose adds [2, 98].

    With slopes, shape and pose in crop pixels.
    """

    mean: Array
    pose: Array
    slopes: Array

    def said(self, points: NDArray) -> Array:
        """Return what points [T, 72, 2] show beyond mean and pose [T, 49 * 2]."""
        flat = relative_shapes(points).reshape(len(points), -1)
        return np.asarray(flat - self.mean - (head_poses(points) - self.pose) @ self.slopes)


def _usual_face(points: NDArray, rows: NDArray[np.bool_]) -> _UsualFace:
    """Return the usual face in some rows [T] of points [T, 72, 2]."""
    flat = relative_shapes(points[rows]).reshape(int(rows.sum()), -1)
    poses = head_poses(points[rows])
    mean, pose = flat.mean(0), poses.mean(0)
    return _UsualFace(mean, pose, _pose_slopes(poses - pose, flat - mean))


def _pose_slopes(turned: Array, moved: Array) -> Array:
    """Return what turn and nod add to shapes [2, 49 * 2].

    turned, moved  [T, 2] and [T, 49 * 2], less their means

    Who nods as he speaks opens his mouth at every nod. So the opening is fitted beside the pose,
    and what goes with it is left out: else the old words would be read from the head.
    """
    shapes = moved.reshape(len(moved), -1, 2)
    opening = (shapes[:, _LOWER, 1] - shapes[:, _UPPER, 1]).mean(1)
    causes = np.column_stack([turned, opening])
    ridge = np.diag([_POSE_RIDGE, _POSE_RIDGE, 1e-6])
    return np.asarray(np.linalg.solve(causes.T @ causes + ridge, causes.T @ moved)[:2])


def said_in_own_range(basis: LipBasis, points: NDArray, counted: NDArray[np.bool_]) -> Array:
    """Return what lips say [T, LATENTS] in points [T, 72, 2]: turn, nod and mean taken out.

    counted  [T] the rows that tell the actor's range; with none of them all do

    In units of the actor's own spread, as far as it is wide enough to be one.
    """
    rows = counted if counted.any() else np.ones(len(points), bool)
    said = _usual_face(points, rows).said(points) @ basis.components.T
    return np.asarray(said / np.maximum(said[rows].std(0), _MIN_OWN_SPREAD * basis.spread))


def close_crossing_lips(shapes: Array) -> Array:
    """Return shapes [T, 49, 2] in which no point of the upper inner lip lies below its partner."""
    closed = shapes.copy()
    upper, lower = closed[:, _UPPER], closed[:, _LOWER]
    crossing = (upper[..., 1] > lower[..., 1])[..., None]
    middle = (upper + lower) / 2
    closed[:, _UPPER] = np.where(crossing, middle, upper)
    closed[:, _LOWER] = np.where(crossing, middle, lower)
    return closed


def find_basis(shapes_of_talkers: list[Array]) -> LipBasis:
    """Find the basis of shapes [T, 49, 2], one array a talker (principal components)."""
    moved = []
    for shapes in shapes_of_talkers:
        flat = shapes.reshape(len(shapes), -1)
        moved.append(flat - flat.mean(0))
    _, _, directions = np.linalg.svd(np.concatenate(moved), full_matrices=False)
    components = directions[:LATENTS]
    spread = np.mean([(one @ components.T).std(0) for one in moved], axis=0)
    return LipBasis(components, spread)
