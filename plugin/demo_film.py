"""The demo's film: what was shot and what was made of it, side by side."""

import numpy as np
from numpy.typing import NDArray

CAPTION_PX = 60
_INK = (235, 235, 235)
_FAINT = (150, 150, 150)
_PAPER = 24


def side_by_side(
    original: NDArray[np.uint8], dubbed: NDArray[np.uint8], shot: str, told: str
) -> NDArray[np.uint8]:
    """Both pictures [height, width, 3] over their captions [height + CAPTION_PX, 2 * width, 3].

    told   what became of the shot, in a few words
    """
    pictures = np.concatenate([original, dubbed], axis=1)
    caption = np.full((CAPTION_PX, pictures.shape[1], 3), _PAPER, np.uint8)
    half = original.shape[1]
    _write(caption, "ORIGINAL", 24, _INK)
    _write(caption, shot, 220, _FAINT)
    _write(caption, "LIPFLAP", half + 24, _INK)
    _write(caption, told, half + 190, _FAINT)
    return np.concatenate([pictures, caption])


def _write(caption: NDArray[np.uint8], text: str, left_px: int, ink: tuple[int, int, int]) -> None:
    import cv2

    where = (left_px, CAPTION_PX - 21)
    cv2.putText(caption, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.85, ink, 2, cv2.LINE_AA)
