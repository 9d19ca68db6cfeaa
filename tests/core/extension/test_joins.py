"""Joins of an extension: what is drawn lies about them alone, and meets the frames beside it."""

from fractions import Fraction
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.extension.joins import draw_joins, join_frames
from lipflap.core.motion.gap_curve import gap_curve
from lipflap.core.motion.head_motion import HeadMotion, load_head_motion
from lipflap.core.motion.head_pose import HEAD, POSE, averaged, head_range

FILMED, MORE = 60, 50
RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60)]


def _plates(rate: Fraction) -> tuple[NDArray, NDArray]:
    """Return heads of a take that turns round at its end, and jumps 30 frames later."""
    rows = np.concatenate([np.arange(FILMED), np.arange(FILMED - 2, 28, -1), np.arange(8, 28)])
    at = rows[:, None] * float(25 / rate)
    heads = np.sin(at / (10 + np.arange(HEAD))) + 0.02 * at
    joins = np.zeros(len(rows) - FILMED, bool)
    joins[[0, 30]] = True
    return heads, joins


@pytest.mark.parametrize("rate", RATES)
def test_a_head_goes_through_joins_without_a_jerk_and_is_left_alone_elsewhere(
    rate: Fraction,
) -> None:
    heads, joins = _plates(rate)
    own = head_range(heads[:FILMED], 100.0)
    joined = draw_joins(load_head_motion(), heads, FILMED, joins, own, rate, seed=1)
    drawn = join_frames(joins, FILMED, rate)
    assert np.array_equal(joined[~drawn], heads[~drawn])
    assert not drawn[:FILMED].any()
    assert 8 <= drawn[FILMED:].sum() / 2 * 25 / rate <= 16
    jerks = [np.abs(np.diff(own.to_own(one)[:, POSE], n=2, axis=0)) for one in (heads, joined)]
    assert jerks[1].max() < 0.15 * jerks[0].max()


def test_what_is_drawn_is_what_the_motion_draws() -> None:
    class Aside:
        """Motion that goes aside between its pins."""

        def fill(self, own: NDArray, is_known: NDArray[np.bool_], seed: int) -> NDArray:
            curve, room = gap_curve(own, is_known)
            return np.where(is_known[:, None], own, curve + room)

    heads, joins = _plates(Fraction(25))
    own = head_range(heads, 100.0)
    joined = draw_joins(cast(HeadMotion, Aside()), heads, FILMED, joins, own, Fraction(25), seed=1)
    drawn = join_frames(joins, FILMED, Fraction(25))
    curve, room = gap_curve(heads, ~drawn)
    away = averaged(room.repeat(HEAD, 1))  # without what trembles
    assert np.allclose(joined[drawn], (curve + away * own.spread)[drawn])


def test_joins_close_to_one_another_are_gone_through_in_one_go() -> None:
    joins = np.zeros(60, bool)
    joins[[0, 14, 58]] = True
    assert _edges(joins) == [39, 57, 93]
    joins[[30, 35]] = True
    assert _edges(joins) == [39, 57, 65, 78, 93]


def _edges(joins: NDArray[np.bool_]) -> list[int]:
    """Return the last frames before what is drawn begins or ends, of forty filmed and more."""
    edges: list[int] = np.flatnonzero(np.diff(join_frames(joins, 40, Fraction(25)))).tolist()
    return edges


def test_a_take_without_joins_stays_as_it_is() -> None:
    heads, joins = _plates(Fraction(25))
    own = head_range(heads, 100.0)
    motion = load_head_motion()
    joined = draw_joins(motion, heads, FILMED, joins & False, own, Fraction(25), 1)
    assert not join_frames(joins & False, FILMED, Fraction(25)).any()
    assert np.array_equal(joined, heads)
