"""The plan of mouths, against all plans that there are."""

from itertools import pairwise, product

import numpy as np
import pytest

from lipflap.core.face.landmarks import COUNT, INNER_LIPS, JAW, LIPS, NOSE, NOSE_BASE
from lipflap.core.reference.mouth_plan import (
    GAP_WEIGHT,
    JUMP_COST_PX,
    MAX_MIXED_GAP_PX,
    MAX_MOUTHS,
    POSE_WEIGHT,
    RUN_FRAMES,
    SPEED_WEIGHT,
    MouthBank,
    choose_mouths,
    plan_mouths,
)


def faces(openings, turns=0.0, seed=0) -> np.ndarray:
    """Points [N, 72, 2] of one face, its lips opened and its nose turned by so many pixels."""
    openings = np.atleast_1d(np.asarray(openings, float))
    points = np.tile(np.random.default_rng(seed).uniform(40, 90, (COUNT, 2)), (len(openings), 1, 1))
    points[:, list(LIPS[:20]), 1] += openings[:, None]
    points[:, NOSE[1], 0] += turns
    return points


def bank(frames, openings, turns=0.0, price=0.0) -> MouthBank:
    return MouthBank(np.array(frames), faces(openings, turns), np.zeros(len(frames)) + price)


def distance(a: np.ndarray, b: np.ndarray, names: tuple[int, ...]) -> float:
    base_a, base_b = a[list(NOSE_BASE)].mean(0), b[list(NOSE_BASE)].mean(0)
    return float(np.mean([np.hypot(*((a[n] - base_a) - (b[n] - base_b))) for n in names]))


def gap(face: np.ndarray) -> float:
    pairs = zip(INNER_LIPS[1:10], reversed(INNER_LIPS[11:]), strict=True)
    return float(np.mean([face[lower, 1] - face[upper, 1] for lower, upper in pairs]))


def speed(faces_in_time: list[np.ndarray | None]) -> np.ndarray:
    """The mean step of the lips in three faces in time, None where there is none."""
    lips = [
        None if f is None else f[list(LIPS)] - f[list(NOSE_BASE)].mean(0) for f in faces_in_time
    ]
    steps = [b - a for a, b in pairwise(lips) if a is not None and b is not None]
    return np.mean(steps, axis=0) if steps else np.zeros((len(LIPS), 2))


def speeds(points: np.ndarray, frames: list[int]) -> list[np.ndarray]:
    at = dict(zip(frames, points, strict=True))
    return [speed([at.get(frame - 1), at[frame], at.get(frame + 1)]) for frame in frames]


def costs(wanted: np.ndarray, mouths: MouthBank) -> tuple[np.ndarray, np.ndarray]:
    """What a mouth costs in a frame [N, M], and after another mouth [M, M], by the rules."""
    moving = list(zip(wanted, speeds(wanted, list(range(len(wanted)))), strict=True))
    filmed = list(zip(mouths.points, speeds(mouths.points, mouths.frames.tolist()), strict=True))
    own = [
        [
            distance(m, w, LIPS)
            + POSE_WEIGHT * distance(m, w, (*NOSE, *JAW))
            + GAP_WEIGHT * abs(gap(m) - gap(w))
            + SPEED_WEIGHT * np.hypot(*(m_speed - w_speed).T).mean()
            for m, m_speed in filmed
        ]
        for w, w_speed in moving
    ]
    after = np.zeros((len(mouths.frames),) * 2)
    for a, first in enumerate(mouths.frames):
        for b, second in enumerate(mouths.frames):
            if abs(second - first) > 1:
                apart = distance(mouths.points[a], mouths.points[b], LIPS)
                after[a, b] = JUMP_COST_PX + apart / 4
    return np.array(own) + mouths.price_px, after


