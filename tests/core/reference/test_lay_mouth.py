"""A mouth laid into a plate: where it must be, in its colour, and nowhere else."""

import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.landmarks import INNER_LIPS, JAW, LIPS
from lipflap.core.reference.lay_mouth import SourceMouth, lay_mouth, mouth_box

SIZE = (480, 360)
SCALE = 3.0
CROP_FROM_PLATE = np.array([[1 / SCALE, 0.02, -8.0], [-0.02, 1 / SCALE, 4.0]])


@pytest.fixture
def filmed() -> np.ndarray:
    """Points of a face in the crop, its lips a little open."""
    return points_of(Puppet(64, 40, 36, 0.15)).astype(np.float64)


def picture(seed: int = 0) -> np.ndarray:
    """Something smooth, of which no two places are alike: [360, 480, 3] in 0..1."""
    down, across = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / 30.0
    waves = [np.sin(across * (1 + k / 3) + seed) * np.cos(down * (1 + k / 5)) for k in range(3)]
    return (0.5 + 0.2 * np.stack(waves, -1)).astype(np.float32)


def box_of(*faces: np.ndarray) -> tuple[int, int, int, int]:
    return mouth_box(list(faces), CROP_FROM_PLATE, SIZE)


def cut_out(whole: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    x0, y0, x1, y1 = box
    return whole[y0:y1, x0:x1]


def source(whole: np.ndarray, points: np.ndarray) -> SourceMouth:
    box = box_of(points)
    crop_from_rgb = CROP_FROM_PLATE.copy()
    crop_from_rgb[:, 2] += CROP_FROM_PLATE[:, :2] @ box[:2]
    return SourceMouth(cut_out(whole, box).astype(np.float16), crop_from_rgb, points)


def lay(sources, wanted, plate):
    box = box_of(wanted)
    return box, lay_mouth(sources, wanted, CROP_FROM_PLATE, box[:2], cut_out(plate, box))


def plate_point(point: np.ndarray) -> np.ndarray:
    return np.linalg.solve(CROP_FROM_PLATE[:, :2], point - CROP_FROM_PLATE[:, 2])


def opened(points: np.ndarray, by_px: float) -> np.ndarray:
    """The lower lip and the jaw moved down."""
    moved = points.copy()
    moved[[*LIPS[1:10], *INNER_LIPS[1:10], *JAW[4:13]], 1] += by_px
    return moved


def test_the_box_holds_all_lips_and_stays_in_the_plate(filmed):
    wide = opened(filmed, 12)
    x0, y0, x1, y1 = box_of(filmed, wide)
    lips = np.array([plate_point(p) for f in (filmed, wide) for p in f[list(LIPS)]])
    assert (lips >= (x0, y0)).all()
    assert (lips < (x1, y1)).all()
    assert 0 <= x0 < x1 <= SIZE[0]
    assert 0 <= y0 < y1 <= SIZE[1]
    small = mouth_box([filmed], CROP_FROM_PLATE, (200, 200))
    assert small[2] <= 200
    assert small[3] <= 200


def test_the_plate_s_own_mouth_as_filmed_is_the_plate(filmed):
    plate = picture()
    box, patch = lay([(source(plate, filmed), 1.0)], filmed, plate)
    assert (patch.left, patch.top) == box[:2]
    shown = patch.matte > 0
    assert shown.mean() > 0.2
    assert np.abs(patch.rgb - cut_out(plate, box))[shown].max() < 1 / 255


def test_the_matte_covers_the_lips_and_ends_within_the_box(filmed):
    wide = opened(filmed, 10)
    box, patch = lay([(source(picture(), filmed), 1.0)], wide, picture(1))
    x, y = np.round([plate_point(p) - box[:2] for p in wide[list(LIPS)]]).astype(int).T
    assert patch.matte[y, x].min() > 0.8
    edges = [patch.matte[0], patch.matte[-1], patch.matte[:, 0], patch.matte[:, -1]]
    assert max(edge.max() for edge in edges) == 0
    assert patch.matte[patch.matte > 0].min() >= 1 / 255
    assert patch.matte.max() <= 1


@pytest.mark.parametrize("by_px", [3.0, 8.0])
def test_the_source_goes_where_it_is_wanted(filmed, by_px):
    """A spot on the lower lip of the source, found again in the plate: under the wanted point."""
    number = LIPS[5]  # the middle of the lower lip
    down, across = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    x, y = plate_point(filmed[number])
    spot = np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * 3.0**2))
    marked = np.repeat(0.5 + 0.4 * spot[..., None], 3, 2).astype(np.float32)
    plate = np.full_like(marked, 0.5)
    wanted = opened(filmed, by_px)
    box, patch = lay([(source(marked, filmed), 1.0)], wanted, plate)
    weight = np.clip(patch.rgb[..., 0] - 0.5 - 0.05, 0, None)
    found = np.array([(weight * axis).sum() for axis in np.mgrid[: len(weight), : weight.shape[1]]])
    found = found[::-1] / weight.sum() + box[:2]
    assert np.linalg.norm(found - plate_point(wanted[number])) < 0.35 * SCALE
    assert np.linalg.norm(found - (x, y)) > 0.6 * by_px * SCALE


def test_colours_meet_at_the_rim(filmed):
    """A source that is darker, and more so on one side, gets the plate's light."""
    plate = picture()
    shade = np.array([0.1, 0.05, -0.08]) + np.linspace(-0.05, 0.05, SIZE[0])[None, :, None]
    box, patch = lay([(source(plate - shade, filmed), 1.0)], filmed, plate)
    shown = patch.matte > 0
    assert np.abs(patch.rgb - cut_out(plate, box))[shown].max() < 5e-3


def test_two_mouths_are_mixed_by_their_weights(filmed):
    """Of sources that differ inside the lips only, where no rim is."""
    plate, other = picture(), picture()
    x, y = np.round(plate_point(filmed[list(LIPS)].mean(0))).astype(int)
    other[y - 3 : y + 4, x - 3 : x + 4] += 0.2
    mouths = [(source(plate, filmed), 0.75), (source(other, filmed), 0.25)]
    (x0, y0, *_), patch = lay(mouths, filmed, plate)
    mixed = patch.rgb[y - y0, x - x0] - plate[y, x]
    assert mixed == pytest.approx([0.05] * 3, abs=4e-3)


def test_a_mouth_at_the_plate_s_edge_is_laid_as_far_as_it_is_seen(filmed):
    plate = picture()
    aside = CROP_FROM_PLATE.copy()
    aside[:, 2] = filmed[LIPS[5]] - aside[:, :2] @ (5, 100)  # its lower lip is at x = 5
    box = mouth_box([filmed], aside, SIZE)
    x0, y0, x1, y1 = box
    assert x0 == 0
    crop_from_rgb = aside.copy()
    crop_from_rgb[:, 2] += aside[:, :2] @ (x0, y0)
    mouth = SourceMouth(plate[y0:y1, x0:x1].astype(np.float16), crop_from_rgb, filmed)
    patch = lay_mouth([(mouth, 1.0)], filmed, aside, (x0, y0), plate[y0:y1, x0:x1])
    assert np.abs(patch.rgb - plate[y0:y1, x0:x1])[patch.matte > 0].max() < 1 / 255
