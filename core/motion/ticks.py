"""Frames on the ticks of the speech encoder: what they show, 50 times a second like its sound."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipflap.core.voice.speech_encoder import TICKS_A_SECOND


def frames_in_ticks(ticks: Sequence[int], rate: float, first_s: float = 0.0) -> NDArray[np.float64]:
    """Return which frame, and how much of the next, lies in the middle of each tick [T].

    rate     frames per second
    first_s  time of the first frame in the sound, seconds
    """
    return ((np.asarray(ticks) + 0.5) / TICKS_A_SECOND - first_s) * rate - 0.5


def rows_at_ticks(rows: NDArray, frames: NDArray) -> NDArray[np.float64]:
    """Return rows [N, D] of frames as rows [T, D] of ticks.

    frames   [T] as `frames_in_ticks` returns them; beyond either end the last row is held
    """
    at = np.arange(len(rows))
    return np.stack([np.interp(frames, at, column) for column in rows.T], 1)
