"""A photograph that talks: the demo's only performer.

NASA's portrait of Eileen Collins (public domain, shipped with scikit-image) is bent in place: the
head turns about the neck, the lids close, lips and jaw part. Each pixel of the picture looks up
where it came from:

    frame  -- camera -->  portrait, head moved  -- neck -->  at rest, mouth open  -- lips -->  photo

All positions are pixels of the 512 x 512 photograph, measured on it by hand.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from lipflap.core.soft_step import soft_step

Plane = NDArray[np.floating]

ENLARGED = 4  # the photograph is enlarged once, with a good filter, so that warping stays sharp

NECK = (226.0, 192.0)
FACE_BOX = (150, 80, 300, 212)  # left, top, right, bottom: what lids and lips can reach
LIP_X = (202.3, 206, 211, 216, 221, 226, 231, 236, 241, 245.6)
UPPER_LIP_Y = (139.3, 139.9, 141.4, 142.5, 143.3, 143.7, 143.4, 142.6, 141.2, 140.2)
LOWER_LIP_Y = (139.3, 143.5, 146.9, 149.3, 150.3, 150.4, 149.5, 147.5, 144.7, 140.2)
EYES = (  # x of both corners, y of both, y of the upper and lower lid in the middle
    (192.0, 213.0, 101.5, 103.0, 97.0, 104.6),
    (236.0, 259.0, 105.0, 103.8, 98.6, 106.6),
)
NOSE_BASE_Y = 132.0
CHIN_Y = 178.0
SMILE_OPENING_PX = 3.2  # how far the jaw is down in the photograph
CORNERS_DOWN_PX = 3.2
CAVITY_RGB = np.array([46, 18, 18], np.float32)
TONGUE_RGB = np.array([128, 62, 60], np.float32)


@dataclass(frozen=True, slots=True)
class Camera:
    """The framing: its centre on the photograph, and plate pixels a photo pixel."""

    centre_x: float
    centre_y: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Pose:
    """The performer's head and face in one frame.

    opening_px   lips apart, in pixels of the photograph; 0 is closed
    width        of the mouth, against the photograph's smile
    blink        0 eyes open, 1 shut
    """

    shift_x: float
    shift_y: float
    roll_rad: float
    nod: float
    opening_px: float
    width: float
    blink: float


def load_portrait() -> NDArray[np.uint8]:
    """Return the photograph [512 * ENLARGED, 512 * ENLARGED, 3], enlarged, a little sharpened."""
    import cv2
    from skimage.data import astronaut

    photo = astronaut()
    large = cv2.resize(photo, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), ENLARGED * 0.8)
    return np.asarray(cv2.addWeighted(large, 1.7, soft, -0.7, 0), np.uint8)


def draw(
    portrait: NDArray[np.uint8], camera: Camera, pose: Pose, width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """Return the frame [height, width, 3] of a pose, seen by a camera."""
    u, v = np.arange(width_px, dtype=np.float32), np.arange(height_px, dtype=np.float32)
    x = np.float32(camera.centre_x) + (u - width_px / 2) / np.float32(camera.zoom)
    y = np.float32(camera.centre_y) + (v - height_px / 2) / np.float32(camera.zoom)
    across, down = np.meshgrid(x, y)
    rest_x, rest_y = _head_at_rest(across, down, pose)
    frame = _sample(portrait, rest_x, rest_y)
    columns = slice(*np.searchsorted(x, FACE_BOX[0::2]).tolist())
    rows = slice(*np.searchsorted(y, FACE_BOX[1::2]).tolist())
    frame[rows, columns] = _face(portrait, rest_x[rows, columns], rest_y[rows, columns], pose)
    return np.asarray(np.clip(frame + 0.5, 0, 255), np.uint8)


def _head_at_rest(x: Plane, y: Plane, pose: Pose) -> tuple[Plane, Plane]:
    """Return where each point of a moved head lies when it does not move; the room stays put."""
    across, down = x - NECK[0] - pose.shift_x, y - NECK[1] - pose.shift_y
    cos, sin = math.cos(pose.roll_rad), math.sin(pose.roll_rad)
    turned_x = NECK[0] + cos * across + sin * down
    turned_y = NECK[1] + (cos * down - sin * across) / (1 + pose.nod)
    far = np.hypot((x - 226) / 140, (y - 95) / 130)
    share = 1 - soft_step((far - 0.5) / 0.5)
    return x + share * (turned_x - x), y + share * (turned_y - y)


def _face(portrait: NDArray[np.uint8], x: Plane, y: Plane, pose: Pose) -> Plane:
    """Return the region of the frame where lids and lips move [rows, columns, 3]."""
    x_lips, y = _relax_smile(x, y, pose.width)
    upper, lower = _lips(x_lips)
    upper_now, lower_now = _open_lips(x_lips, upper, lower, pose.opening_px)
    jaw_px = 0.75 * (pose.opening_px - SMILE_OPENING_PX) * _bell(x_lips - 224, 42)
    y_skin = _above_mouth(y, upper_now, upper_now - upper)
    y_skin = _below_mouth(x_lips, y, y_skin, lower_now, lower_now - lower, jaw_px)
    y_skin = _lids(x, y, y_skin, pose.blink)
    skin = _sample(portrait, x_lips, y_skin)
    crease = 0.45 * np.exp(-(((y - (upper_now + lower_now) / 2) / 0.8) ** 2)) * _inside_x(x_lips)
    skin *= (1 - crease * soft_step(1 - (lower_now - upper_now) / 2))[..., None]
    mouth = _mouth_inside(portrait, x_lips, y, upper_now, lower, lower_now)
    seen = soft_step((y - upper_now) / 1.2) * soft_step((lower_now - y) / 1.6)
    return skin + seen[..., None] * (mouth - skin)


def _relax_smile(x: Plane, y: Plane, width: float) -> tuple[Plane, Plane]:
    """Bring the photograph's broad smile down to a speaking mouth: corners lower, nearer."""
    near = _bell(x - 224, 34) * _bell(y - 146, 24)
    corners = _bell(np.abs(x - 224) - 21, 13) * _bell(y - 141, 17)
    return x + (x - 224) * np.float32(1 / width - 1) * near, y - CORNERS_DOWN_PX * corners


