"""Detail comes from the plate where nothing changed, and from nowhere else."""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import to_crop
from lipflap.core.face.paste import Patch, add_grain, likeness, make_patch

SIZE = (480, 400)
MATRIX = np.array([[0.4, 0.02, -30.0], [-0.02, 0.4, -25.0]])  # the face fills 320 px of the plate
LIPS = np.array([63.5, 88.0])
JAW = np.stack([np.linspace(5, 123, 17), 60 + 60 * np.sin(np.linspace(0, np.pi, 17))], 1)


def _plate() -> NDArray[np.float32]:
    """Noise a pixel fine: all of it is lost in a crop."""
    return np.random.default_rng(3).random((SIZE[1], SIZE[0], 3)).astype(np.float32)


def _patches(change: float) -> tuple[Patch, Patch, NDArray[np.float32]]:
    """A patch whose mouth is lighter than the old one by `change`: as painted, and with detail."""
    plate = _plate()
    crop = to_crop(plate, MATRIX)
    painted = crop.copy()
    painted[80:110, 40:90] += change
    patch = make_patch(painted, crop, JAW, LIPS, MATRIX, SIZE, 1.0)
    height, width = patch.matte.shape
    beneath = plate[patch.top : patch.top + height, patch.left : patch.left + width]
    return patch, add_grain(patch, beneath, painted, crop, MATRIX), beneath


def test_an_unchanged_mouth_is_the_plate_again_to_the_finest_grain() -> None:
    soft, detailed, beneath = _patches(0.0)
    inside = soft.matte > 0.5
    assert np.abs(soft.rgb - beneath)[inside].mean() > 0.1
    assert np.abs(detailed.rgb - beneath)[inside].max() < 2e-3
    assert np.array_equal(detailed.matte, soft.matte)


def test_a_mouth_that_changed_takes_nothing_of_the_old_one() -> None:
    soft, detailed, _ = _patches(0.3)
    row, column = (np.array([95, 65]) / 0.4 + [62, 75] - [soft.top, soft.left]).astype(int)
    lips = np.s_[row - 10 : row + 10, column - 10 : column + 10]
    assert np.abs(detailed.rgb - soft.rgb)[lips].max() < 1e-3


def test_likeness_falls_with_the_difference_and_never_leaves_its_range() -> None:
    crop = np.full((128, 128, 3), 0.5, np.float32)
    falling = [float(likeness(crop + d, crop).mean()) for d in (0.0, 0.03, 0.06, 0.2)]
    assert falling[0] == 1
    assert falling == sorted(falling, reverse=True)
    assert 0 <= falling[-1] < 0.01
