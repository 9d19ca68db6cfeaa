"""Films to takes, with a real face: the photograph that comes with scikit-image, swaying."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import soundfile
from numpy.typing import NDArray

from lipflap.core.encode.write_video import write_viewing_copy
from lipflap.core.face.align import CANONICAL, crop_from_plate, to_crop
from lipflap.core.face.detect import Detector, cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.landmarks import EYE_CORNERS
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import samples
from lipflap.core.voice.log_mel import log_mel, to_log, window
from lipflap.training.data.dataset import KEPT_PX, ClipRecord, PreparedSet, sound_window
from lipflap.training.data.films import recordings_from_films
from lipflap.training.data.prepare import parts_of, prepare_parts, training_clips
from lipflap.training.data.split import SplitPart
from lipflap.training.data.talking_portraits import KEPT_LEFT, KEPT_TOP
from lipflap.training.data.training_clip import LEAD_HOPS, TrainingClip

Tools = tuple[Sequence[Detector], PointsIn]

COUNT, RATE = 30, Fraction(25)
FRAME_SAMPLES = 640


def _swaying(faces: int) -> Iterator[NDArray[np.uint8]]:
    portrait = skimage.data.astronaut()
    for frame in range(COUNT):
        move = np.array([[1.0, 0, 0.7 * frame], [0, 1.0, -0.3 * frame]])
        one = cv2.warpAffine(portrait, move, (512, 512), borderMode=cv2.BORDER_REFLECT)
        yield np.concatenate([one] * faces, axis=1) if faces else np.zeros_like(one)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One face; sound that is silent up to frame 10 and loud from it on."""
    folder = tmp_path_factory.mktemp("film")
    hiss = 0.1 * np.random.default_rng(1).standard_normal(FRAME_SAMPLES * COUNT)
    hiss[: 10 * FRAME_SAMPLES] = 0
    soundfile.write(folder / "voice.wav", hiss, 16_000)
    write_viewing_copy(folder / "one.mp4", _swaying(1), RATE, folder / "voice.wav")
    write_viewing_copy(folder / "none.mp4", _swaying(0), RATE, folder / "voice.wav")
    (folder / "align").mkdir()
    (folder / "align" / "one.align").write_text("0 9000 now\n9000 12000 blue\n12000 29000 p\n")
    return folder / "one.mp4"


@pytest.fixture(scope="module")
def tools() -> Tools:
    return cascade_detectors(), load_landmarker().points


def _part(film: Path, tools: Tools, start: int, end: int, *, validates: bool = False) -> SplitPart:
    (recording,) = recordings_from_films(film)
    (part,) = parts_of(recording, validates, *tools)
    return replace(part, segment=replace(part.segment, start=start, end=end))


@pytest.fixture(scope="module")
def whole(film: Path, tools: Tools) -> TrainingClip:
    (take,) = prepare_parts([_part(film, tools, 0, COUNT, validates=True)])
    return take


def test_the_face_is_held_still_while_it_sways(whole: TrainingClip) -> None:
    assert whole.frames.shape == (COUNT, *KEPT_PX, 3)
    eyes = whole.points[:, list(EYE_CORNERS)]
    assert np.abs(eyes - CANONICAL[: len(EYE_CORNERS)]).max() < 5
    assert np.ptp(eyes, axis=0).max() < 1.5
    assert (whole.name, whole.rate) == ("one", RATE)


def test_what_is_kept_is_the_crop_that_dubbing_sees(whole: TrainingClip) -> None:
    plate = next(_swaying(1))
    points, _, _ = load_landmarker().points(plate, np.array([170.0, 60.0, 285.0, 175.0]))
    crop = to_crop(plate, crop_from_plate(points[None])[0]).astype(int)
    seen = crop[KEPT_TOP : KEPT_TOP + KEPT_PX[0], KEPT_LEFT : KEPT_LEFT + KEPT_PX[1]]
    assert np.abs(whole.frames[0, : len(seen)].astype(int) - seen).mean() < 6
    assert whole.crops is not None
    assert np.abs(whole.crops[0].astype(int) - crop).mean() < 6


def test_sound_is_kept_from_before_the_first_frame_to_after_the_last(
    film: Path, tools: Tools, whole: TrainingClip
) -> None:
    """A part that begins at frame 9 hears in its first window what the whole film hears there,
    the sound before it included, as log_mel has it; so does its last."""
    (later,) = prepare_parts([_part(film, tools, 9, COUNT - 5)])
    assert later.name == f"one 9-{COUNT - 5}"
    mel = log_mel(samples(str(film), 0, COUNT * FRAME_SAMPLES).mean(0), 16_000)
    for take, frame, number in ((whole, 9, 9), (later, 9, 0), (later, COUNT - 6, COUNT - 15)):
        assert np.abs(_heard(take, number) - window(mel, frame, RATE)).mean() < 0.05
    assert np.abs(_heard(whole, 9) - window(mel, 10, RATE)).mean() > 0.1


def test_lips_are_known_to_be_closed_where_words_times_say_so(
    film: Path, tools: Tools, whole: TrainingClip
) -> None:
    (later,) = prepare_parts([_part(film, tools, 10, COUNT, validates=True)])
    assert whole.closed_frames == (9, 12)
    assert later.closed_frames == (2,)


def test_what_trains_keeps_no_whole_faces(film: Path, tools: Tools) -> None:
    (take,) = prepare_parts([_part(film, tools, 0, COUNT)])
    assert take.crops is None


def test_films_without_a_face_are_left_out_by_name(
    film: Path, tools: Tools, caplog: pytest.LogCaptureFixture
) -> None:
    assert (
        list(training_clips(list(recordings_from_films(film.with_name("none.mp4"))), *tools)) == []
    )
    assert "nobody is seen speaking in none" in caplog.text


def test_there_is_silence_where_no_sound_was_kept() -> None:
    rate = Fraction(10)
    clip = ClipRecord(name="a", rate=rate, frame_count=9, hop_count=72, validates=False)
    hops = np.ones((72, 80), np.float16)
    footage = PreparedSet((clip,), np.zeros((9, *KEPT_PX, 3), np.uint8), hops)
    assert sound_window(footage, clip, 4).min() == 10
    for frame in (-10, 20):
        assert not sound_window(footage, clip, frame).any()


def _heard(take: TrainingClip, frame: int) -> NDArray[np.float32]:
    """Log-mel [80, 32] around a frame of a take, as training hears it."""
    clip = ClipRecord(
        name=take.name,
        rate=RATE,
        frame_count=len(take.frames),
        hop_count=len(take.hops),
        validates=False,
        lead_hops=LEAD_HOPS,
    )
    return to_log(sound_window(PreparedSet((clip,), take.frames, take.hops), clip, frame))