@pytest.mark.parametrize("seed", range(6))
def test_no_path_costs_less(seed):
    """Of all 5^5 that there are."""
    rng = np.random.default_rng(seed)
    turns, price = rng.uniform(-4, 4, 5), rng.uniform(0, 0.5, 5)
    mouths = bank([3, 4, 5, 9, 10], rng.uniform(0, 6, 5), turns, price)
    wanted = faces(rng.uniform(0, 6, 5), rng.uniform(-4, 4, 5))
    plan = plan_mouths(wanted, mouths, np.zeros(5, bool))
    row_of = {frame: row for row, frame in enumerate(mouths.frames.tolist())}
    rows = tuple(row_of[frame] for frame in plan.sources.tolist())
    own, after = costs(wanted, mouths)

    def cost_of(path: tuple[int, ...]) -> float:
        jumps = sum(after[a, b] for a, b in pairwise(path))
        return sum(own[frame, row] for frame, row in enumerate(path)) + jumps

    best = min(cost_of(path) for path in product(range(5), repeat=5))
    assert cost_of(rows) == pytest.approx(best)
    bends = [distance(mouths.points[r], w, LIPS) for r, w in zip(rows, wanted, strict=True)]
    assert plan.bend_px == pytest.approx(bends)
    assert np.array_equal(plan.points, wanted)


def test_mouths_that_are_wanted_as_filmed_are_taken_in_their_order():
    mouths = bank(range(10, 40), np.random.default_rng(0).uniform(0, 8, 30))
    plan = plan_mouths(mouths.points[5:25], mouths, np.zeros(20, bool))
    inside = slice(1, -1)  # how the lips move is known by half at the ends
    assert plan.sources[inside].tolist() == list(range(16, 34))
    assert not plan.bend_px[inside].any()
    assert not plan.weight.any()
    assert (plan.fading == -1).all()


def wider(points: np.ndarray, by_px: float) -> np.ndarray:
    """The whole mouth moved aside: another shape, open as far."""
    moved = points.copy()
    moved[:, list(LIPS), 0] += by_px
    return moved


def jumping(gap_px: float = 0.0) -> tuple[np.ndarray, MouthBank]:
    """Three frames of one mouth, then of another: the take has the one at 0, the other at 50."""
    one, other = faces([0] * 5), wider(faces([0] * 4), 30)
    other[:, list(INNER_LIPS[1:10]), 1] += gap_px
    mouths = MouthBank(
        np.array([0, 1, 2, 3, 4, 50, 51, 52, 53]), np.concatenate([one, other]), np.zeros(9)
    )
    return np.concatenate([one[:3], other[:3]]), mouths


NO_BREAKS = np.zeros(6, bool)


def test_at_a_jump_the_mouth_is_mixed_with_where_the_run_before_goes_on():
    wanted, mouths = jumping()
    plan = plan_mouths(wanted, mouths, NO_BREAKS)
    before, step = int(plan.sources[2]), int(plan.sources[2] - plan.sources[1])
    assert before <= 4
    assert (plan.sources[3:] >= 50).all()
    goes_on = before + (-1 if step == -1 else 1)
    assert plan.fading.tolist() == [-1, -1, -1, goes_on, -1, -1]
    assert plan.weight.tolist() == [0, 0, 0, 0.5, 0, 0]


def test_mouths_that_are_open_unlike_are_cut_not_mixed():
    for gap_px, mixed in ((0.9 * MAX_MIXED_GAP_PX, True), (1.1 * MAX_MIXED_GAP_PX, False)):
        wanted, mouths = jumping(gap_px)
        plan = plan_mouths(wanted, mouths, NO_BREAKS)
        assert bool(plan.weight.any()) == mixed
        assert bool((plan.fading >= 0).any()) == mixed


def test_nothing_fades_into_a_frame_that_follows_no_other():
    wanted, mouths = jumping()
    plan = plan_mouths(wanted, mouths, np.arange(6) == 3)
    assert (plan.fading == -1).all()
    assert not plan.weight.any()


def test_only_mouths_of_the_bank_fade():
    wanted, mouths = jumping()
    rows = np.array([0, 5, 6, 7, 8])
    short = MouthBank(mouths.frames[rows], mouths.points[rows], mouths.price_px[rows])
    plan = plan_mouths(wanted, short, NO_BREAKS)
    assert (plan.fading == -1).all()


def test_what_may_not_stand_in_a_frame_does_not_fade_there_either():
    wanted, mouths = jumping()
    plan = plan_mouths(wanted, mouths, NO_BREAKS)
    forbidden = np.zeros((6, len(mouths.frames)), bool)
    forbidden[3, mouths.frames.tolist().index(int(plan.fading[3]))] = True
    other = plan_mouths(wanted, mouths, NO_BREAKS, forbidden)
    assert (other.fading == -1).all()