def _lips(x: Plane) -> tuple[Plane, Plane]:
    """Return the inner edges of both lips in the photograph; they meet at the corners."""
    inside = np.clip(x, LIP_X[0], LIP_X[-1])
    upper = Polynomial.fit(LIP_X, UPPER_LIP_Y, 4)(inside).astype(np.float32)
    lower = Polynomial.fit(LIP_X, LOWER_LIP_Y, 4)(inside).astype(np.float32)
    return np.minimum(upper, lower), np.maximum(upper, lower)


def _inside_x(x: Plane) -> Plane:
    """Return 1 in the middle of the mouth, falling to 0 at its corners."""
    return np.asarray(np.clip(1 - ((x - 224) / 21.8) ** 2, 0, 1))


def _open_lips(x: Plane, upper: Plane, lower: Plane, opening_px: float) -> tuple[Plane, Plane]:
    """Return the inner edges of lips that are `opening_px` apart in the middle."""
    closed = upper + 0.47 * (lower - upper)
    rise = min(opening_px / 7, 1) * 0.9
    return closed + rise * (upper - closed), closed + opening_px * _inside_x(x) ** 0.7


def _above_mouth(y: Plane, lip: Plane, moved_px: Plane) -> Plane:
    share = soft_step((y - NOSE_BASE_Y) / (lip - NOSE_BASE_Y))
    return np.where(y < lip, y - moved_px * share, y)


def _below_mouth(
    x: Plane, y: Plane, above: Plane, lip: Plane, moved_px: Plane, jaw_px: Plane
) -> Plane:
    """Move lip, chin and throat with the jaw: the lip most, the throat not at all."""
    chin = np.maximum(CHIN_Y - 0.018 * (x - 223) ** 2, lip + 12) + jaw_px
    to_chin = soft_step((y - lip) / (chin - lip))
    to_throat = soft_step((y - chin) / 26)
    moved = (moved_px + to_chin * (jaw_px - moved_px)) * (1 - to_throat)
    return np.where(y > lip, y - moved, above)


def _lids(x: Plane, y: Plane, below: Plane, blink: float) -> Plane:
    """Lower the upper lids over the eyes, with the skin above them."""
    for left, right, left_y, right_y, upper_y, lower_y in EYES:
        along = np.clip((x - left) / (right - left), 0, 1)
        corner = left_y + along * (right_y - left_y)
        bow = 4 * along * (1 - along)
        middle = (left_y + right_y) / 2
        upper, lower = corner + bow * (upper_y - middle), corner + bow * (lower_y - middle)
        lid = upper + blink * 0.94 * (lower - upper)
        share = soft_step((y - upper_y + 8) / (lid - upper_y + 8))
        beside = (x > left) & (x < right) & (y < lid) & (y > upper_y - 8)
        below = np.where(beside, y - (lid - upper) * share, below)
    return below


def _mouth_inside(
    portrait: NDArray[np.uint8], x: Plane, y: Plane, lip: Plane, teeth_end: Plane, floor: Plane
) -> Plane:
    """Return the upper teeth, which stay with the skull, and the dark below them."""
    teeth = _sample(portrait, x, y) * (0.5 + 0.5 * soft_step((y - lip) / 3.5))[..., None]
    tongue = soft_step(1 - (floor - y) / 5)[..., None] * _inside_x(x)[..., None]
    dark = CAVITY_RGB + 0.8 * tongue * (TONGUE_RGB - CAVITY_RGB)
    below = soft_step((y - teeth_end + 2.1) / 1.4)[..., None]
    return np.asarray(teeth + below * (dark - teeth))


def _sample(portrait: NDArray[np.uint8], x: Plane, y: Plane) -> Plane:
    import cv2

    x_large, y_large = ((position + 0.5) * ENLARGED - 0.5 for position in (x, y))
    sampled = cv2.remap(
        portrait, x_large.astype(np.float32), y_large.astype(np.float32), cv2.INTER_LINEAR
    )
    return np.asarray(sampled, np.float32)


def _bell(distance: Plane, width: float) -> Plane:
    return np.asarray(np.exp(-((distance / width) ** 2)))
