"""Eyes of a picture that stay open: lids that cannot be drawn down without anybody seeing it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.extension.close_lids import Eye, Rgb

# Measured on fifty portraits, nine of them with glasses.
MIN_WIDTH_PX = 12.0
MIN_OPENING, MAX_OPENING = 0.2, 0.7  # in widths of the eye
MIN_LIKE_WIDE = 0.75  # the narrower eye, of the wider one
MIN_EDGE = 0.1  # of full white: skin above the edge of a lid against lashes below
MIN_SKIN = 0.45  # of the opening: skin between brow and lid
MAX_BRIDGE = 0.06  # of the skin's level: a line across the nose
MAX_GLARE = 0.05  # of the pixels about an eye
_GLARE = 0.9  # of full white
_BRIDGE_STEPS = (3, 6, 10)  # of 1/150 of the distance of the outer corners: how broad a bridge is


def why_open(eyes: tuple[Eye, Eye], edges: Sequence[float], rgb: Rgb, origin: NDArray) -> str:
    """Return why the eyes of a face stay open; empty where they can be shut.

    eyes    the left one in the picture first
    edges   how clearly the edges of their upper lids are seen
    rgb     [h, w, 3] of the eyes and what is between them
    origin  the plate pixel left and top in it
    """
    widths = [eye.width for eye in eyes]
    openings = [eye.opening for eye in eyes]
    if min(widths) < MIN_WIDTH_PX:
        return "its eyes are too small"
    if min(widths) < MIN_LIKE_WIDE * max(widths):
        return "it is turned away"
    if _bridge(eyes, rgb, origin) > MAX_BRIDGE:
        return "it seems to wear glasses"
    if max(_glare(eye, rgb, origin) for eye in eyes) > MAX_GLARE:
        return "light glares on its eyes"
    if min(openings) < MIN_OPENING:
        return "its eyes are not open"
    if max(openings) > MAX_OPENING or min(edges) < MIN_EDGE:
        return "its lids are not clearly seen"
    if min(_skin(eye) for eye in eyes) < MIN_SKIN:
        return "there is too little of its upper lids to see"
    return ""


def _skin(eye: Eye) -> float:
    """Return how much skin there is between brow and lid, in openings of the eye."""
    upper, lower, brow = (float(eye.upright(p)[1]) for p in (eye.upper, eye.lower, eye.brow))
    return 0.5 * (upper - brow) / max(lower - upper, 1e-6)


def _glare(eye: Eye, rgb: Rgb, origin: NDArray) -> float:
    """Return the share of nearly white pixels about an eye."""
    low = np.minimum.reduce([eye.left, eye.right, eye.upper]) - origin
    high = np.maximum.reduce([eye.left, eye.right, eye.lower]) - origin
    left, top = np.maximum(np.floor(low), 0).astype(int)
    right, bottom = np.ceil(high).astype(int) + 1
    about = rgb[top:bottom, left:right].mean(2)
    return float((about > _GLARE).mean()) if about.size else 1.0


def _bridge(eyes: tuple[Eye, Eye], rgb: Rgb, origin: NDArray) -> float:
    """Return how clear a line across the nose is, between the eyes, in levels of the skin there."""
    across = eyes[1].right - eyes[0].left
    wide = float(np.linalg.norm(across))
    along = across / max(wide, 1e-6)
    middle = (eyes[0].right + eyes[1].left) / 2 - origin
    x, y = np.linspace(-0.06, 0.06, 9) * wide, np.linspace(-0.22, 0.22, 66) * wide
    at = middle + x[None, :, None] * along + y[:, None, None] * np.array([-along[1], along[0]])
    grey = cv2.GaussianBlur(rgb.mean(2).astype(np.float32), (0, 0), max(wide / 200, 0.3))
    levels = cv2.remap(
        grey,
        at[..., 0].astype(np.float32),
        at[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    clearest = max(_line(side * levels, step) for side in (-1, 1) for step in _BRIDGE_STEPS)
    return clearest / max(float(np.median(levels)), 1e-3)


def _line(levels: NDArray[np.float32], step: int) -> float:
    """Return by how much a row is above the rows a step before and after it, in most columns."""
    here = levels[step:-step]
    above = np.minimum(here - levels[: -2 * step], here - levels[2 * step :])
    return float(np.quantile(above, 0.2, axis=1).max())
