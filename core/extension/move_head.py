"""A head moved a little inside its plate: what is around it stays as it was filmed.

plate --a small similarity, where the matte is 1--> head as it is wanted
      --less and less of it, out to where it is 0--> background, held
"""

from dataclasses import dataclass
from math import radians

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import CHIN, EYE_CORNERS, JAW, NOSE_BASE
from lipflap.core.motion.head_pose import ACROSS, DOWN, SIZE, TILT
from lipflap.core.soft_step import soft_step

Array = NDArray[np.float64]
Rgb = NDArray[np.float32]
Bounds = tuple[int, int, int, int]  # left, top, right, bottom in plate pixels, half-open

MAX_TILT = radians(2.5)  # further, one sees what is beside the head bend
MAX_SHIFT_EYES, MAX_GROWTH = 0.15, 0.03
REACH = np.array([MAX_SHIFT_EYES, MAX_SHIFT_EYES, MAX_GROWTH, MAX_TILT, 0, 0])
HEAD_TALL, HEAD_WIDE = 1.65, 1.35  # of the height from eyes to chin, of half the width of the jaw
_AVERAGE = np.array([1, 8, 28, 56, 70, 56, 28, 8, 1]) / 256  # over frames
_EDGE = 0.3  # of the head, from the picture's edge to where it may be moved in full
_REACH = 1.8  # of the head, where the matte has become 0


@dataclass(frozen=True, slots=True)
class HeadMove:
    """A move of one head in one plate.

    moved_from_plate  [2, 3] similarity
    centre, radii     [2] of the head, an ellipse in plate pixels
    """

    moved_from_plate: Array
    centre: Array
    radii: Array

    def box(self, size: tuple[int, int]) -> Bounds:
        """Return the plate pixels that it may change."""
        low = np.floor(self.centre - _REACH * self.radii).astype(int)
        high = np.ceil(self.centre + _REACH * self.radii).astype(int) + 1
        left, top = np.clip(low, 0, np.array(size) - 1)
        right, bottom = np.clip(high, 1, size)
        return int(left), int(top), int(right), int(bottom)

    def points(self, points: NDArray) -> NDArray[np.float32]:
        """Return where points [72, 2] of this face are after the move; they lie in the head."""
        return (points @ self.moved_from_plate[:, :2].T + self.moved_from_plate[:, 2]).astype(
            np.float32
        )


def plan_move(points: NDArray, away: NDArray, eyes_px: float) -> HeadMove:
    """Return the move of a face [72, 2] by how far it is from where it is wanted.

    away  [6] pose wanted less pose filmed; turn and nod are not made
    What is more than a little is made less of: a head that is bent further tears at the neck.
    """
    tilt = float(_at_most(away[TILT], MAX_TILT))
    grown = float(np.exp(_at_most(away[SIZE], MAX_GROWTH)))
    shift = _at_most(away[[ACROSS, DOWN]], MAX_SHIFT_EYES) * eyes_px
    centre, radii = head_ellipse(points)
    cos, sin = grown * np.cos(tilt), grown * np.sin(tilt)
    turn = np.array([[cos, -sin], [sin, cos]])
    about = np.asarray(points, np.float64)[list(NOSE_BASE)].mean(0)  # where a head is measured
    return HeadMove(np.column_stack([turn, about + shift - turn @ about]), centre, radii)


def _at_most(away: NDArray, most: float) -> Array:
    """Return what is nowhere above `most`: as it is up to half of that, then more and more less.

    A head that is stopped at once is seen to stop.
    """
    half, size = most / 2, np.abs(away)
    bent = half + half * np.tanh(np.maximum(size - half, 0) / half)
    return np.asarray(np.sign(away) * np.where(size > half, bent, size))


def calm(away: NDArray, jumps: NDArray[np.bool_]) -> Array:
    """Return poses away [T, 6] averaged over nine frames, but not across frames that jump [T].

    Points are found with an error; a head moved by it would tremble. The first and last of a run
    stay, so that it meets what is beside it.
    """
    runs = np.split(np.asarray(away, np.float64), np.flatnonzero(jumps[1:]) + 1)
    return np.concatenate([_average(run) for run in runs])


def _average(run: Array) -> Array:
    reach = len(_AVERAGE) // 2
    wide = np.pad(run, ((reach, reach), (0, 0)), "reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(wide, len(_AVERAGE), axis=0)
    return np.asarray(windows @ _AVERAGE)


def head_ellipse(points: NDArray) -> tuple[Array, Array]:
    """Return centre and radii [2] of the head, hair and all, around a face [72, 2]."""
    eyes = np.asarray(points, np.float64)[list(EYE_CORNERS)].mean(0)
    chin, jaw = np.asarray(points[CHIN], np.float64), points[list(JAW)]
    tall = float(np.linalg.norm(chin - eyes))
    wide = float(np.linalg.norm(jaw[0] - jaw[-1])) / 2
    return eyes + 0.1 * (chin - eyes), np.array([HEAD_WIDE * wide, HEAD_TALL * tall])


def head_distance(head: tuple[Array, Array], box: Bounds) -> Array:
    """Return how far pixels [h, w] of a box are from a head's centre: 1 on its ellipse."""
    (centre, radii), (left, top, right, bottom) = head, box
    x = (np.arange(left, right) - centre[0]) / radii[0]
    y = (np.arange(top, bottom) - centre[1]) / radii[1]
    return np.hypot(x[None], y[:, None])


def move_matte(move: HeadMove, box: Bounds, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the matte [h, w] of a box: 1 on the head, 0 from _REACH of it on, smooth between.

    Towards the edges of the picture it becomes 0, too: beyond them there is nothing to move in.
    """
    left, top, right, bottom = box
    away = head_distance((move.centre, move.radii), box)
    inside = np.minimum(
        _from_edges(left, right, size[0], move.radii[0])[None],
        _from_edges(top, bottom, size[1], move.radii[1])[:, None],
    )
    return soft_step(np.minimum((_REACH - away) / (_REACH - 1), inside)).astype(np.float32)


def _from_edges(first: int, end: int, length: int, radius: float) -> Array:
    """Return how far pixels are from both edges of a picture, 1 from a part of the head on."""
    at = np.arange(first, end)
    return np.clip(np.minimum(at, length - 1 - at) / (_EDGE * radius), 0, 1)


def source_pixels(
    move: HeadMove, box: Bounds, size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return from where in a box [h, w] each of its pixels comes when the head is moved: x, y."""
    left, top, right, bottom = box
    back = cv2.invertAffineTransform(move.moved_from_plate)
    x, y = np.meshgrid(np.arange(left, right, dtype=float), np.arange(top, bottom, dtype=float))
    matte = move_matte(move, box, size)
    from_x = x + matte * (back[0, 0] * x + back[0, 1] * y + back[0, 2] - x) - left
    from_y = y + matte * (back[1, 0] * x + back[1, 1] * y + back[1, 2] - y) - top
    return from_x.astype(np.float32), from_y.astype(np.float32)
