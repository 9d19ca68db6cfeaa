"""A mouth of another frame, bent to the shape wanted and laid into a plate at its resolution.

    plate pixel --crop_from_plate--> crop --spline--> crop of the source --> pixel of the source

One map, so the source is resampled once. The plate's own lips lie where the new ones will: the
lower face has been bent. The matte is the hull of the lips, a little wider and soft; along its rim
the new mouth takes the colour of the plate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import crop_from_box
from lipflap.core.face.landmarks import JAW, LIPS, NOSE
from lipflap.core.face.paste import Patch, colour_offset, face_matte, plate_bounds, warp_matte
from lipflap.core.reference.mouth_inside import show_inside
from lipflap.core.reference.spline import fit_spline, map_pixels

AROUND_PX = 16.0  # of the crop: how far the box reaches beyond the lips
WIDER_PX, SOFT_PX = 4.0, 2.2  # of the crop: how much wider and how soft the matte is
RIM = (0.02, 0.5)  # of the matte: where colours are compared
MAX_COMPARED = 600
_SUBPIXEL_BITS = 4

_BENT = (*LIPS, *NOSE, *JAW)

Rgb = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SourceMouth:
    """A mouth to be taken.

    rgb             [h, w, 3] in 0..1, the pixels of its frame around it
    crop_from_rgb   [2, 3] from those pixels to the crop of its frame
    points          [72, 2] in that crop
    """

    rgb: NDArray[np.float16]
    crop_from_rgb: NDArray[np.float64]
    points: NDArray[np.float64]


def mouth_box(
    points: Sequence[NDArray], crop_from_plate: NDArray, plate_size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return plate pixels left, top, right, bottom (half-open) around lips.

    points  [72, 2] each, in the crop: the lips of all of them lie within
    """
    lips = np.concatenate([one[list(LIPS)] for one in points])
    (x0, y0), (x1, y1) = lips.min(0) - AROUND_PX, lips.max(0) + AROUND_PX
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return plate_bounds(crop_from_plate, corners, plate_size)


def lay_mouth(
    sources: Sequence[tuple[SourceMouth, float]],
    wanted: NDArray,
    crop_from_plate: NDArray,
    left_top: tuple[int, int],
    plate: Rgb,
    inside: Rgb | None = None,
) -> Patch:
    """Lay mouths over the box of a plate.

    sources   with weights that sum to 1
    wanted    [72, 2] points of the face in the crop of the plate
    left_top  of the box in the plate
    plate     [h, w, 3] the box, RGB in 0..1
    inside    [H, W, 3] what shows between lips that no film shows apart (mouth_inside.py); None
              where the mouths show it
    """
    height, width = plate.shape[:2]
    box_to_crop = crop_from_box(crop_from_plate, *left_top)
    rgb = np.zeros_like(plate)
    for source, weight in sources:
        rgb += np.float32(weight) * _bend(source, wanted, box_to_crop, width, height)
    matte = mouth_matte(wanted, box_to_crop, width, height)
    rgb = _match_rim(rgb, plate, matte)
    if inside is not None:
        skin = np.median(plate[(matte > 0) & (matte < RIM[1])], 0) if matte.any() else np.ones(3)
        rgb = show_inside(rgb, inside, wanted, box_to_crop, skin)
    return Patch(*left_top, np.clip(rgb, 0, 1), matte)


def _bend(
    source: SourceMouth, wanted: NDArray, box_to_crop: NDArray, width: int, height: int
) -> Rgb:
    """Return the source [height, width, 3] with its points where they are wanted."""
    spline = fit_spline(wanted[list(_BENT)], source.points[list(_BENT)])
    rgb_from_crop = cv2.invertAffineTransform(source.crop_from_rgb)

    def in_source(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        in_crop = pixels @ box_to_crop[:, :2].T + box_to_crop[:, 2]
        return np.asarray(spline(in_crop) @ rgb_from_crop[:, :2].T + rgb_from_crop[:, 2])

    map_xy = map_pixels(in_source, width, height)
    return np.asarray(
        cv2.remap(
            source.rgb.astype(np.float32),
            map_xy[..., 0],
            map_xy[..., 1],
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def mouth_matte(
    wanted: NDArray, box_to_crop: NDArray, width: int, height: int
) -> NDArray[np.float32]:
    """Return the soft hull [height, width] of the lips, within the face."""
    box_from_crop = cv2.invertAffineTransform(box_to_crop)
    scale = float(np.sqrt(abs(np.linalg.det(box_from_crop[:, :2]))))
    lips = wanted[list(LIPS)]
    hull = cv2.convexHull((lips @ box_from_crop[:, :2].T + box_from_crop[:, 2]).astype(np.float32))
    matte = np.zeros((height, width), np.float32)
    sixteenths = np.round(hull * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillConvexPoly(matte, sixteenths, 1.0, cv2.LINE_8, _SUBPIXEL_BITS)
    reach = max(1, round(WIDER_PX * scale))
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    matte = cv2.GaussianBlur(cv2.dilate(matte, around), (0, 0), SOFT_PX * scale)
    face = warp_matte(box_to_crop, face_matte(wanted[list(JAW)]), width, height)
    matte = np.clip(matte, 0, np.minimum(face, 1))
    matte[matte < 1 / 255] = 0
    return np.asarray(matte, np.float32)


def _match_rim(rgb: Rgb, plate: Rgb, matte: NDArray[np.float32]) -> Rgb:
    """Return `rgb` with a plane of each channel added, so that it meets the plate at the rim."""
    rim = np.flatnonzero((matte > RIM[0]) & (matte < RIM[1]))
    if not len(rim):
        return rgb
    rim = rim[:: max(1, len(rim) // MAX_COMPARED)]
    return rgb + colour_offset(rgb, plate, rim)
