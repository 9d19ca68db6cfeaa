"""Blinks drawn at random: as often and as long as people blink, at any rate of frames."""

from fractions import Fraction

import numpy as np
import pytest

from lipflap.core.motion.blinks import draw_blinks


def _lengths(shut: np.ndarray) -> np.ndarray:
    edges = np.flatnonzero(np.diff((shut > 0.3).astype(int), prepend=0, append=0))
    return edges[1::2] - edges[::2]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60)])
def test_they_come_as_often_and_last_as_long_as_real_ones(rate: Fraction) -> None:
    minutes = 20
    shut = draw_blinks(round(60 * minutes * rate), rate, seed=1)
    lengths = _lengths(shut)
    assert 12 < len(lengths) / minutes < 18
    assert 0.18 < lengths.mean() / float(rate) < 0.28
    assert shut.max() > 0.99
    assert shut.min() == 0


def test_no_blink_is_cut_off_and_a_seed_gives_one_course() -> None:
    for seed in range(40):
        shut = draw_blinks(60, Fraction(25), seed)
        assert shut[0] == shut[-1] == 0
        assert not shut.any() or shut.max() > 0.8
        assert np.array_equal(shut, draw_blinks(60, Fraction(25), seed))
    assert not draw_blinks(5, Fraction(25), 1).any()
