"""Lids drawn down over drawn eyes: of their own skin alone, and nothing beside them changes."""

import numpy as np
import pytest
from support.puppets.puppet import Puppet, draw, points_of

from lipflap.core.extension.close_lids import (
    Eye,
    Rgb,
    close_lids,
    eyes_of,
    lids_box,
    with_found_edge,
)
from lipflap.core.face.landmarks import LEFT_EYE, RIGHT_EYE

SIZE = (320, 240)
FACE = Puppet(160, 90, 80)


def _points() -> np.ndarray:
    """Return the points of the face; its lower lids where the drawn eyes end."""
    points = points_of(FACE)
    points[[LEFT_EYE[3], RIGHT_EYE[3]], 1] = FACE.y + 0.1 * FACE.eyes_px
    return points


def _picture() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.asarray(draw([FACE], *SIZE) + rng.uniform(-8, 8, (240, 320, 1)), np.float32) / 255


def _shut(picture: np.ndarray, shut: float) -> tuple[Rgb, list[Eye]]:
    eyes = eyes_of(_points())
    left, top, right, bottom = box = lids_box(eyes, SIZE)
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    found = [with_found_edge(eye, part, np.array([left, top]))[0] for eye in eyes]
    new, matte = close_lids(part, found, shut, box)
    laid = picture.copy()
    laid[top:bottom, left:right] += matte[..., None] * (new - part)
    return laid, found


def _seen(picture: np.ndarray) -> int:
    """Count the pixels of eyes that are seen: blue or green far above red."""
    return int((picture[..., 1:].max(-1) - picture[..., 0] > 0.5).sum())


def test_eyes_are_covered_as_far_as_they_are_shut_by_skin_that_is_there() -> None:
    picture = _picture()
    seen = [_seen(_shut(picture, shut)[0]) for shut in (0.0, 0.5, 1.0)]
    assert 0.85 * _seen(picture) < seen[0] <= _seen(picture)
    assert 0.25 * seen[0] < seen[1] < 0.7 * seen[0]
    assert seen[2] < 0.2 * seen[0]  # a rim of the eye goes with the lid, as lashes do
    new = _shut(picture, 1.0)[0]
    changed = np.abs(new - picture).max(-1) > 0.05
    skin = picture[FACE.y + 30, FACE.x]
    assert np.median(np.abs(new[changed] - skin).max(-1)) < 0.06


def test_brows_lower_lids_and_all_beside_the_eyes_stay() -> None:
    picture = _picture()
    new, eyes = _shut(picture, 1.0)
    changed = np.argwhere((new != picture).any(-1))
    ys, xs = changed[:, 0], changed[:, 1]
    assert ys.min() > eyes[0].brow[1] + 5
    assert ys.max() < FACE.y + 0.15 * FACE.eyes_px
    assert (np.abs(np.abs(xs - FACE.x) - FACE.eyes_px / 2) < 0.25 * FACE.eyes_px).all()


def test_the_edge_of_a_lid_is_found_where_points_miss_it() -> None:
    picture, (eye, _) = _picture(), eyes_of(_points())
    found, edge = with_found_edge(eye, np.ascontiguousarray(picture), np.zeros(2))
    assert found.upper[1] == pytest.approx(FACE.y - 0.1 * FACE.eyes_px, abs=1.5)
    assert eye.upper[1] > found.upper[1] + 2
    assert edge > 0.2
    flat = np.full_like(picture, 0.5)
    assert with_found_edge(eye, flat, np.zeros(2))[1] == pytest.approx(0, abs=1e-6)


def test_lids_of_a_tilted_face_go_down_along_it() -> None:
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])  # a quarter: eyes above one another
    points = (_points() - (160, 120)) @ turn.T + (120, 160)
    picture = np.ascontiguousarray(np.rot90(_picture()))
    eyes = eyes_of(points)
    left, top, right, bottom = box = lids_box(eyes, (240, 320))
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    found = [with_found_edge(eye, part, np.array([left, top]))[0] for eye in eyes]
    new, matte = close_lids(part, found, 1.0, box)
    assert _seen(part + matte[..., None] * (new - part)) < 0.2 * _seen(part)
