"""The curve through known ticks: it passes through them at their speed, and nothing overshoots."""

import numpy as np
import pytest

from lipflap.core.motion.gap_curve import gap_curve


def _known(ticks: int, *ranges: tuple[int, int]) -> np.ndarray:
    known = np.zeros(ticks, bool)
    for first, end in ranges:
        known[first:end] = True
    return known


def test_it_passes_through_what_is_known_and_leaves_it_at_its_speed() -> None:
    values = np.sin(np.arange(60)[:, None] / np.array([5.0, 9.0]))
    known = _known(60, (0, 20), (44, 60))
    curve, room = gap_curve(values, known)
    assert np.array_equal(curve[known], values[known])
    assert np.array_equal(room[:, 0] == 0, known)
    jumps = np.diff(curve, n=2, axis=0)[[18, 42]]  # of speed, at the pins
    assert np.abs(jumps).max() < 0.05
    assert room[[20, 43], 0].max() < 0.03  # what is drawn leaves them with next to no speed
    held = np.where(known[:, None], values, values[19])
    assert np.abs(np.diff(held, n=2, axis=0)[43]).max() > 0.2


def test_what_lies_in_the_gap_does_not_count() -> None:
    values = np.random.default_rng(1).standard_normal((30, 3))
    known = _known(30, (0, 8), (20, 30))
    other = np.where(known[:, None], values, 1e6)
    assert np.array_equal(gap_curve(values, known)[0], gap_curve(other, known)[0])


@pytest.mark.parametrize("ranges", [((0, 10),), ((30, 40),), ((15, 25),), ((0, 3), (37, 40))])
def test_a_fast_head_comes_to_rest_near_where_it_was(ranges: tuple[tuple[int, int], ...]) -> None:
    values = np.arange(40.0)[:, None] * 0.1
    known = _known(40, *ranges)
    curve, room = gap_curve(values, known)
    shown = values[known]
    assert curve.min() > shown.min() - 0.25
    assert curve.max() < shown.max() + 0.25
    assert room.max() <= 1
    assert room[~known].min() > 0


def test_lone_ticks_are_joined_and_without_any_there_is_all_room() -> None:
    values = np.array([[0.0], [9.0], [9.0], [9.0], [2.0]])
    curve, _ = gap_curve(values, np.array([True, False, False, False, True]))
    assert curve[:, 0].tolist() == pytest.approx([0, 0.3125, 1, 1.6875, 2])
    nothing, room = gap_curve(values, np.zeros(5, bool))
    assert not nothing.any()
    assert (room == 1).all()
