"""The blinks of somebody who is seen but not filmed: when they come, and how the lids go.

Lids fall quickly and rise slowly. How they go is the median of 73 blinks of GRID's talkers. How
often they come lies between clips of other talkers (12 a minute) and people at rest (17:
Bentivoglio and others, Movement Disorders 12, 1997).
"""

from fractions import Fraction

import numpy as np

from lipflap.core.motion.head_pose import Array

# How far lids are shut, 40 ms apart.
_COURSE = np.array([0, 0.14, 0.51, 0.87, 1, 0.89, 0.64, 0.43, 0.25, 0.12, 0])
_STEP_S = 0.04
_LEAST_APART_S, _MEAN_WAIT_S = 1.2, 2.8  # from one to the next: the first, and more at random


def draw_blinks(frames: int, rate: Fraction, seed: int) -> Array:
    """Return how far lids are shut in each of `frames` frames at `rate`, 0 to 1.

    Every blink begins and ends within them. The same seed gives the same blinks.
    """
    rng = np.random.default_rng(seed)
    at_s = np.arange(frames) / float(rate)
    shut = np.zeros(frames)
    start_s = float(rng.exponential(_MEAN_WAIT_S))
    while start_s + _STEP_S * len(_COURSE) < frames / float(rate):
        course_s = start_s + _STEP_S * np.arange(len(_COURSE))
        shut = np.maximum(shut, np.interp(at_s, course_s, _COURSE))
        start_s += _LEAST_APART_S + float(rng.exponential(_MEAN_WAIT_S))
    return shut
