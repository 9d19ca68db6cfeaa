"""Frames chosen to stand for others: against all ways there are, and as they would be seen."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from lipflap.core.extension import plate_plan
from lipflap.core.extension.plate_plan import Take, plan_plates

COUNT = 75


def _take(poses: np.ndarray, unusable: tuple[int, ...] = ()) -> Take:
    poses = np.asarray(poses, float).reshape(len(poses), -1)
    usable = np.ones(len(poses), bool)
    usable[list(unusable)] = False
    reach = np.full(poses.shape[1], 10.0)
    return Take(poses, np.zeros((len(poses), 4), np.float32), usable, reach)


def _sway() -> np.ndarray:
    return np.sin(np.arange(COUNT) / 7.0)


def test_no_other_way_is_cheaper() -> None:
    take = _take(np.array([0.0, 0.3, 0.1, 0.9, 0.4]), unusable=(1,))
    follow = plate_plan._follow_costs(take)
    stand = plate_plan._stand_costs(take, np.array([[0.4], [0.5], [0.2]]))
    path = plate_plan._cheapest(follow, stand, 4)

    def cost(states: tuple[int, ...]) -> float:
        before = (4, *states[:-1])
        moved = sum(follow[a, b] for a, b in zip(before, states, strict=True))
        return float(moved + sum(stand[n, s] for n, s in enumerate(states)))

    assert cost(tuple(path)) == pytest.approx(min(map(cost, product(range(10), repeat=3))))


def test_the_take_is_followed_in_long_runs_and_turned_round_where_it_is_still() -> None:
    take = _take(_sway())
    plan = plan_plates(take, np.repeat(take.poses[-1:], 100, axis=0))
    assert len(plan.rows) == 100
    steps = np.diff(plan.rows, prepend=COUNT - 1)
    assert (np.abs(steps) == 1).mean() > 0.9
    assert plan.joins.sum() <= 10
    followed = ~plan.joins
    assert np.array_equal(steps[followed], np.where(plan.forwards, 1, -1)[followed])
    speed = np.abs(np.gradient(_sway()))
    turns = [n for n in np.flatnonzero(plan.joins)[1:] if abs(steps[n]) == 1]
    assert turns
    assert speed[plan.rows[turns]].max() < 0.7 * speed.max()


def test_what_was_just_seen_is_not_seen_over_and_over() -> None:
    take = _take(np.linspace(0, 4, COUNT))  # to stay near the end would keep to the course
    plan = plan_plates(take, np.repeat(take.poses[-1:], 150, axis=0))
    assert np.bincount(plan.rows).max() <= 4
    assert len(set(plan.rows.tolist())) > 45


def test_frames_in_which_the_face_is_covered_never_stand() -> None:
    hidden = (*range(20, 40), 60)
    plan = plan_plates(_take(_sway(), hidden), np.zeros((80, 1)))
    assert not set(plan.rows.tolist()) & set(hidden)


def test_pictures_that_differ_are_not_joined_when_others_would_do() -> None:
    take = _take(np.zeros(COUNT))
    pictures = np.zeros((COUNT, 4), np.float32)
    pictures[30:60] = 80  # an arm in front
    take = replace(take, pictures=pictures)
    plan = plan_plates(take, np.zeros((30, 1)))
    jumped = [
        (a, b) for a, b in zip([74, *plan.rows[:-1]], plan.rows, strict=True) if abs(b - a) > 1
    ]
    assert all((30 <= a < 60) == (30 <= b < 60) for a, b in jumped)


def test_frames_whose_head_cannot_be_brought_where_it_is_wanted_are_avoided() -> None:
    course = np.full((40, 1), 0.6)
    apart = {}
    for reach in (0.3, 10.0):
        take = replace(_take(_sway()), reach=np.array([reach]))
        apart[reach] = np.abs(take.poses[plan_plates(take, course).rows, 0] - 0.6)
    assert np.maximum(apart[0.3] - 0.3, 0).mean() < 0.6 * np.maximum(apart[10.0] - 0.3, 0).mean()
