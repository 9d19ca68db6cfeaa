"""Baselines of head motion, on heads of which the answer is known."""

from typing import cast

import numpy as np
from torch import Tensor

from lipflap.core.motion.head_network import VALUES, HeadCondition, HeadNetwork
from lipflap.core.motion.head_pose import HEAD
from lipflap.training.evaluation import head_baselines


def _line(first: int, end: int) -> np.ndarray:
    return np.repeat(np.arange(first, end, dtype=float)[:, None], HEAD, axis=1)


def test_hold_and_ping_pong_show_what_was_filmed_before() -> None:
    before, after = _line(0, 4), _line(20, 24)
    assert head_baselines.hold(before, after, 3)[:, 0].tolist() == [3, 3, 3]
    shown = head_baselines.ping_pong(before, after, 9)[:, 0].tolist()
    assert shown == [2, 1, 0, 1, 2, 3, 2, 1, 0]


def test_a_cubic_goes_on_along_a_line_and_meets_both_ends_of_a_bend() -> None:
    straight = head_baselines.cubic(_line(0, 5), _line(10, 14), 5)
    assert np.allclose(straight, _line(5, 10))
    bend = head_baselines.cubic(_line(0, 5), 30 - _line(0, 4), 99)
    assert np.allclose(bend[0], 5, atol=0.1)
    assert np.allclose(bend[-1], 31, atol=0.1)


def test_film_of_another_place_begins_where_the_gap_does() -> None:
    rng = np.random.default_rng(0)
    filled = head_baselines.real_elsewhere(_line(0, 5), 6, [_line(100, 120)], rng)
    assert np.allclose(filled, _line(5, 11))


class _CountsUp:
    """A network that says the last value and one more, as long as it is told in the right place."""

    def __call__(self, values: Tensor, t: Tensor, condition: HeadCondition) -> Tensor:
        return values + 1


def test_the_autoregressive_prior_is_told_what_it_said() -> None:
    before = np.repeat(np.arange(5.0)[:, None], VALUES, axis=1)
    network = cast(HeadNetwork, _CountsUp())
    said = head_baselines.autoregressive(network, before, 80)
    assert said[:, 0].tolist() == list(range(5, 85))
