"""What is pasted lands where the crop came from, in the plate's light, and nowhere else."""

import cv2
import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.align import CROP_PX, crop_from_plate, to_crop
from lipflap.core.face.matte import MOUTH, soft_matte
from lipflap.core.face.paste import (
    crop_bounds,
    face_matte,
    make_patch,
    match_colour,
    mouth_bounds,
)

SIZE = (640, 360)
LIPS = np.array([63.5, 88.0])
ALL = np.ones((CROP_PX, CROP_PX), np.float32)
WIDE = np.linspace((-60, 200), (190, 200), 17)  # a jaw beyond the crop: the matte is all MOUTH's


def smooth_plate() -> np.ndarray:
    down, across = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    waves = [0.5 + 0.3 * np.sin(across / a + down / b) for a, b in ((41, 57), (63, 39), (50, 80))]
    return np.stack(waves, -1).astype(np.float32)


def turned(eyes_px: float, degrees: float = 0.0, x: float = 300.0, y: float = 130.0) -> np.ndarray:
    points = points_of(Puppet(x, y, eyes_px)).astype(float)
    turn = cv2.getRotationMatrix2D((x, y), degrees, 1.0)
    return crop_from_plate((points @ turn[:, :2].T + turn[:, 2])[None])[0]


def laid(plate: np.ndarray, patch) -> np.ndarray:
    out = plate.copy()
    height, width = patch.matte.shape
    part = out[patch.top : patch.top + height, patch.left : patch.left + width]
    matte = patch.matte[..., None]
    part[:] = np.where(matte > 0, part + matte * (patch.rgb - part), part)
    return out


@pytest.mark.parametrize(("eyes_px", "degrees"), [(30, 0), (44, 20), (80, -15), (130, 5)])
def test_a_crop_that_was_not_repainted_leaves_the_plate_as_it_was(eyes_px, degrees):
    plate, matrix = smooth_plate(), turned(eyes_px, degrees)
    crop = to_crop(plate, matrix)
    out = laid(plate, make_patch(crop, crop, WIDE, LIPS, matrix, SIZE, 1.0))
    assert np.abs(out - plate).max() < 0.012  # what is lost in scaling there and back


@pytest.mark.parametrize(("eyes_px", "degrees"), [(30, 0), (44, 20), (80, -15), (130, 5)])
def test_a_new_mouth_lands_where_the_mouth_was(eyes_px, degrees):
    plate, matrix = np.full((*SIZE[::-1], 3), 0.4, np.float32), turned(eyes_px, degrees)
    crop = to_crop(plate, matrix)
    painted = crop.copy()
    at = np.array([70.0, 95.0])
    across, down = np.meshgrid(np.arange(CROP_PX), np.arange(CROP_PX))
    painted[np.hypot(across - at[0], down - at[1]) < 5] = 1.0
    out = laid(plate, make_patch(painted, crop, WIDE, LIPS, matrix, SIZE, 1.0))
    weight = np.clip(out[..., 0] - 0.41, 0, None)
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    found = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
    plate_from_crop = cv2.invertAffineTransform(matrix)
    assert found == pytest.approx(plate_from_crop[:, :2] @ at + plate_from_crop[:, 2], abs=0.35)


def test_only_what_lies_in_the_mouth_rectangle_can_change():
    plate, matrix = smooth_plate(), turned(60, 12)
    crop = to_crop(plate, matrix)
    out = laid(plate, make_patch(np.full_like(crop, np.nan), crop, WIDE, LIPS, matrix, SIZE, 1.0))
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    x, y = (
        np.einsum("ij,jhw->ihw", matrix[:, :2], np.stack([columns, rows]))
        + matrix[:, 2, None, None]
    )
    beyond = (x < MOUTH.left - 1) | (x > MOUTH.right) | (y < MOUTH.top - 1) | (y > MOUTH.bottom)
    changed = (out != plate).any(-1)
    assert changed.sum() > 1000
    assert not (changed & beyond).any()


