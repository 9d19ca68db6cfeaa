"""Frames painted by themselves: what the painter is told, and that windows leave no trace."""

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
    """Paints the loudness of each row's sound, shaded by noise; remembers what it was told."""

    def __init__(self) -> None:
        self.told = []

    def __call__(self, condition, noise):
        self.told.append(condition)
        grey = condition.sound.mean((1, 2))[:, None, None, None] + 0.01 * noise
        return torch.where(condition.mask > 0, grey, condition.plate)


@pytest.fixture
def painter() -> Painter:
    return Painter()


def framewise(painter: Painter) -> FramewisePainter:
    return FramewisePainter(painter, np.zeros((128, 128, 3), np.float32), fixed_noise(1))


def test_a_window_is_painted_in_one_go_and_no_frame_is_told_of_another(painter):
    old = crops(5)
    new = framewise(painter).repaint(range(5), old, sounds(5))
    (told,) = painter.told
    assert told.previous_known.tolist() == [0] * 5
    assert torch.equal(told.previous, told.plate)
    rows, columns = slice(WORK.top, WORK.bottom), slice(WORK.left, WORK.right)
    for k in range(5):
        seen = (told.plate[k].permute(1, 2, 0).numpy() + 1) / 2
        assert np.abs(seen - old[k][rows, columns]).max() < 1e-6
    inside = np.zeros((128, 128), bool)
    inside[MOUTH.top : MOUTH.bottom, MOUTH.left : MOUTH.right] = True
    for before, after, sound in zip(old, new, sounds(5), strict=True):
        assert np.abs(before - after)[~inside].max() < 1e-6
        assert after[inside].mean() == pytest.approx((sound.mean() + 1) / 2, abs=0.01)


def test_frames_come_out_alike_however_they_are_cut_into_windows(painter):
    old, heard = crops(7), sounds(7)
    whole = framewise(painter).repaint(range(7), old, heard)
    pieces = [
        new
        for at in (slice(0, 3), slice(3, 4), slice(4, 7))
        for new in framewise(painter).repaint(range(7)[at], old[at], heard[at])
    ]
    assert np.array_equal(whole, pieces)


def test_its_first_frame_is_that_of_a_walk(painter):
    (old,), (heard,) = crops(1), sounds(1)
    actor = np.zeros((128, 128, 3), np.float32)
    walked = AutoregressivePainter(painter, actor, fixed_noise(1)).repaint_frame(0, old, heard)
    assert np.array_equal(framewise(painter).repaint([0], [old], [heard])[0], walked)
