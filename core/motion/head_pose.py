"""How a head is held, and its eyes and brows: ten numbers a frame, in the actor's own range.

    points in the plate --eyes, nose base--> a similarity: where the head is, how near, how tilted
                        --in the crop------> turn, nod, lids and brows

Lengths are in eye distances, angles in radians. A similarity, turn and nod are what a camera of
weak perspective tells of a head of which no depth is known.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import CROP_PX, crop_from_plate, points_in_crop
from lipflap.core.face.landmarks import BROWS, LEFT_EYE, RIGHT_EYE, eye_distance
from lipflap.core.motion.lip_shape import head_poses

HEAD_TICKS_A_SECOND = 25
ACROSS, DOWN, SIZE, TILT, TURN, NOD, LEFT_LID, RIGHT_LID, LEFT_BROW, RIGHT_BROW = range(10)
HEAD = 10
POSE = slice(ACROSS, NOD + 1)
LIDS = slice(LEFT_LID, RIGHT_LID + 1)
# Of talkers who sit still: below it, what is measured is the trembling of points.
LEAST_SPREAD = np.array([0.02, 0.02, 0.004, 0.004, 0.006, 0.006, 0.03, 0.03, 0.008, 0.008])

_CALM = {5: np.array([1, 4, 6, 4, 1]) / 16, 3: np.array([1, 2, 1]) / 4}
_CROP_EYES_PX = 40.0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadRange:
    """The range of one actor's head in a take.

    mean, spread  [HEAD]
    eyes_px       distance of the eyes that lengths are counted in
    """

    mean: Array
    spread: Array
    eyes_px: float

    def to_own(self, heads: Array) -> Array:
        """Return heads [T, HEAD] in the actor's own range: mean 0, spread 1."""
        return (heads - self.mean) / self.spread

    def from_own(self, own: Array) -> Array:
        """Return heads [T, HEAD] of rows in the actor's own range."""
        return own * self.spread + self.mean


def measure_heads(points: NDArray) -> tuple[Array, float]:
    """Measure heads [T, HEAD] in points [T, 72, 2] of the plate; and the eye distance, px.

    Points are found with an error that would show as trembling: poses and brows are averaged over
    five frames, lids over three.
    """
    matrices = crop_from_plate(points, range(len(points)))
    crop = points_in_crop(points, matrices)
    middle = np.full((len(points), 1, 2), CROP_PX / 2)
    turned = np.linalg.inv(matrices[:, :, :2])
    at = np.einsum("nij,nkj->nki", turned, middle - matrices[:, None, :, 2])[:, 0]
    eyes_px = float(np.mean([eye_distance(one) for one in points]))
    size = -np.log(np.hypot(matrices[:, 0, 0], matrices[:, 1, 0]))
    tilt = -np.unwrap(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    lids = np.stack([_lid(crop[:, list(eye)]) for eye in (LEFT_EYE, RIGHT_EYE)], 1)
    pairs = zip(BROWS, (LEFT_EYE, RIGHT_EYE), strict=True)
    brows = [crop[:, list(eye)].mean(1)[:, 1] - crop[:, brow, 1] for brow, eye in pairs]
    held = np.column_stack([at / eyes_px, size, tilt, head_poses(crop) / _CROP_EYES_PX])
    brows_up = np.stack(brows, 1) / _CROP_EYES_PX
    return averaged(np.column_stack([held, lids, brows_up])), eyes_px


def averaged(heads: Array) -> Array:
    """Return heads [T, HEAD]: poses and brows averaged over five rows, lids over three."""
    calm = _average(heads, 5)
    calm[:, LIDS] = _average(heads[:, LIDS], 3)
    return calm


def head_range(heads: Array, eyes_px: float) -> HeadRange:
    """Return the range of heads [T, HEAD], T at least 1."""
    return HeadRange(heads.mean(0), np.maximum(heads.std(0), LEAST_SPREAD), eyes_px)


def to_ticks(rows: NDArray, rate: Fraction) -> Array:
    """Return rows [T, D] of frames at `rate` as rows of HEAD_TICKS_A_SECOND."""
    count = max(1, int(len(rows) / rate * HEAD_TICKS_A_SECOND))
    return _resample(rows, float(rate / HEAD_TICKS_A_SECOND), count)


def to_frames(ticks: NDArray, rate: Fraction, count: int) -> Array:
    """Return rows [count, D] of frames at `rate` from ticks [N, D], by a curve without a kink."""
    from scipy.interpolate import CubicSpline  # half a second that most shots do without

    if len(ticks) == 1:
        return np.repeat(np.asarray(ticks, np.float64), count, axis=0)
    at = _places(float(HEAD_TICKS_A_SECOND / rate), count)
    course = CubicSpline(np.arange(len(ticks)), ticks)
    return np.asarray(course(np.clip(at, 0, len(ticks) - 1)))


def _resample(rows: NDArray, step: float, count: int) -> Array:
    known = np.arange(len(rows))
    at = _places(step, count)
    return np.stack([np.interp(at, known, column) for column in np.asarray(rows).T], 1)


def _places(step: float, count: int) -> Array:
    """Return where the middles of `count` rows lie among rows that are a `step` of theirs apart."""
    return np.asarray((np.arange(count) + 0.5) * step - 0.5, np.float64)


def _lid(eye: Array) -> Array:
    """Return how far the lids of an eye [T, 4, 2] are apart, in widths of the eye [T]."""
    corner, upper, other, lower = eye[:, 0], eye[:, 1], eye[:, 2], eye[:, 3]
    width = np.linalg.norm(other - corner, axis=1)
    return np.asarray(np.linalg.norm(lower - upper, axis=1) / np.maximum(width, 1e-6))


def _average(rows: Array, frames: int) -> Array:
    """Return rows [T, D], each averaged with those before and after; the ends go on."""
    wide = np.pad(rows, ((frames // 2, frames // 2), (0, 0)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, frames, axis=0)
    return np.array(windows @ _CALM[frames], np.float64)