def test_opacity_scales_the_matte():
    plate, matrix = smooth_plate(), turned(60)
    crop = to_crop(plate, matrix)
    full, faint = (
        make_patch(crop, crop, WIDE, LIPS, matrix, SIZE, opacity) for opacity in (1.0, 0.25)
    )
    assert faint.matte == pytest.approx(0.25 * full.matte)


def test_a_mouth_half_out_of_the_picture_is_pasted_as_far_as_it_goes():
    plate, matrix = smooth_plate(), turned(60, x=20.0, y=300.0)
    crop = to_crop(plate, matrix)
    patch = make_patch(np.ones_like(crop), crop, WIDE, LIPS, matrix, SIZE, 1.0)
    height, width = patch.matte.shape
    assert 0 <= patch.left < patch.left + width <= SIZE[0]
    assert 0 <= patch.top < patch.top + height <= SIZE[1]


@pytest.mark.parametrize("bounds", [mouth_bounds, crop_bounds])
@pytest.mark.parametrize("at", [(-500.0, 100.0), (900.0, 900.0), (300.0, -300.0)])
def test_a_face_out_of_the_picture_still_has_bounds_in_it(bounds, at):
    left, top, right, bottom = bounds(turned(40, x=at[0], y=at[1]), SIZE)
    assert 0 <= left < right <= SIZE[0]
    assert 0 <= top < bottom <= SIZE[1]


def tilted_light() -> np.ndarray:
    rows, columns = np.mgrid[0:CROP_PX, 0:CROP_PX] / CROP_PX - 0.5
    return np.stack([0.05 + 0.06 * columns, -0.04 + 0.02 * rows, 0.03 * np.ones_like(rows)], -1)


def test_a_difference_in_light_is_taken_back():
    crop = to_crop(smooth_plate(), turned(60))
    matched = match_colour(crop - tilted_light().astype(np.float32), crop, ALL)
    assert np.abs(matched - crop).max() < 0.004


def test_a_jaw_that_moved_is_not_taken_for_light():
    crop = to_crop(smooth_plate(), turned(60))
    painted = crop - tilted_light().astype(np.float32)
    painted[112:, 40:90] -= 0.3  # the shadow under a lowered chin
    matched = match_colour(painted, crop, ALL)
    kept = (soft_matte() > 0) & (np.arange(CROP_PX)[:, None] < 110)
    assert np.abs(matched - crop)[kept].max() < 0.01


def test_outside_the_matte_the_crop_is_kept():
    crop = to_crop(smooth_plate(), turned(60))
    matched = match_colour(np.zeros_like(crop), crop, ALL)
    assert np.array_equal(matched[soft_matte() == 0], crop[soft_matte() == 0])


def test_what_is_behind_a_cheek_is_not_face_and_what_is_below_the_chin_is_a_little():
    around = np.linspace(np.pi, 0, 17)
    jaw = np.stack([64 + 42 * np.cos(around), 50 + 60 * np.sin(around)], 1)
    face = face_matte(jaw)
    assert face[70, [30, 64, 98]] == pytest.approx(1, abs=0.02)
    assert face[[70, 100], [8, 25]] == pytest.approx(0, abs=0.02)
    assert face[70, 120] == pytest.approx(0, abs=0.02)
    assert face[114, 64] > 0.9  # under the chin at 110
    assert face[126, 64] < 0.1
    rows, columns = np.mgrid[0:CROP_PX, 0:CROP_PX]
    inside = (np.hypot((columns - 64) / 42, (rows - 50) / 60) < 0.9) | (
        (rows < 50) & (abs(columns - 64) < 36)
    )
    assert face[inside].min() > 0.9


def test_only_the_face_s_own_rim_is_compared():
    crop = to_crop(smooth_plate(), turned(60))
    painted = crop - tilted_light().astype(np.float32)
    face = ALL.copy()
    face[:, :60] = 0
    painted[:, :60] += 0.08  # a wall behind the cheek, painted wrongly
    matched = match_colour(painted, crop, face)
    kept = (soft_matte() > 0) & (np.arange(CROP_PX)[None] >= 60)
    assert np.abs(matched - crop)[kept].max() < 0.006
