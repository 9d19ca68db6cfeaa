"""The background behind a head, seen while that was elsewhere: it stays when the head is moved.

plates of the take --where the head is not--> background, and where it is known
plate - background --what differs-----------> the person
                   --moved-----------------> over the background, which stays
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.extension.move_head import (
    Array,
    Bounds,
    HeadMove,
    Rgb,
    head_distance,
    source_pixels,
)
from lipflap.core.soft_step import soft_step

Matte = NDArray[np.float32]

SAMPLES = 16
_CLEAR = 1.15  # of the head's ellipse: further out, hair aside, it is not seen
_MIN_SEEN = 4  # samples in which a pixel is clear of the head
_LIKE = 0.05  # of 1: a pixel that stands still changes less
_STILL = (0.5, 0.8)  # of those samples are alike: from a changing pixel to a still one
_PERSON = (0.03, 0.10)  # away from the background: from the same to another thing
_INSIDE = (0.4, 0.6)  # of the ellipse: from the face to what may be beside it
_SOFT, _FINE = 1 / 12, 1 / 80  # of the head's smaller radius: softness of edges
_STRIP = 64  # rows that are sorted at once


@dataclass(frozen=True, slots=True)
class BehindHead:
    """The background behind a head in a box of its plate.

    rgb    [h, w, 3]
    known  [h, w] from 0, where it was not seen or does not stand still, to 1
    """

    bounds: Bounds
    rgb: Rgb
    known: Matte


def boxes_together(boxes: Iterable[Bounds]) -> Bounds:
    """Return the smallest box around boxes, one at least."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def see_behind(
    plates: Sequence[NDArray[np.floating]],
    heads: Sequence[tuple[Array, Array]],
    bounds: Bounds,
) -> BehindHead:
    """Return what is behind a head, as most of the frames show it in which the head is elsewhere.

    plates  [h, w, 3] a box of each, R'G'B' in 0..1
    heads   centre and radii [2] of the head in each, as head_ellipse gives them
    """
    clear = np.stack([head_distance(head, bounds) > _CLEAR for head in heads])
    seen = clear.sum(0)
    rgb = np.zeros(plates[0].shape, np.float32)
    alike = np.zeros(seen.shape)
    for top in range(0, len(rgb), _STRIP):
        rows = slice(top, top + _STRIP)
        strip = np.stack([plate[rows] for plate in plates]).astype(np.float32)
        rgb[rows] = _middle(strip, clear[:, rows])
        like = np.abs(strip - rgb[rows]).max(-1) < _LIKE
        alike[rows] = (like & clear[:, rows]).sum(0) / np.maximum(seen[rows], 1)
    sure = (seen >= _MIN_SEEN) * _ramp(alike, *_STILL)
    soft = _SOFT * float(min(radii.min() for _, radii in heads))
    reach = 2 * round(2 * soft) + 1  # so far a blur is felt: nothing unknown may count
    inner = cv2.erode(sure.astype(np.float32), np.ones((reach, reach), np.uint8))
    return BehindHead(bounds, rgb, cv2.GaussianBlur(inner, (0, 0), soft))


def move_before(
    rgb: Rgb, move: HeadMove, bounds: Bounds, size: tuple[int, int], behind: BehindHead
) -> Rgb:
    """Return the pixels [h, w, 3] of a box with the head moved before what is behind it.

    Where that is not known, all moves with the head, less and less with the distance.

    bounds  of the box, within those of `behind`
    size    width and height of the plate
    """
    x, y = source_pixels(move, bounds, size)
    background, known = _part(behind, bounds)
    person = _person(rgb, move, bounds, background, known)

    def moved(picture: NDArray) -> NDArray:
        return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    # What a plate has beside its background, its grain too, goes with the head; that stays.
    before = moved(rgb - (1 - person[..., None]) * background)
    held = before + (1 - np.clip(moved(person), 0, 1))[..., None] * background
    mixed = known[..., None] * held + (1 - known[..., None]) * moved(rgb)
    return np.asarray(np.clip(mixed, 0, 1), np.float32)


def _person(rgb: Rgb, move: HeadMove, bounds: Bounds, background: Rgb, known: Matte) -> Matte:
    """Return the matte [h, w] of what is not background; where that is unknown, all is not."""
    fine = max(0.5, _FINE * float(move.radii.min()))
    apart = np.abs(cv2.GaussianBlur(rgb - background, (0, 0), fine)).max(-1)
    face = 1 - _ramp(head_distance((move.centre, move.radii), bounds), *_INSIDE)
    person = np.maximum(_ramp(apart, *_PERSON), face).astype(np.float32)
    return np.where(known > 0, cv2.GaussianBlur(person, (0, 0), fine), 1).astype(np.float32)


def _part(behind: BehindHead, bounds: Bounds) -> tuple[Rgb, Matte]:
    left, top, right, bottom = bounds
    rows = slice(top - behind.bounds[1], bottom - behind.bounds[1])
    columns = slice(left - behind.bounds[0], right - behind.bounds[0])
    return behind.rgb[rows, columns], behind.known[rows, columns]


def _middle(values: NDArray[np.float32], counts: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the median [h, w, 3] of values [N, h, w, 3] where they count [N, h, w]; 0 of none."""
    ordered = np.sort(np.where(counts[..., None], values, np.inf), axis=0)
    number = np.maximum(counts.sum(0) - 1, 0) // 2
    middle = np.take_along_axis(ordered, number[None, ..., None], axis=0)[0]
    return np.where(np.isfinite(middle), middle, 0)


def _ramp(values: NDArray, low: float, high: float) -> Array:
    return soft_step((values - low) / (high - low))
