"""Frames painted by themselves: their conditions, and that windows leave no trace."""

import numpy as np
import pytest
import torch

from lipflap.core.face.matte import MOUTH, WORK
from lipflap.core.paint.framewise import FramewisePainter
from lipflap.core.paint.rollout import AutoregressivePainter, fixed_noise


def crops(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(1).random((count, 128, 128, 3), np.float32))


def sounds(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(2).random((count, 80, 32), np.float32))


class Painter:
    """Paints the loudness of each row's sound, shaded by noise; keeps its conditions."""

    def __init__(self) -> None:
        self.conditions = []

    def __call__(self, condition, noise):
        self.conditions.append(condition)
        grey = condition.sound.mean((1, 2))[:, None, None, None] + 0.01 * noise
        return torch.where(condition.mask > 0, grey, condition.plate)


@pytest.fixture
def painter() -> Painter:
    return Painter()


def framewise(painter: Painter) -> FramewisePainter:
    return FramewisePainter(painter, np.zeros((128, 128, 3), np.float32), fixed_noise(1))


def test_a_window_is_one_batch_and_no_frame_depends_on_another(painter):
    old = crops(5)
    new = framewise(painter).repaint(range(5), old, sounds(5))
    (condition,) = painter.conditions
    assert condition.previous_known.tolist() == [0] * 5
    assert torch.equal(condition.previous, condition.plate)
    rows, columns = slice(WORK.top, WORK.bottom), slice(WORK.left, WORK.right)
    for k in range(5):
        plate = (condition.plate[k].permute(1, 2, 0).numpy() + 1) / 2
        assert np.abs(plate - old[k][rows, columns]).max() < 1e-6
    inside = np.zeros((128, 128), bool)
    inside[MOUTH.top : MOUTH.bottom, MOUTH.left : MOUTH.right] = True
    for before, after, sound in zip(old, new, sounds(5), strict=True):
        assert np.abs(before - after)[~inside].max() < 1e-6
        assert after[inside].mean() == pytest.approx((sound.mean() + 1) / 2, abs=0.01)


def test_frames_come_out_alike_however_they_are_cut_into_windows(painter):
    old, mels = crops(7), sounds(7)
    whole = framewise(painter).repaint(range(7), old, mels)
    pieces = [
        new
        for window in (slice(0, 3), slice(3, 4), slice(4, 7))
        for new in framewise(painter).repaint(range(7)[window], old[window], mels[window])
    ]
    assert np.array_equal(whole, pieces)


def test_its_first_frame_is_that_of_a_rollout(painter):
    (old,), (mels,) = crops(1), sounds(1)
    actor = np.zeros((128, 128, 3), np.float32)
    autoregressive = AutoregressivePainter(painter, actor, fixed_noise(1)).repaint_frame(
        0, old, mels
    )
    assert np.array_equal(framewise(painter).repaint([0], [old], [mels])[0], autoregressive)
