"""What shows between lips that no film shows apart: teeth, tongue and dark, of nobody.

A picture (`core/models/mouth_inside.md`) hangs behind the upper lip, as wide as the mouth: teeth
do not move with the lower lip, which uncovers them.

    pixel --crop--> along the mouth, from its left corner; down from the upper lip; both in its
    widths --> picture
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import INNER_LIPS, lip_lines

SKIN_SHARE = 0.15  # of the colour of the light that skin shows
SOFT_PX = 0.6  # of the crop: the edge of the lips
APART_PX = 1.5  # of the crop: lips less apart than this may be closed, and found so
SHADED = 0.75  # brightness where lips are hardly apart
LIT_GAP = 0.12  # of the mouth's width, from which the light falls in
_SUBPIXEL_BITS = 4

Rgb = NDArray[np.float32]


def show_inside(
    mouth: Rgb, inside: Rgb, wanted: NDArray, box_to_crop: NDArray, skin: NDArray
) -> Rgb:
    """Return a mouth [h, w, 3] in a box of a plate with the inside between its lips.

    inside  [h, w, 3] the picture, 1 where it is as bright as skin
    wanted  [72, 2] points of the face in the crop
    skin    [3] colour of the skin around the mouth
    """
    height, width = mouth.shape[:2]
    lips = wanted[list(INNER_LIPS)]
    across = lip_lines(lips)[0][-1] - lips[0]
    length = max(float(np.linalg.norm(across)), 1e-6)
    axes = np.stack([across, [-across[1], across[0]]], 1) / length
    lower, upper = lip_lines((lips - lips[0]) @ axes / length)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    in_crop = np.stack([x, y], -1) @ box_to_crop[:, :2].T + box_to_crop[:, 2]
    at = (in_crop - lips[0]) @ axes / length
    down = at[..., 1] - np.interp(at[..., 0], _rising(upper[:, 0]), upper[:, 1])
    size = inside.shape[1]
    shown = cv2.remap(
        inside,
        (at[..., 0] * size - 0.5).astype(np.float32),
        (down * size - 0.5).astype(np.float32),
        cv2.INTER_AREA if size > width else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    gap = float((lower[:, 1] - upper[:, 1]).max())
    light = SHADED + (1 - SHADED) * min(1.0, max(0.0, gap / LIT_GAP))
    grey = max(float(skin.mean()), 1e-3)
    shown = shown * np.float32(light * grey) * (skin / grey).astype(np.float32) ** SKIN_SHARE
    matte = _between(lips, box_to_crop, width, height)[..., None]
    matte *= np.float32(np.clip(gap * length / APART_PX, 0, 1))
    return np.asarray(mouth + matte * (shown - mouth), np.float32)


def _rising(values: NDArray) -> NDArray:
    return np.maximum.accumulate(values) + 1e-6 * np.arange(len(values))


def _between(lips: NDArray, box_to_crop: NDArray, width: int, height: int) -> NDArray[np.float32]:
    """Return a soft matte [height, width] of what lies between the inner lips [20, 2]."""
    box_from_crop = cv2.invertAffineTransform(box_to_crop)
    scale = float(np.sqrt(abs(np.linalg.det(box_from_crop[:, :2]))))
    at = lips @ box_from_crop[:, :2].T + box_from_crop[:, 2]
    matte = np.zeros((height, width), np.float32)
    sixteenths = np.round(at * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(matte, [sixteenths], 1.0, cv2.LINE_AA, _SUBPIXEL_BITS)
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), SOFT_PX * scale), np.float32)
