"""The plate's own lower face, bent so that chin, jaw and cheeks follow the new lips.

    wanted lips and jaw --spline--> as filmed      nose, eyes and the face's rim stay
    +------------------+
    |   eyes, nose     |  0   how much of it is bent: nothing from the nose up,
    | cheek lips cheek |  1   all of it down to the chin,
    |     chin         |  1
    |     neck         |  /   less and less below: the collar stays
    +------------------+  0

One map, so the plate is resampled once, and only where it moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import (
    JAW,
    LEFT_EYE,
    LOWER_JAW,
    NOSE,
    NOSE_BASE,
    OUTER_LIPS,
    RIGHT_EYE,
)
from lipflap.core.face.paste import Patch, plate_bounds
from lipflap.core.reference.lay_mouth import AROUND_PX
from lipflap.core.reference.spline import fit_spline, map_pixels
from lipflap.core.soft_step import soft_step

BELOW_PX, BESIDE_PX = 20.0, 7.0  # of the crop: how far the map reaches beyond chin and cheeks
ABOVE_PX = 14.0  # of the crop: above the nose base, where it begins
MIN_MOVE_PX = 0.25  # of the plate: what moves less than this fades into the plate's own pixels
RIM_GAIN = 4  # a mouth's rim holds the plate already: the face's matte is solid sooner there

_STILL = (*LEFT_EYE, *RIGHT_EYE, *NOSE, *JAW[:3], *JAW[-3:])
_MOVED = (*OUTER_LIPS, *LOWER_JAW)

Rgb = NDArray[np.float32]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BentFace:
    """A bent lower face, in a box of the plate.

    rgb    [h, w, 3] in 0..1
    matte  [h, w] in 0..1, 0 where it is the plate's own
    """

    rgb: Rgb
    matte: NDArray[np.float32]


def lower_face_box(
    points: Sequence[NDArray], crop_from_plate: NDArray, plate_size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return plate pixels left, top, right, bottom (half-open) that may change.

    points  [72, 2] each, in the crop: the lower faces, and the boxes around lips, lie within
    """
    faces = np.stack(points)
    jaws, lips = faces[:, list(JAW)], faces[:, list(OUTER_LIPS)]
    begins = faces[:, list(NOSE_BASE), 1].mean(1).min() - ABOVE_PX
    x0 = min(jaws[..., 0].min() - BESIDE_PX, lips[..., 0].min() - AROUND_PX)
    x1 = max(jaws[..., 0].max() + BESIDE_PX, lips[..., 0].max() + AROUND_PX)
    y0 = min(begins, lips[..., 1].min() - AROUND_PX)
    y1 = max(jaws[..., 1].max() + BELOW_PX, lips[..., 1].max() + AROUND_PX)
    corners = [(x, y) for x in (x0, x1) for y in (y0, y1)]
    return plate_bounds(crop_from_plate, corners, plate_size)


def bend_lower_face(plate: Rgb, wanted: NDArray, filmed: NDArray, box_to_crop: NDArray) -> BentFace:
    """Bend the lower face of a box of the plate [h, w, 3] to the points wanted.

    wanted, filmed  [72, 2] points of the face in the crop
    """
    height, width = plate.shape[:2]
    box_from_crop = np.linalg.inv(box_to_crop[:, :2]).T

    def moves_at(pixels: Points) -> Points:
        in_crop = pixels @ box_to_crop[:, :2].T + box_to_crop[:, 2]
        return np.asarray(_moves(in_crop, wanted, filmed) @ box_from_crop)

    moves = map_pixels(moves_at, width, height)
    rgb = cv2.remap(
        plate,
        moves[..., 0] + np.arange(width, dtype=np.float32),
        moves[..., 1] + np.arange(height, dtype=np.float32)[:, None],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    furthest = np.maximum(np.abs(moves[..., 0]), np.abs(moves[..., 1]))
    matte = np.clip(furthest / MIN_MOVE_PX, 0, 1)
    matte[matte < 1 / 255] = 0
    return BentFace(np.clip(rgb, 0, 1), np.asarray(matte, np.float32))


def with_mouth(face: BentFace, patch: Patch, left: int, top: int, opacity: float) -> BentFace:
    """Return a face with a mouth laid over it.

    patch  whose first pixel is at `left`, `top` of the face
    """
    height, width = patch.matte.shape
    inside = np.s_[top : top + height, left : left + width]
    rgb, matte = face.rgb.copy(), face.matte.copy()
    shown = patch.matte * np.float32(opacity)
    rgb[inside] += shown[..., None] * (patch.rgb - rgb[inside])
    matte[inside] = np.maximum(matte[inside], np.minimum(shown * RIM_GAIN, 1))
    return BentFace(rgb, matte)


def _moves(at: Points, wanted: NDArray, filmed: NDArray) -> Points:
    """Return by how much, in crop pixels, what is shown at points [..., 2] was filmed elsewhere."""
    fixed = filmed[list(_STILL)]
    spline = fit_spline(
        np.concatenate([wanted[list(_MOVED)], fixed]),
        np.concatenate([filmed[list(_MOVED)], fixed]),
    )
    return np.asarray((spline(at) - at) * _share(at, wanted, filmed)[..., None])


def _share(at: Points, wanted: NDArray, filmed: NDArray) -> NDArray[np.float64]:
    """Return how much of the spline counts at points [..., 2] of the crop, 0 to 1."""
    begins = filmed[list(NOSE_BASE), 1].mean() - ABOVE_PX
    jaws = wanted[list(JAW)], filmed[list(JAW)]
    beyond = np.minimum(*(_beyond(at, jaw) for jaw in jaws))
    return soft_step((at[..., 1] - begins) / ABOVE_PX) * soft_step(1 - beyond)


def _beyond(at: Points, jaw: NDArray) -> NDArray[np.float64]:
    """Return how far points lie beyond a jaw [17, 2], below or beside: 1 where nothing moves."""
    x, y = at[..., 0], at[..., 1]
    chin = int(jaw[:, 1].argmax())
    left, right = jaw[: chin + 1], jaw[chin:][::-1]
    rising_x = np.maximum.accumulate(jaw[:, 0])
    below = (y - np.interp(x, rising_x, jaw[:, 1], np.nan, np.nan)) / BELOW_PX
    beside = np.maximum(
        np.interp(y, np.maximum.accumulate(left[:, 1]), left[:, 0]) - x,
        x - np.interp(y, np.maximum.accumulate(right[:, 1]), right[:, 0]),
    )
    beside = np.where(y > jaw[chin, 1], np.inf, beside / BESIDE_PX)
    return np.fmin(below, beside)