def test_a_take_that_closes_is_played_backwards_to_open():
    opens = [0, 3, 6, 9, 12, 15]
    mouths = bank(range(20, 26), opens[::-1])
    plan = plan_mouths(faces(opens), mouths, NO_BREAKS)
    assert plan.sources.tolist() == [25, 24, 23, 22, 21, 20]
    assert not plan.weight.any()


def test_where_a_run_played_backwards_ends_it_goes_on_backwards():
    opens = [0, 3, 6, 9, 12, 15]
    other = wider(faces([9] * 3), 30)
    points = np.concatenate([faces(opens[::-1]), other])
    mouths = MouthBank(np.array([*range(20, 26), 50, 51, 52]), points, np.zeros(9))
    wanted = np.concatenate([faces(opens[:4]), other])
    plan = plan_mouths(wanted, mouths, np.zeros(7, bool))
    assert plan.sources[:4].tolist() == [25, 24, 23, 22]
    assert plan.fading.tolist() == [-1, -1, -1, -1, 21, -1, -1]


def test_lips_open_as_far_are_preferred_to_lips_a_little_nearer():
    wanted = faces([0])
    aside, open_lips = wider(wanted, 4.0), wanted.copy()
    open_lips[:, list(INNER_LIPS[1:10]), 1] += 16.0
    shapes = np.concatenate([aside, open_lips])
    assert distance(shapes[1], wanted[0], LIPS) < distance(shapes[0], wanted[0], LIPS)
    mouths = MouthBank(np.array([5, 9]), shapes, np.zeros(2))
    assert plan_mouths(wanted, mouths, np.zeros(1, bool)).sources.tolist() == [5]


def test_a_mouth_that_moves_as_wanted_is_preferred():
    """The same lips, once at rest and once while they open."""
    take = [8, 8, 8, 2, 5, 8, 11, 14]
    mouths = bank([0, 1, 2, 20, 21, 22, 23, 24], take)
    assert plan_mouths(faces([8, 8, 8]), mouths, np.zeros(3, bool)).sources.max() <= 2
    assert plan_mouths(faces([5, 8, 11]), mouths, np.zeros(3, bool)).sources.tolist() == [
        21,
        22,
        23,
    ]


def test_one_mouth_is_enough_for_a_plan():
    plan = plan_mouths(faces([0, 5, 9]), bank([7], 2.0), np.zeros(3, bool))
    assert plan.sources.tolist() == [7, 7, 7]


def test_a_small_bank_is_kept_as_it_is():
    mouths = bank(range(MAX_MOUTHS), np.zeros(MAX_MOUTHS))
    assert choose_mouths(mouths) is mouths


@pytest.mark.parametrize("count", [MAX_MOUTHS + 1, 500, 1003])
def test_a_large_bank_keeps_whole_runs(count):
    rng = np.random.default_rng(count)
    mouths = bank(np.arange(count) * 2, rng.uniform(0, 9, count), rng.uniform(-9, 9, count))
    chosen = choose_mouths(mouths)
    assert MAX_MOUTHS - MAX_MOUTHS // RUN_FRAMES <= len(chosen.frames) <= MAX_MOUTHS
    assert (np.diff(chosen.frames) > 0).all()
    assert np.array_equal(chosen.points, mouths.points[chosen.frames // 2])
    edges = 1 + np.flatnonzero(np.diff(chosen.frames) > 2)
    lengths = [len(run) for run in np.split(chosen.frames, edges)]
    assert min(lengths) >= RUN_FRAMES - 1


def test_a_lower_limit_keeps_fewer_runs():
    rng = np.random.default_rng(0)
    mouths = bank(range(200), rng.uniform(0, 9, 200))
    assert 40 <= len(choose_mouths(mouths, 50).frames) <= 50


def test_the_widest_mouth_is_kept():
    openings = np.zeros(600)
    openings[311] = 40
    chosen = choose_mouths(bank(range(600), openings + np.linspace(0, 1, 600)))
    assert 311 in chosen.frames


def test_mouths_that_are_all_the_same_are_kept_once():
    chosen = choose_mouths(bank(range(600), np.zeros(600)))
    assert (np.diff(chosen.frames) > 0).all()
    assert len(chosen.frames) >= RUN_FRAMES - 1
