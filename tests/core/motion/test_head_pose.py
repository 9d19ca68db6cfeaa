"""Heads measured in points that were moved by a known amount."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.face.align import ANCHOR_POINTS, CANONICAL
from lipflap.core.face.landmarks import BROWS, COUNT, LEFT_EYE, NOSE, RIGHT_EYE, eye_distance
from lipflap.core.motion.head_pose import (
    ACROSS,
    DOWN,
    HEAD,
    LEAST_SPREAD,
    LEFT_BROW,
    LEFT_LID,
    NOD,
    RIGHT_BROW,
    RIGHT_LID,
    SIZE,
    TILT,
    TURN,
    head_range,
    measure_heads,
    to_frames,
    to_ticks,
)

FRAMES = 30


def _face() -> NDArray[np.float64]:
    """A face in crop pixels, its eyes open by 6 px."""
    face = np.random.default_rng(3).uniform(20, 100, (COUNT, 2))
    face[list(ANCHOR_POINTS)] = CANONICAL
    for eye in (LEFT_EYE, RIGHT_EYE):
        middle = face[[eye[0], eye[2]]].mean(0)
        face[eye[1]], face[eye[3]] = middle - (0, 3), middle - (0, -3)
        face[BROWS[eye is RIGHT_EYE]] = middle - (0, 12)
    return face


def _film(move: NDArray[np.float64]) -> NDArray[np.float64]:
    """The face at rest in a plate three times as large, then moved [FRAMES, 72, 2]."""
    points = np.repeat(3 * _face()[None], FRAMES, axis=0)
    points[FRAMES // 2 :] = move
    return points


def _change(move: NDArray[np.float64]) -> NDArray[np.float64]:
    heads, _ = measure_heads(_film(move))
    return np.asarray(heads[-1] - heads[0])


def test_a_head_that_tilts_tilts_by_its_angle_and_does_nothing_else() -> None:
    rest, turn = 3 * _face(), np.radians(5)
    about = rest[list(ANCHOR_POINTS)].mean(0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    change = _change((rest - about) @ rotation.T + about)
    assert change[TILT] == pytest.approx(turn, abs=1e-6)
    others = [SIZE, TURN, NOD, LEFT_LID, RIGHT_LID, LEFT_BROW, RIGHT_BROW]
    assert np.abs(change[others]).max() < 1e-6


def test_a_head_that_comes_nearer_grows_and_one_that_moves_is_elsewhere() -> None:
    rest = 3 * _face()
    assert _change(1.1 * rest)[SIZE] == pytest.approx(np.log(1.1), abs=1e-6)
    moved = _change(rest + np.array([12, -6]))
    eyes = eye_distance(rest.astype(np.float32))
    assert moved[[ACROSS, DOWN]] == pytest.approx([12 / eyes, -6 / eyes], rel=1e-4)
    assert np.abs(moved[SIZE:]).max() < 1e-6


def test_nose_lids_and_brows_each_move_their_own_number() -> None:
    for points, (dx, dy), number in (
        ([NOSE[1]], (6, 0), TURN),
        ([NOSE[1]], (0, 6), NOD),
        ([LEFT_EYE[1]], (0, 6), LEFT_LID),
        ([RIGHT_EYE[1]], (0, 6), RIGHT_LID),
        ([BROWS[0]], (0, -6), LEFT_BROW),
        ([BROWS[1]], (0, -6), RIGHT_BROW),
    ):
        moved = 3 * _face()
        moved[points] += (dx, dy)
        change = np.abs(_change(moved))
        assert change.argmax() == number
        assert change[number] > 0.02


def test_the_own_range_of_a_still_head_does_not_blow_up_its_trembling() -> None:
    rng = np.random.default_rng(1)
    heads = rng.normal(0, 1e-4, (50, HEAD))
    own = head_range(heads, 100.0)
    assert np.array_equal(own.spread, LEAST_SPREAD)
    assert np.abs(own.to_own(heads)).max() < 0.5
    assert own.from_own(own.to_own(heads)) == pytest.approx(heads)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(50)])
def test_ticks_lie_where_the_frames_of_any_rate_were(rate: Fraction) -> None:
    count = 100
    middles = (np.arange(count) + 0.5) / float(rate)
    ticks = to_ticks(middles[:, None], rate)
    assert len(ticks) == int(count / rate * 25)
    inner = ticks[1:-1, 0]
    assert inner == pytest.approx((np.arange(1, len(ticks) - 1) + 0.5) / 25)
    back = to_frames(ticks, rate, count)[4:-8, 0]
    assert back == pytest.approx(middles[4:-8])
