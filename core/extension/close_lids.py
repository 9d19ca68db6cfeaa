"""Upper lids drawn down over the eyes of a picture: their own skin, stretched, and nothing else.

brow      ____          stays
skin      ....          is stretched
upper lid /--\\          goes down to the lower lid, lashes and all
eye      ( () )         is covered, not bent
lower lid \\__/          stays
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import BROWS, LEFT_EYE, RIGHT_EYE

Array = NDArray[np.float64]
Rgb = NDArray[np.float32]

_LASHES = 0.06  # of the opening: what is below the edge of the upper lid and goes with it
_BROW = 0.5  # of the way from brow to lid, which stays with the brow
_OVER = 0.1  # of the opening: where a lid that is shut comes to lie below the lower one
_EDGE_PX = 1.2  # of the edge of the lid, softened
_WIDER = 1.2  # than the corners that are found, lids are
_LOOKED_FOR = np.arange(-0.5, 0.21, 0.05)  # of the opening: where the edge of a lid may be, instead
_ACROSS = np.linspace(-0.3, 0.3, 25)  # of the width: columns in which it is looked for
_STEP = 0.1  # of the opening, above and below the edge


@dataclass(frozen=True, slots=True)
class Eye:
    """An eye in plate pixels: its corners, the middles of its lids, and of the brow above, [2].

    All are points of one face; the corners run from left to right in the picture.
    """

    left: Array
    upper: Array
    right: Array
    lower: Array
    brow: Array

    @property
    def width(self) -> float:
        """Its width from corner to corner, in pixels."""
        return float(np.linalg.norm(self.right - self.left))

    @property
    def opening(self) -> float:
        """The distance of the lids, in widths of the eye."""
        return float(np.linalg.norm(self.lower - self.upper)) / max(self.width, 1e-6)

    def upright(self, points: NDArray) -> Array:
        """Return points [..., 2] of the plate along and across the eye, from its middle, px."""
        along = (self.right - self.left) / max(self.width, 1e-6)
        axes = np.array([along, [-along[1], along[0]]])
        return np.asarray((points - (self.left + self.right) / 2) @ axes.T)


def eyes_of(points: NDArray) -> tuple[Eye, Eye]:
    """Return both eyes of a face [72, 2]."""
    points = np.asarray(points, np.float64)
    left, right = (
        Eye(*points[[*eye, brow]]) for eye, brow in zip((LEFT_EYE, RIGHT_EYE), BROWS, strict=True)
    )
    return left, right


def lids_box(eyes: Sequence[Eye], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the plate pixels left, top, right, bottom (half-open) that lids may change."""
    points = np.array(
        [point for eye in eyes for point in (eye.left, eye.right, eye.lower, eye.brow)]
    )
    margin = 0.3 * max(eye.width for eye in eyes)
    low = np.clip(np.floor(points.min(0) - margin).astype(int), 0, np.array(size) - 1)
    high = np.clip(np.ceil(points.max(0) + margin).astype(int) + 1, 1, size)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def with_found_edge(eye: Eye, rgb: Rgb, origin: NDArray) -> tuple[Eye, float]:
    """Return an eye whose upper lid ends where the picture [h, w, 3] says so, and how clearly.

    The edge is where skin above is brightest against lashes below; points are not found that well.
    origin  the plate pixel left and top in the picture
    """
    grey = np.ascontiguousarray(rgb.mean(2), np.float32)
    upper, lower = (float(eye.upright(point)[1]) for point in (eye.upper, eye.lower))
    x = _ACROSS * eye.width
    arch = _arch(eye, x)
    steps = []
    for away in _LOOKED_FOR * (lower - upper):
        y = arch * (upper + away)
        above, below = (
            _levels(grey, eye, x, y + side * _STEP * (lower - upper), origin) for side in (-1, 1)
        )
        steps.append(float(np.mean(above - below)))
    best = int(np.argmax(steps))
    down = (eye.lower - eye.upper) / max(float(np.linalg.norm(eye.lower - eye.upper)), 1e-6)
    return replace(eye, upper=eye.upper + _LOOKED_FOR[best] * (lower - upper) * down), steps[best]


def _levels(
    grey: NDArray[np.float32], eye: Eye, x: Array, y: Array, origin: NDArray
) -> NDArray[np.float32]:
    """Return the levels [N] of a picture at places along and across an eye."""
    along = (eye.right - eye.left) / max(eye.width, 1e-6)
    middle = (eye.left + eye.right) / 2 - origin
    at = middle + x[:, None] * along + y[:, None] * np.array([-along[1], along[0]])
    return np.asarray(
        cv2.remap(
            grey,
            at[None, :, 0].astype(np.float32),
            at[None, :, 1].astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )[0]
    )


def _arch(eye: Eye, x: Array) -> Array:
    """Return how high a lid stands at places along the eye: 1 in its middle, 0 at its ends."""
    return np.clip(1 - np.abs(2 * x / (_WIDER * eye.width)) ** 3, 0, 1)


def close_lids(
    rgb: Rgb, eyes: Sequence[Eye], shut: float, box: tuple[int, int, int, int]
) -> tuple[Rgb, NDArray[np.float32]]:
    """Return the pixels [h, w, 3] of a box with lids shut by a part of 1; and the matte of them."""
    left, top, right, bottom = box
    x, y = np.meshgrid(np.arange(left, right, dtype=float), np.arange(top, bottom, dtype=float))
    from_x, from_y, matte = x - left, y - top, np.zeros(x.shape)
    for eye in eyes:
        move, part = _lid_move(eye, np.stack([x, y], -1), shut)
        from_x, from_y = from_x - move[..., 0], from_y - move[..., 1]
        matte = np.maximum(matte, part)
    new = cv2.remap(
        rgb,
        from_x.astype(np.float32),
        from_y.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(new, 0, 1), matte.astype(np.float32)


def _lid_move(eye: Eye, at: Array, shut: float) -> tuple[Array, Array]:
    """Return by how much pixels at [h, w, 2] were moved, in plate pixels; and their matte [h, w].

    Down a column of pixels, skin from `rest` to `edge` is stretched to reach from there to `to`.
    """
    along = eye.upright(at)
    x, y = along[..., 0], along[..., 1]
    upper, lower, brow = (float(eye.upright(p)[1]) for p in (eye.upper, eye.lower, eye.brow))
    arch = _arch(eye, x)
    opening = arch * (lower - upper)
    edge = arch * upper + _LASHES * opening
    to = edge + shut * (opening * (1 - _LASHES + _OVER))
    rest = brow + _BROW * (upper - brow)
    part = np.clip((y - rest) / np.maximum(to - rest, 1e-6), 0, 1)
    source = rest + part * (edge - rest)
    down = np.where((y > rest) & (y < to + _EDGE_PX), np.where(y < to, y - source, to - edge), 0)
    matte = np.clip((to - y) / _EDGE_PX + 0.5, 0, 1) * np.clip(y - rest, 0, 1) * (opening > 0)
    across = (eye.right - eye.left) / max(eye.width, 1e-6)
    return down[..., None] * np.array([-across[1], across[0]]), matte
