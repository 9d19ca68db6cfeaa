"""Cuts are found at the frame where they were made, and only there, without looking far ahead."""

import numpy as np
import pytest

from lipflap.core.analysis.camera_cuts import mark_cuts


def scene(seed: int, frames: int, shift_px: int = 1) -> list[np.ndarray]:
    """A textured wall in a colour of its own that drifts by `shift_px` a frame."""
    rng = np.random.default_rng(seed)
    wall = rng.integers(0, 60, (12, 41 + shift_px * frames // 8, 3)) + rng.integers(0, 190, 3)
    wall = np.kron(wall, np.ones((8, 8, 1))).astype(np.uint8)
    return [wall[:, shift_px * i : shift_px * i + 320] for i in range(frames)]


def cuts_in(pictures: list[np.ndarray]) -> list[int]:
    return [i for i, (_, cut) in enumerate(mark_cuts(pictures)) if cut]


@pytest.mark.parametrize("lengths", [(12, 9), (1, 15), (2, 15), (20, 2, 20), (15, 1), (5, 5, 5)])
def test_cuts_are_where_scenes_meet(lengths):
    film = [picture for seed, n in enumerate(lengths) for picture in scene(seed + 3, n)]
    assert cuts_in(film) == np.cumsum(lengths)[:-1].tolist()


def test_a_pan_is_no_cut():
    assert cuts_in(scene(5, 40, shift_px=20)) == []


def test_noise_in_black_is_no_cut():
    reddish, bluish = np.zeros((2, 90, 160, 3), np.uint8)
    reddish[..., 0], bluish[..., 2] = 9, 9
    assert cuts_in([reddish] * 10 + [bluish] * 10) == []


def test_every_picture_comes_back_once_and_in_order_with_few_held():
    film = scene(9, 25)
    taken = 0

    def counted():
        nonlocal taken
        for picture in film:
            taken += 1
            yield picture

    for given, (picture, _) in enumerate(mark_cuts(counted())):
        assert picture is film[given]
        assert taken - given <= 3
    assert given == len(film) - 1


def test_no_pictures_no_cuts():
    assert list(mark_cuts([])) == []
