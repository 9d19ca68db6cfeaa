"""Footage to a SET, with a real face: the photograph that comes with scikit-image, swaying."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import soundfile
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.align import CANONICAL, crop_from_plate, to_crop
from lipflap.core.face.detect import embedded_searches
from lipflap.core.face.landmark import load_landmarker
from lipflap.core.face.points import EYE_CORNERS
from lipflap.core.media.film import write_viewing_copy
from lipflap.training.footage import KEPT_PX, open_footage
from lipflap.training.prepare import Take, take, write_set
from lipflap.training.talking_portraits import KEPT_LEFT, KEPT_TOP

COUNT, RATE = 20, Fraction(25)


def _swaying(faces: int) -> Iterator[NDArray[np.uint8]]:
    portrait = skimage.data.astronaut()
    for frame in range(COUNT):
        move = np.array([[1.0, 0, 0.7 * frame], [0, 1.0, -0.3 * frame]])
        one = cv2.warpAffine(portrait, move, (512, 512), borderMode=cv2.BORDER_REFLECT)
        yield np.concatenate([one] * faces, axis=1) if faces else np.zeros_like(one)


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    hiss = 0.1 * np.random.default_rng(1).standard_normal(16_000 * COUNT // 25)
    soundfile.write(path, hiss, 16_000)
    return path


def _taken(folder: Path, voice: Path, faces: int, *, validates: bool = False) -> Take:
    film = folder / f"film{faces}.mp4"
    write_viewing_copy(film, _swaying(faces), RATE, voice)
    return take(film, embedded_searches(), load_landmarker().points, validates=validates)


def test_the_face_is_held_still_while_it_sways(tmp_path: Path, voice: Path) -> None:
    taken = _taken(tmp_path, voice, 1)
    assert taken.frames.shape == (COUNT, *KEPT_PX, 3)
    eyes = taken.points[:, list(EYE_CORNERS)]
    assert np.abs(eyes - CANONICAL[: len(EYE_CORNERS)]).max() < 5
    assert np.ptp(eyes, axis=0).max() < 1.5
    assert taken.rate == RATE
    assert abs(len(taken.hops) - COUNT / 25 * 80) <= 4


def test_what_is_kept_is_the_crop_that_dubbing_sees(tmp_path: Path, voice: Path) -> None:
    taken = _taken(tmp_path, voice, 1)
    plate = next(_swaying(1))
    points, _ = load_landmarker().points(plate, np.array([170.0, 60.0, 285.0, 175.0]))
    crop = to_crop(plate, crop_from_plate(points[None])[0]).astype(int)
    seen = crop[KEPT_TOP : KEPT_TOP + KEPT_PX[0], KEPT_LEFT : KEPT_LEFT + KEPT_PX[1]]
    assert np.abs(taken.frames[0, : len(seen)].astype(int) - seen).mean() < 6


def test_a_set_holds_the_takes_it_was_made_of(tmp_path: Path, voice: Path) -> None:
    taken = _taken(tmp_path, voice, 1, validates=True)
    write_set(iter([taken, taken]), tmp_path / "set")
    footage = open_footage(tmp_path / "set")
    assert [clip.first_frame for clip in footage.clips] == [0, COUNT]
    for clip in footage.split(validates=True):
        frames = footage.frames[clip.first_frame : clip.first_frame + clip.frame_count]
        hops = footage.hops[clip.first_hop : clip.first_hop + clip.hop_count]
        assert np.array_equal(frames, taken.frames)
        assert np.array_equal(hops, taken.hops)
    assert footage.split(validates=False) == []


@pytest.mark.parametrize("faces", [0, 2])
def test_no_face_or_two_are_refused_by_name(tmp_path: Path, voice: Path, faces: int) -> None:
    with pytest.raises(DubError, match=rf"film{faces}.mp4: shows {faces} faces"):
        _taken(tmp_path, voice, faces)


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="not a prepared set"):
        open_footage(tmp_path)
