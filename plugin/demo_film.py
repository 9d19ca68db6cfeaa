"""The demo's film: what was shot and what was made of it, side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

CAPTION_PX = 60
_INK, _FAINT, _PAPER = (235, 235, 235), (160, 160, 160), 24


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands under a picture: whose it is, and what is said in it."""

    name: str
    words: str


def side_by_side(left: tuple[Picture, Caption], right: tuple[Picture, Caption]) -> Picture:
    """Two pictures [height, width, 3] over their captions [height + CAPTION_PX, 2 * width, 3]."""
    return np.concatenate([_captioned(*left), _captioned(*right)], axis=1)


def _captioned(picture: Picture, caption: Caption) -> Picture:
    import cv2

    strip = np.full((CAPTION_PX, picture.shape[1], 3), _PAPER, np.uint8)
    for text, left_px, ink in ((caption.name, 24, _INK), (caption.words, 330, _FAINT)):
        where = (left_px, CAPTION_PX - 21)
        cv2.putText(strip, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.85, ink, 2, cv2.LINE_AA)
    return np.concatenate([picture, strip])
