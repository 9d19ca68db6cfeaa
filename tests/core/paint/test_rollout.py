"""The conditions of a rollout, frame after frame; only the work rectangle of the crop changes."""

import numpy as np
import pytest
import torch

from lipflap.core.face.matte import MOUTH, WORK
from lipflap.core.paint.rollout import AutoregressivePainter, fixed_noise

SOUND = np.zeros((80, 32), np.float32)


def crop(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((128, 128, 3), np.float32)


class Painter:
    """Paints the number of the call, and keeps the conditions it was given."""

    def __init__(self) -> None:
        self.conditions = []

    def __call__(self, condition, noise):
        self.conditions.append(condition)
        value = torch.tensor(len(self.conditions) / 10)
        return torch.where(condition.mask > 0, value, condition.plate)


@pytest.fixture
def painter() -> Painter:
    return Painter()


def rollout(painter: Painter) -> AutoregressivePainter:
    return AutoregressivePainter(painter, crop(99), fixed_noise(1))


def test_the_mouth_is_new_and_the_rest_of_the_crop_is_kept(painter):
    old = crop(1)
    new = rollout(painter).repaint_frame(0, old, SOUND)
    inside = np.zeros((128, 128), bool)
    inside[MOUTH.top : MOUTH.bottom, MOUTH.left : MOUTH.right] = True
    assert new[inside] == pytest.approx((0.1 + 1) / 2)
    assert np.abs(new - old)[~inside].max() < 1e-6


def test_the_condition_holds_the_plate_the_identity_and_the_sound(painter):
    old, sound = crop(1), np.random.default_rng(2).random((80, 32), np.float32)
    rollout(painter).repaint_frame(0, old, sound)
    (condition,) = painter.conditions
    rows, columns = slice(WORK.top, WORK.bottom), slice(WORK.left, WORK.right)
    for picture, given in ((condition.plate, old), (condition.identity, crop(99))):
        expected = torch.from_numpy(2 * given[rows, columns] - 1).permute(2, 0, 1)
        assert torch.allclose(picture[0], expected)
    assert torch.equal(condition.sound[0], torch.from_numpy(sound))
    assert int(condition.mask.sum()) == (MOUTH.bottom - MOUTH.top) * (MOUTH.right - MOUTH.left)


def test_each_frame_is_painted_from_the_one_before_and_after_a_gap_anew(painter):
    painting = rollout(painter)
    for frame in (5, 6, 7, 9, 10):
        painting.repaint_frame(frame, crop(frame), SOUND)
    assert [condition.previous_known.item() for condition in painter.conditions] == [0, 1, 1, 0, 1]
    for call in (1, 2, 4):
        condition = painter.conditions[call]
        assert torch.allclose(condition.previous[0][:, condition.mask > 0], torch.tensor(call / 10))


def test_noise_is_the_seed_s_and_leaves_the_global_one_alone():
    before = torch.get_rng_state()
    assert torch.equal(fixed_noise(3), fixed_noise(3))
    assert not torch.equal(fixed_noise(3), fixed_noise(4))
    assert torch.equal(torch.get_rng_state(), before)
