"""The course of a head beyond what was filmed: it begins where the film ends, and stays near."""

from fractions import Fraction
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.extension.course import MAX_OWN, draw_course
from lipflap.core.motion.head_motion import HeadMotion
from lipflap.core.motion.head_pose import HEAD, POSE, head_range


class _Drifts:
    """Motion that drifts by `speed` a tick, from the last known tick on."""

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def fill(self, own: NDArray, is_known: NDArray[np.bool_], seed: int) -> NDArray:
        drawn = own.copy()
        last = int(np.flatnonzero(is_known)[-1])
        drawn[last + 1 :] = own[last] + self.speed * np.arange(1, len(own) - last)[:, None]
        return drawn


def _heads(count: int) -> NDArray[np.float64]:
    return np.sin(np.arange(count)[:, None] / (10 + np.arange(HEAD)))


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60)])
def test_it_goes_on_from_the_last_real_frame_at_any_rate(rate: Fraction) -> None:
    heads = _heads(90)
    own = head_range(heads, 100.0)
    for speed in (0.0, 0.1):
        motion = cast(HeadMotion, _Drifts(speed))
        course = draw_course(motion, heads, own, rate, 61, seed=0)
        assert course.shape == (61, 6)
        steps = np.abs(np.diff(np.concatenate([heads[-1:, POSE], course]), axis=0))
        assert steps.max() < 0.2


def test_a_head_goes_no_further_than_it_was_seen_to_go() -> None:
    heads = _heads(90)
    own = head_range(heads, 100.0)
    course = draw_course(cast(HeadMotion, _Drifts(1.0)), heads, own, Fraction(25), 80, seed=0)
    limit = own.mean[POSE] + MAX_OWN * own.spread[POSE]
    assert course[-1] == pytest.approx(limit)
