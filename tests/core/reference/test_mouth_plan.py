"""The plan of mouths, against all plans that there are."""

from itertools import pairwise, product

import numpy as np
import pytest

from lipflap.core.face.landmarks import COUNT, JAW, LIPS, NOSE, NOSE_BASE
from lipflap.core.reference.mouth_plan import (
    FADE_FRAMES,
    JUMP_COST_PX,
    MAX_MOUTHS,
    POSE_WEIGHT,
    RUN_FRAMES,
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


def costs(wanted: np.ndarray, mouths: MouthBank) -> tuple[np.ndarray, np.ndarray]:
    """What a mouth costs in a frame [N, M], and after another mouth [M, M], by the rules."""
    own = [
        [distance(m, w, LIPS) + POSE_WEIGHT * distance(m, w, (*NOSE, *JAW)) for m in mouths.points]
        for w in wanted
    ]
    after = np.zeros((len(mouths.frames),) * 2)
    for a, first in enumerate(mouths.frames):
        for b, second in enumerate(mouths.frames):
            if second - first not in (0, 1):
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
    assert plan.sources.tolist() == list(range(15, 35))
    assert not plan.bend_px.any()
    assert not plan.weight.any()
    assert (plan.fading == -1).all()


def jumping() -> tuple[np.ndarray, MouthBank]:
    """Closed for three frames, then wide open: the take has the one at 0, the other at 50."""
    mouths = bank([0, 1, 2, 3, 4, 50, 51, 52, 53], [0] * 5 + [30] * 4)
    return faces([0, 0, 0, 30, 30, 30]), mouths


def test_at_a_jump_the_run_before_goes_on_and_fades():
    wanted, mouths = jumping()
    plan = plan_mouths(wanted, mouths, np.zeros(6, bool))
    before = int(plan.sources[2])
    assert before <= 2
    assert (plan.sources[3:] >= 50).all()
    assert plan.fading.tolist() == [-1, -1, -1, before + 1, before + 2, -1]
    assert plan.weight == pytest.approx([0, 0, 0, 2 / 3, 1 / 3, 0])
    assert FADE_FRAMES == 2


def test_nothing_fades_into_a_frame_that_follows_no_other():
    wanted, mouths = jumping()
    for broken, fading in ((3, 0), (4, 1)):
        breaks = np.arange(6) == broken
        plan = plan_mouths(wanted, mouths, breaks)
        assert (plan.fading >= 0).sum() == (plan.weight > 0).sum() == fading


def test_only_mouths_of_the_bank_fade():
    wanted, mouths = jumping()
    rows = np.array([0, 1, 2, 5, 6, 7, 8])
    short = MouthBank(mouths.frames[rows], mouths.points[rows], mouths.price_px[rows])
    plan = plan_mouths(wanted, short, np.zeros(6, bool))
    known = {-1, *short.frames.tolist()}
    assert set(plan.fading.tolist()) <= known


def test_what_may_not_stand_in_a_frame_does_not_fade_there_either():
    wanted, mouths = jumping()
    plan = plan_mouths(wanted, mouths, np.zeros(6, bool))
    forbidden = np.zeros((6, len(mouths.frames)), bool)
    forbidden[4, mouths.frames.tolist().index(int(plan.fading[4]))] = True
    other = plan_mouths(wanted, mouths, np.zeros(6, bool), forbidden)
    assert other.fading.tolist() == [-1, -1, -1, plan.fading[3], -1, -1]


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
