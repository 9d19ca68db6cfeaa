"""The spread of lips that say what a voice the network never heard says."""

import numpy as np
import pytest

from lipflap.core.motion.lip_motion import MAX_GAIN, SPOKEN_SPREAD, amplitude_gain
from lipflap.core.motion.lip_shape import LATENTS


def spoken(spread: float) -> np.ndarray:
    ticks = np.arange(400)[:, None]
    return spread * np.sqrt(2) * np.sin(2 * np.pi * ticks / 20 + np.arange(LATENTS))


def test_weak_motion_is_brought_to_the_spread_of_speech() -> None:
    weak = spoken(0.65)
    raised = weak * amplitude_gain(weak)
    assert raised[:, :4].std(0) == pytest.approx(SPOKEN_SPREAD, rel=0.01)


def test_full_motion_is_left_and_none_is_raised_no_further_than_the_limit() -> None:
    assert amplitude_gain(spoken(1.0)) == 1
    assert amplitude_gain(np.zeros((50, LATENTS))) == MAX_GAIN
    assert amplitude_gain(np.zeros((0, LATENTS))) == MAX_GAIN
