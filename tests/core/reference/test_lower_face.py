"""A lower face bent in the plate: the chin goes where it is wanted, all else stays."""

import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.align import crop_from_box
from lipflap.core.face.landmarks import (
    CHIN,
    INNER_LIPS,
    JAW,
    LIPS,
    LOWER_JAW,
    NOSE,
    OUTER_LIPS,
)
from lipflap.core.face.paste import Patch
from lipflap.core.motion.jaw_motion import MAX_MOVE_PX
from lipflap.core.reference.lay_mouth import mouth_box
from lipflap.core.reference.lower_face import (
    BELOW_PX,
    BentFace,
    bend_lower_face,
    lower_face_box,
    with_mouth,
)
from lipflap.core.reference.spline import GRID_STEP_PX

SIZE = (480, 480)
SCALE = 3.0
CROP_FROM_PLATE = np.array([[1 / SCALE, 0.02, -8.0], [-0.02, 1 / SCALE, 4.0]])


@pytest.fixture
def filmed() -> np.ndarray:
    return points_of(Puppet(64, 40, 36, 0.15)).astype(np.float64)


def plate_point(point: np.ndarray) -> np.ndarray:
    return np.linalg.solve(CROP_FROM_PLATE[:, :2], point - CROP_FROM_PLATE[:, 2])


def spot_at(point: np.ndarray) -> np.ndarray:
    """A grey plate [480, 480, 3] with a bright spot at a point of the crop."""
    down, across = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    x, y = plate_point(point)
    spot = np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * 4.0**2))
    return np.repeat(0.5 + 0.4 * spot[..., None], 3, 2).astype(np.float32)


def noise() -> np.ndarray:
    return np.random.default_rng(0).random((*SIZE[::-1], 3)).astype(np.float32)


def opened(points: np.ndarray, by_px: float) -> np.ndarray:
    """The lower lip and the jaw moved down."""
    moved = points.copy()
    moved[[*LIPS[1:10], *INNER_LIPS[1:10], *LOWER_JAW], 1] += by_px
    return moved


def bend(plate: np.ndarray, wanted: np.ndarray, filmed: np.ndarray):
    """The bent box, and the plate's own pixels there."""
    x0, y0, x1, y1 = lower_face_box([wanted, filmed], CROP_FROM_PLATE, SIZE)
    own = plate[y0:y1, x0:x1]
    return (
        (x0, y0),
        bend_lower_face(own, wanted, filmed, crop_from_box(CROP_FROM_PLATE, x0, y0)),
        own,
    )


def found(picture: np.ndarray) -> np.ndarray:
    """Where the spot is."""
    weight = np.clip(picture[..., 0] - 0.6, 0, None)
    y, x = np.mgrid[: len(weight), : weight.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


@pytest.mark.parametrize("by_px", [-5.0, 3.0, 6.0])
@pytest.mark.parametrize("number", [CHIN, OUTER_LIPS[5]])
def test_chin_and_lower_lip_go_where_they_are_wanted(filmed, by_px, number):
    wanted = opened(filmed, by_px)
    corner, face, _ = bend(spot_at(filmed[number]), wanted, filmed)
    assert np.linalg.norm(found(face.rgb) + corner - plate_point(wanted[number])) < 0.5 * SCALE


@pytest.mark.parametrize("number", [NOSE[2], NOSE[3], JAW[2], JAW[-3]])
def test_the_nose_and_the_rim_of_the_face_stay(filmed, number):
    corner, face, _ = bend(spot_at(filmed[number]), opened(filmed, 6), filmed)
    assert np.linalg.norm(found(face.rgb) + corner - plate_point(filmed[number])) < 0.3 * SCALE


def test_nothing_moves_along_the_edges_nor_below_the_neck(filmed):
    plate, wanted = noise(), opened(filmed, 6)
    (_, y0), face, own = bend(plate, wanted, filmed)
    edges = [face.matte[0], face.matte[-1], face.matte[:, 0], face.matte[:, -1]]
    assert max(edge.max() for edge in edges) == 0
    still = face.matte == 0
    assert np.abs(face.rgb - own)[still].max() < 0.02
    collar = plate_point(wanted[CHIN] + (0, BELOW_PX))[1]
    assert not face.matte[round(collar) + GRID_STEP_PX - y0 :].any()
    assert face.matte.max() == 1


def test_a_face_that_is_wanted_as_filmed_stays_as_filmed(filmed):
    _, face, own = bend(noise(), filmed, filmed)
    assert not face.matte.any()
    assert np.abs(face.rgb - own).max() < 0.02


@pytest.mark.parametrize("by_px", [-MAX_MOVE_PX, MAX_MOVE_PX])
def test_the_neck_is_never_folded(filmed, by_px):
    """A picture that grows brighter downwards still does, below the lips."""
    ramp = np.repeat(np.linspace(0, 1, SIZE[1])[:, None], SIZE[0], 1)
    plate = np.repeat(ramp[..., None], 3, 2).astype(np.float32)
    wanted = opened(filmed, by_px)
    (x0, y0), face, _ = bend(plate, wanted, filmed)
    x, y = np.round(plate_point(wanted[CHIN])).astype(int)
    below = face.rgb[y - y0 - round(6 * SCALE) :, x - x0, 0]
    assert np.diff(below).min() > 0


def test_the_box_holds_all_jaws_and_the_box_of_the_mouth(filmed):
    wanted = opened(filmed, 6)
    x0, y0, x1, y1 = lower_face_box([wanted, filmed], CROP_FROM_PLATE, SIZE)
    left, top, right, bottom = mouth_box([wanted, filmed], CROP_FROM_PLATE, SIZE)
    assert x0 <= left
    assert y0 <= top
    assert right <= x1
    assert bottom <= y1
    jaw = np.array([plate_point(p) for face in (wanted, filmed) for p in face[list(LOWER_JAW)]])
    assert (jaw > (x0, y0)).all()
    assert (jaw < (x1, y1)).all()


def test_a_mouth_is_laid_by_its_matte_and_opacity():
    face = BentFace(np.full((20, 30, 3), 0.2, np.float32), np.zeros((20, 30), np.float32))
    matte = np.zeros((6, 8), np.float32)
    matte[1:-1, 1:-1] = 0.1
    matte[2:4, 2:4] = 1
    patch = Patch(0, 0, np.full((6, 8, 3), 0.8, np.float32), matte)
    laid = with_mouth(face, patch, 5, 3, 0.5)
    assert laid.rgb[5, 7, 0] == pytest.approx(0.5)
    assert laid.rgb[4, 6, 0] == pytest.approx(0.23)
    assert laid.matte[5, 7] == 1
    assert laid.matte[3:9, 5:13].max() == 1
    laid.matte[3:9, 5:13] = 0
    assert not laid.matte.any()
    assert not face.matte.any()
