"""The part of a picture with an alpha channel that hides all below it, as one rectangle.

. . . . . . . .
. # # # # # . .          # opaque cells      the largest rectangle of them: the box
. # # # # # # .
"""

import os
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels.pixel_format import PixelLayout, pixel_layout
from lipflap.core.media.probe import MediaInfo, probe

Box = tuple[float, float, float, float]  # left, top, right, bottom, in parts of the picture

_OPAQUE = 0.98  # of full alpha; codecs round
_CELLS = 64  # along the shorter side


def opaque_boxes(info: MediaInfo, frames: Sequence[int]) -> list[Box | None]:
    """Return for each frame the largest rectangle that is opaque; None where there is none.

    None for all where the picture has no alpha channel, or cannot be decoded.
    """
    layout = pixel_layout(info.pixel_format)
    if not layout.has_alpha:
        return [None] * len(frames)
    try:
        return [_box(frame.planes[-1], layout) for frame in pictures(info, frames)]
    except DubError:  # a title that cannot be read hides nothing that is known
        return [None] * len(frames)


def opaque_box_of_still(path: str) -> Box | None:
    """Return the largest rectangle of one image that is opaque, cached while it does not change."""
    facts = os.stat(path)
    return _of_still(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=1024)
def _of_still(path: str, _size: int, _mtime_ns: int) -> Box | None:
    return opaque_boxes(probe(path), [0])[0]


def _box(alpha: NDArray[np.generic], layout: PixelLayout) -> Box | None:
    full = 1.0 if layout.is_float else float((1 << layout.bits) - 1)
    opaque = np.asarray(alpha, np.float32) >= _OPAQUE * full
    cell = max(1, min(opaque.shape) // _CELLS)
    rows, columns = (side // cell for side in opaque.shape)
    cells = opaque[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell)
    found = _largest_rectangle(np.asarray(cells.all((1, 3)), np.bool_))
    if found is None:
        return None
    left, top, right, bottom = (place * cell for place in found)
    height, width = opaque.shape
    return left / width, top / height, right / width, bottom / height


def _largest_rectangle(cells: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of the largest rectangle of cells that are all set."""
    best, largest = None, 0
    heights = np.zeros(cells.shape[1], np.int64)
    for row, flags in enumerate(cells):
        heights = np.where(flags, heights + 1, 0)
        for left in np.flatnonzero(heights):
            lowest = np.minimum.accumulate(heights[left:])
            areas = lowest * np.arange(1, len(lowest) + 1)
            width = int(areas.argmax()) + 1
            if areas[width - 1] > largest:
                largest = int(areas[width - 1])
                best = int(left), row + 1 - int(lowest[width - 1]), int(left) + width, row + 1
    return best
