"""The guard at the rim of a new mouth: what it measures, how long it rests, how it fades in."""

import cv2
import numpy as np
import pytest

from lipflap.core.reference.rim_guard import (
    FADE_FRAMES,
    LOOKBACK_FRAMES,
    MAX_STEP,
    REST_FRAMES,
    RimGuard,
    rim_step,
)

HEIGHT, WIDTH = 60, 90


def skin(seed: int = 0) -> np.ndarray:
    """Skin with light from one side and a little grain."""
    rng = np.random.default_rng(seed)
    light = np.linspace(0.45, 0.6, WIDTH)[None, :, None] * np.array([1.0, 0.8, 0.65])
    return (light + rng.normal(0, 0.01, (HEIGHT, WIDTH, 3))).astype(np.float32)


def matte() -> np.ndarray:
    lips = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(lips, (45, 30), (26, 14), 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(lips, (0, 0), 3)


def test_the_same_skin_makes_no_step():
    assert rim_step(skin(1), skin(2), matte()) < 0.02
    assert rim_step(skin(1), skin(2), np.zeros((HEIGHT, WIDTH), np.float32)) == 0


@pytest.mark.parametrize("colour", [(0.1, 0.1, 0.1), (0.95, 0.75, 0.6)])
def test_a_bar_across_the_mouth_makes_a_step(colour):
    plate = skin(2)
    plate[:, 35:58] = colour
    assert rim_step(skin(1), plate, matte()) > MAX_STEP


def test_detail_of_the_plate_itself_is_no_step():
    beard = skin(2) + np.random.default_rng(3).normal(0, 0.05, (HEIGHT, WIDTH, 1))
    other = skin(1) + np.random.default_rng(4).normal(0, 0.05, (HEIGHT, WIDTH, 1))
    assert rim_step(other.astype(np.float32), beard.astype(np.float32), matte()) < MAX_STEP


def opacities(guard: RimGuard, steps: list[float], first: int = 0) -> list[float]:
    return [guard.opacity(frame, step) for frame, step in enumerate(steps, first)]


def test_it_rests_after_a_step_and_fades_in():
    guard = RimGuard()
    shown = opacities(guard, [0, 0, 1, 1, *[0] * 12])
    rest = 2 + REST_FRAMES
    assert shown[:2] == [1, 1]
    assert shown[2 : 2 + rest] == [0] * rest
    fading = [(n + 1) / (FADE_FRAMES + 1) for n in range(FADE_FRAMES)]
    assert shown[2 + rest :] == pytest.approx([*fading, *[1.0] * (12 - REST_FRAMES - FADE_FRAMES)])
    assert guard.kept == set(range(2, 2 + rest))


def test_a_good_shot_loses_nothing():
    guard = RimGuard()
    assert opacities(guard, [0.9 * MAX_STEP] * 30) == [1.0] * 30
    assert not guard.kept


@pytest.mark.parametrize("begin", [0, 5, 12, 13, 16, 19, 20])
def test_a_part_is_as_the_whole_from_the_lookback_on(begin):
    steps = [0.0] * 30
    steps[5] = steps[12] = 1.0
    whole = opacities(RimGuard(), steps)
    start = max(0, begin - LOOKBACK_FRAMES)
    part = opacities(RimGuard(), steps[start:], start)
    assert part[begin - start :] == whole[begin:]
