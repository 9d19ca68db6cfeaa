"""Teeth between lips that were filmed closed: behind the upper lip, and only between the lips."""

import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.landmarks import INNER_LIPS, LIPS
from lipflap.core.paint.reference_painter import load_mouth_inside
from lipflap.core.reference.lay_mouth import SourceMouth, lay_mouth, mouth_box
from lipflap.core.reference.mouth_inside import show_inside

SCALE = 3.0
CROP_FROM_PLATE = np.array([[1 / SCALE, 0.0, 0.0], [0.0, 1 / SCALE, 0.0]])
INSIDE = load_mouth_inside()
SKIN = np.array([0.6, 0.45, 0.4])


@pytest.fixture
def closed() -> np.ndarray:
    return points_of(Puppet(64, 40, 36, 0.0)).astype(np.float64)


def opened(points: np.ndarray, by_px: float) -> np.ndarray:
    """The lower lip moved down, its corners held."""
    moved = points.copy()
    ring = np.sin(np.linspace(0, np.pi, 11))
    moved[list(INNER_LIPS[:11]), 1] += by_px * ring
    moved[list(LIPS[:11]), 1] += by_px * ring
    return moved


def shown(wanted: np.ndarray) -> np.ndarray:
    """Skin, 128 crop pixels square, with the inside of a mouth."""
    skin = np.broadcast_to(SKIN, (384, 384, 3)).astype(np.float32)
    return show_inside(skin, INSIDE, wanted, CROP_FROM_PLATE, SKIN)


def column(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The brightness down through the teeth beside the middle of the lips."""
    across = points[list(INNER_LIPS), 0].mean() + 1.5
    return picture.mean(-1)[:, round(across * SCALE)]


def test_nothing_shows_between_closed_lips(closed: np.ndarray) -> None:
    assert np.abs(shown(closed) - SKIN).max() < 0.02


def test_what_shows_is_between_the_lips_alone(closed: np.ndarray) -> None:
    wanted = opened(closed, 9)
    changed = np.abs(shown(wanted) - SKIN).max(-1) > 0.02
    down, across = np.nonzero(changed)
    inner = wanted[list(INNER_LIPS)] * SCALE
    assert len(down) > 500
    assert across.min() >= inner[:, 0].min() - 5
    assert across.max() <= inner[:, 0].max() + 5
    assert down.min() >= inner[:, 1].min() - 6
    assert down.max() <= inner[:, 1].max() + 6


def test_the_lower_lip_uncovers_teeth_that_do_not_move(closed: np.ndarray) -> None:
    half, wide = (column(shown(opened(closed, px)), closed) for px in (8, 13))
    bright = SKIN.mean() * 1.1
    first = np.flatnonzero(half > bright)
    again = np.flatnonzero(wide > bright)
    assert len(first) >= 5
    assert abs(int(first[0]) - int(again[0])) <= 1
    dark = np.flatnonzero(wide < 0.5 * SKIN.mean())
    assert dark.min() > again.max()


def test_a_darker_face_has_darker_teeth(closed: np.ndarray) -> None:
    wanted = opened(closed, 9)
    skin = np.broadcast_to(SKIN, (384, 384, 3)).astype(np.float32)
    light, dark = (
        column(show_inside(skin, INSIDE, wanted, CROP_FROM_PLATE, SKIN * share), closed)
        for share in (1.0, 0.4)
    )
    at = light.argmax()
    assert dark[at] < 0.6 * light[at]


def test_a_closed_mouth_that_is_laid_open_gets_an_inside(closed: np.ndarray) -> None:
    wanted, size = opened(closed, 9), (384, 384)
    plate = np.broadcast_to(SKIN, (*size, 3)).astype(np.float32)
    box = mouth_box([wanted], CROP_FROM_PLATE, size)
    x0, y0, x1, y1 = box
    crop_from_rgb = CROP_FROM_PLATE.copy()
    crop_from_rgb[:, 2] = x0 / SCALE, y0 / SCALE
    source = SourceMouth(plate[y0:y1, x0:x1].astype(np.float16), crop_from_rgb, closed)
    around = plate[y0:y1, x0:x1]
    for inside in (INSIDE, None):
        patch = lay_mouth([(source, 1.0)], wanted, CROP_FROM_PLATE, (x0, y0), around, inside)
        assert bool(np.abs(patch.rgb - SKIN).max() > 0.2) is (inside is not None)
