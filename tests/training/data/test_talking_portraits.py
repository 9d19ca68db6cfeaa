from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lipflap.core.errors import DubError
from lipflap.core.face.landmarks import (
    COUNT,
    INNER_LIPS,
    LEFT_EYE,
    MESH,
    OUTER_LIPS,
    RIGHT_EYE,
)
from lipflap.training.data.dataset import KEPT_PX
from lipflap.training.data.portraits import read_portraits
from lipflap.training.data.talking_portraits import (
    KEPT_LEFT,
    KEPT_TOP,
    animate,
    animate_portraits,
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


@pytest.fixture
def sentence() -> TrainingClip:
    talker = np.stack([_face(90, opening) for opening in (0.0, 0.0, 12.0)])
    points = np.stack([_points(opening) for opening in (0.0, 0.0, 12.0)])
    hops = np.zeros((9, 80), np.float16)
    return TrainingClip("a", Fraction(25), talker, points.astype(np.float32), hops)


def test_portraits_say_every_sentence_where_there_are_few(
    tmp_path: Path, sentence: TrainingClip
) -> None:
    mesh = np.zeros((2, max(MESH) + 1, 2))
    mesh[:, list(MESH)] = _points(0)
    np.savez(tmp_path / "landmarks.npz", image=["kept.png", "said.png"], points_px=mesh)
    Image.new("RGB", (128, 128), "tan").save(tmp_path / "said.png")

    def said(sentences: list[TrainingClip]) -> list[str]:
        portraits = read_portraits(tmp_path, (), _nothing_found)
        return [clip.name for clip in animate_portraits(portraits, sentences, 5)]

    assert said([sentence]) == ["said says a"]
    assert not said([])


def test_faces_are_found_in_portraits_without_labels(tmp_path: Path) -> None:
    for name in ("two.png", "one.png"):
        Image.new("RGB", (128, 128), "tan").save(tmp_path / name)
    (tmp_path / "notes.txt").touch()
    boxes = iter([np.array([[0, 0, 60, 60]]), np.array([[0, 0, 60, 60], [64, 64, 120, 120]])])

    def points_in(rgb8: NDArray[np.uint8], box: NDArray) -> tuple[NDArray, float, float]:
        return _points(0).astype(np.float32) + box[0], 1.0, 1.0

    (portrait,) = read_portraits(tmp_path, [lambda rgb8: next(boxes)], points_in)
    assert portrait.name == "one"
    assert portrait.points == pytest.approx(_points(0))


def test_a_folder_without_portraits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="no portraits"):
        next(read_portraits(tmp_path, (), _nothing_found))


def _nothing_found(rgb8: NDArray[np.uint8], box: NDArray) -> tuple[NDArray, float, float]:
    raise AssertionError("labels say where faces are")


def test_the_skin_stays_that_of_the_portrait(spoken: NDArray[np.uint8]) -> None:
    assert np.abs(spoken[3, 5:15].astype(int) - 200).max() <= 2
    assert np.abs(spoken[3, :, 5:15].astype(int) - 200).max() <= 2


def _smile() -> NDArray[np.uint8]:
    """Skin, and white teeth between lips that are 8 px apart; dark below the lower lip."""
    picture = np.full((*KEPT_PX, 3), 200, np.uint8)
    middle = tuple(int(v) for v in MIDDLE - (KEPT_LEFT, KEPT_TOP) + (0, 4))
    cv2.ellipse(picture, middle, (15, 4), 0, 0, 360, (250, 250, 250), -1)
    return picture


def test_teeth_that_a_portrait_shows_are_covered_and_come_back_where_they_were(
    sentence: TrainingClip,
) -> None:
    closed, _, wide = animate(_smile(), _points(8), sentence.frames, sentence.points)
    column = KEPT_PX[1] // 2
    teeth = MIDDLE[1] - KEPT_TOP + 3
    assert (closed[:, column, 0] > 230).sum() <= 1
    assert np.abs(np.flatnonzero(wide[:, column, 0] > 230).mean() - teeth) <= 2
    assert wide[int(teeth) + 7, column, 0] < 130  # below the teeth, what is in the talker's mouth
