from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lipflap.core.face.landmarks import (
    COUNT,
    INNER_LIP_MIDDLES,
    INNER_LIPS,
    LEFT_EYE,
    MESH,
    MOUTH_CORNERS,
    OUTER_LIPS,
    RIGHT_EYE,
)
from lipflap.training.data.dataset import KEPT_PX
from lipflap.training.data.talking_portraits import (
    KEPT_LEFT,
    KEPT_TOP,
    animate,
    animate_portraits,
    can_speak,
)
from lipflap.training.data.training_clip import TrainingClip

MIDDLE = np.array([64.0, 88.0])


def _points(opening_px: float) -> NDArray[np.float64]:
    """A face in crop pixels; the upper lip stays, the lower drops: an ellipse 30 px wide."""
    points = np.tile(MIDDLE + np.array([0.0, 30.0]), (COUNT, 1))
    points[list(LEFT_EYE)], points[list(RIGHT_EYE)] = (44, 32), (84, 32)
    for ring, extra in ((INNER_LIPS, 0.0), (OUTER_LIPS, 5.0)):
        around = np.linspace(np.pi, -np.pi, len(ring), endpoint=False)
        points[list(ring), 0] = MIDDLE[0] + (15 + extra) * np.cos(around)
        points[list(ring), 1] = MIDDLE[1] + (opening_px / 2 + extra) * np.sin(around)
    points[[*INNER_LIPS, *OUTER_LIPS], 1] += opening_px / 2
    return points


def _face(skin: int, opening_px: float) -> NDArray[np.uint8]:
    """Skin with a dark mouth between the lips, and a mark on the chin."""
    picture = np.full((*KEPT_PX, 3), skin, np.uint8)
    at = tuple(int(v) for v in MIDDLE - (KEPT_LEFT, KEPT_TOP) + (0, opening_px / 2))
    cv2.ellipse(picture, at, (15, max(1, round(opening_px / 2))), 0, 0, 360, (20, 10, 10), -1)
    return picture


@pytest.fixture
def spoken() -> NDArray[np.uint8]:
    openings = [0.0, 0.0, 12.0, 16.0, 0.0]
    talker = np.stack([_face(90, opening) for opening in openings])
    points = np.stack([_points(opening) for opening in openings])
    return animate(_face(200, 0), _points(0), talker, points)


def _dark_rows(picture: NDArray[np.uint8]) -> NDArray[np.intp]:
    return np.flatnonzero(picture[:, KEPT_PX[1] // 2, 0] < 110)


def test_the_portrait_opens_its_mouth_when_the_talker_does_and_as_far(
    spoken: NDArray[np.uint8],
) -> None:
    heights = [len(_dark_rows(picture)) for picture in spoken]
    assert max(heights[0], heights[1], heights[4]) <= 4
    assert heights[2] == pytest.approx(12, abs=3)
    assert heights[3] == pytest.approx(16, abs=3)


def test_it_is_the_lower_lip_that_drops(spoken: NDArray[np.uint8]) -> None:
    closed_at = MIDDLE[1] - KEPT_TOP
    assert _dark_rows(spoken[3]).mean() == pytest.approx(closed_at + 8, abs=3)


def test_portraits_say_every_sentence_where_there_are_few(tmp_path: Path) -> None:
    mesh = np.zeros((2, max(MESH) + 1, 2))
    mesh[:, list(MESH)] = _points(0)
    np.savez(tmp_path / "landmarks.npz", image=["kept.png", "said.png"], points_px=mesh)
    Image.new("RGB", (128, 128), "tan").save(tmp_path / "said.png")
    talker = np.stack([_face(90, opening) for opening in (0.0, 0.0, 12.0)])
    points = np.stack([_points(opening) for opening in (0.0, 0.0, 12.0)])
    hops = np.zeros((9, 80), np.float16)
    sentence = TrainingClip("a", Fraction(25), talker, points.astype(np.float32), hops)
    assert [clip.name for clip in animate_portraits(tmp_path, [sentence], 5)] == ["said says a"]
    assert not list(animate_portraits(tmp_path, [], 5))


def test_the_skin_stays_that_of_the_portrait(spoken: NDArray[np.uint8]) -> None:
    assert np.abs(spoken[3, 5:15].astype(int) - 200).max() <= 2
    assert np.abs(spoken[3, :, 5:15].astype(int) - 200).max() <= 2


def test_only_a_closed_mouth_can_be_opened() -> None:
    assert can_speak(_points(0))
    assert not can_speak(_points(12))
    upper, lower = INNER_LIP_MIDDLES
    left, right = MOUTH_CORNERS
    assert len({upper, lower, left, right}) == 4
