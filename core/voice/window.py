"""The sound around each frame."""

from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from lipflap.core.voice.features import HOPS_A_SECOND, MELS, SILENCE

HOPS = 32


def first_hop(frame: int, rate: Fraction, origin_s: Fraction) -> int:
    """First hop of the window around `frame`; its middle is the frame's middle.

        hops     |<------- 200 ms ------->|<------- 200 ms ------->|
        frame                         [ frame ]

    origin_s  time of frame 0 in the sound the hops were made of
    """
    middle = (frame + Fraction(1, 2)) / rate + origin_s
    return floor(middle * HOPS_A_SECOND + Fraction(1, 2)) - HOPS // 2


def window(
    log_mel: NDArray[np.float32], frame: int, rate: Fraction, origin_s: Fraction = Fraction(0)
) -> NDArray[np.float32]:
    """The 400 ms of log-mel [80, hops] around a frame as [80, 32]; silence beyond its ends."""
    start = first_hop(frame, rate, origin_s)
    out = np.full((MELS, HOPS), SILENCE, np.float32)
    kept = log_mel[:, max(0, start) : max(0, start + HOPS)]
    skip = max(0, -start)
    out[:, skip : skip + kept.shape[1]] = kept
    return out
