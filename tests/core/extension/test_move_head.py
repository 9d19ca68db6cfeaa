"""A head moved in its plate: it goes where its points say, and the background stays."""

import numpy as np
import pytest
from support.puppets.puppet import Puppet, draw, points_of

from lipflap.core.extension.behind_head import BehindHead, move_before
from lipflap.core.extension.move_head import (
    MAX_SHIFT_EYES,
    MAX_TILT,
    Bounds,
    HeadMove,
    calm,
    head_ellipse,
    move_matte,
    plan_move,
)
from lipflap.core.face.landmarks import CHIN, EYE_CORNERS, NOSE_BASE
from lipflap.core.motion.head_pose import measure_heads

SIZE = (256, 192)
FACE = Puppet(120, 70, 40)


def _away(**pose: float) -> np.ndarray:
    names = ("across", "down", "size", "tilt", "turn", "nod")
    return np.array([pose.get(name, 0.0) for name in names])


def _move(rgb: np.ndarray, move: HeadMove, box: Bounds) -> np.ndarray:
    """Return a box with the head moved before a background that nobody knows."""
    unknown = BehindHead(box, np.zeros_like(rgb), np.zeros(rgb.shape[:2], np.float32))
    return move_before(rgb, move, box, SIZE, unknown)


def test_a_face_that_is_where_it_is_wanted_is_not_touched() -> None:
    plate = draw([FACE], *SIZE).astype(np.float32) / 255
    move = plan_move(points_of(FACE), _away(), 40)
    left, top, right, bottom = box = move.box(SIZE)
    part = np.ascontiguousarray(plate[top:bottom, left:right])
    assert np.abs(_move(part, move, box) - part).max() < 1e-4
    assert np.allclose(move.points(points_of(FACE)), points_of(FACE), atol=1e-3)


def test_the_moved_face_is_the_face_drawn_there_and_what_is_around_it_stays() -> None:
    there = Puppet(123, 67, 40)
    plate, wanted = (draw([one], *SIZE).astype(np.float32) / 255 for one in (FACE, there))
    move = plan_move(points_of(FACE), _away(across=3 / 40, down=-3 / 40), 40)
    left, top, right, bottom = box = move.box(SIZE)
    new = plate.copy()
    new[top:bottom, left:right] = _move(plate[top:bottom, left:right], move, box)
    face = (slice(50, 130), slice(90, 155))
    assert (
        np.abs(new[face] - wanted[face]).mean() < 0.15 * np.abs(plate[face] - wanted[face]).mean()
    )
    assert np.allclose(move.points(points_of(FACE)), points_of(there), atol=1e-3)
    outside = np.ones(plate.shape[:2], bool)
    outside[top:bottom, left:right] = move_matte(move, box, SIZE) == 0
    assert outside.mean() > 0.15
    assert np.allclose(new[outside], plate[outside], atol=1e-4)


def test_the_pose_that_is_measured_after_a_move_is_the_one_that_was_wanted() -> None:
    points = points_of(FACE)
    away = _away(across=0.07, down=0.05, size=0.015, tilt=np.radians(1.2))
    moved = plan_move(points, away, 40).points(points)
    heads, _ = measure_heads(np.repeat(np.stack([points, moved]), 8, axis=0))
    change = heads[-1] - heads[0]
    assert change[2:4] == pytest.approx(away[2:4], abs=1e-4)
    assert change[:2] == pytest.approx(away[:2], abs=0.01)


def test_no_head_is_moved_by_more_than_a_little() -> None:
    points = points_of(FACE)
    moved = plan_move(points, _away(across=5, size=1, tilt=1), 40).points(points)
    eyes = moved[list(EYE_CORNERS)]
    across = eyes[3] - eyes[0]
    assert np.arctan2(across[1], across[0]) == pytest.approx(MAX_TILT, abs=1e-3)
    nose, was = moved[list(NOSE_BASE)].mean(0), points[list(NOSE_BASE)].mean(0)
    assert nose - was == pytest.approx([MAX_SHIFT_EYES * 40, 0], abs=1e-3)


def test_a_move_grows_with_what_is_wanted_and_ends_softly() -> None:
    points, nose = points_of(FACE), list(NOSE_BASE)
    wanted = np.linspace(-0.5, 0.5, 101)
    made = [
        plan_move(points, _away(across=one), 40).points(points)[nose, 0].mean() for one in wanted
    ]
    steps = np.diff(made) / 40
    assert (steps >= -1e-6).all()
    assert np.abs(np.diff(steps)).max() < 0.25 * steps.max()


def test_the_matte_is_whole_on_the_face() -> None:
    points = points_of(FACE)
    move = plan_move(points, _away(tilt=0.05), 40)
    left, top, _, _ = box = move.box(SIZE)
    matte = move_matte(move, box, SIZE)
    for x, y in (points[CHIN], *points[list(EYE_CORNERS)]):
        assert matte[round(y) - top, round(x) - left] == 1
    centre, radii = head_ellipse(points)
    assert (radii > 40).all()
    assert centre[1] > points[list(EYE_CORNERS)].mean(0)[1]


def test_moves_do_not_tremble_with_points_but_follow_a_jump_at_once() -> None:
    rng = np.random.default_rng(1)
    away = np.repeat([[0.0], [0.2]], 30, axis=0) + 0.01 * rng.standard_normal((60, 6))
    jumps = np.zeros(60, bool)
    jumps[30] = True
    calmed = calm(away, jumps)
    assert (
        np.abs(np.diff(calmed, axis=0)[:29]).max() < 0.4 * np.abs(np.diff(away, axis=0)[:29]).max()
    )
    assert np.allclose(calmed[[29, 30]], away[[29, 30]])


def test_a_picture_whose_edge_cuts_the_shoulders_is_not_smeared_there() -> None:
    close = Puppet(128, 60, 70)
    move = plan_move(points_of(close), _away(down=-0.2), 70)
    left, top, right, bottom = box = move.box(SIZE)
    assert bottom == SIZE[1]
    levels = np.linspace(0, 1, SIZE[1], dtype=np.float32)
    ramp = np.repeat(levels[:, None, None], SIZE[0], 1).repeat(3, 2)
    new = _move(ramp[top:bottom, left:right], move, box)
    assert new[-1] == pytest.approx(1)
    assert (np.diff(new[..., 0], axis=0) > 0.2 / SIZE[1]).all()
