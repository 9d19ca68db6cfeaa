"""Where the speaking face can be learnt from: puppets whose every frame is known.

frame   0            60       90             150
left    speaks                speaks nearer
right   listens
"""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.media.counted_media import read_number, write_film
from support.puppets.puppet import Puppet, draw, puppet_detector, puppet_points
from support.puppets.puppet_shot import HZ, write_movie

from lipflap.core.analysis.repaint_plan import Scene
from lipflap.core.errors import DubError
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import sequence_file
from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.training.data.face_segments import analyse_recording, face_segments, plates
from lipflap.training.data.films import recordings_from_films

RATE = Fraction(25)
FIRST_END, SECOND_START, END = 60, 90, 150
LEFT_X = 60.0


def _opening(frame: int) -> float:
    return 0.15 * (1 + np.sin(frame / 2.3)) / 2


def _picture(frame: int) -> NDArray[np.uint8]:
    if frame < FIRST_END:
        speaker = Puppet(LEFT_X, 60, 30, _opening(frame))
        listener = Puppet(180, 60, 32, skin=(150, 110, 85), hair=(20, 20, 20))
        return draw([speaker, listener], 240, 160)
    if frame < SECOND_START:
        return 255 - draw([], 240, 160)
    return draw([Puppet(120, 50, 44, _opening(frame))], 240, 160)


def _voice() -> NDArray[np.float32]:
    """Noise as loud as the mouth is open."""
    open_by = np.repeat([_opening(frame) for frame in range(END)], HZ // 25)
    hiss = np.random.default_rng(2).standard_normal(len(open_by))
    return (2 * open_by**1.5 * hiss).astype(np.float32)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    path = tmp_path_factory.mktemp("film") / "scene.mkv"
    write_movie(path, map(_picture, range(END)), RATE, _voice())
    (one,) = recordings_from_films(path)
    return one


@pytest.fixture(scope="module")
def scene(recording: Recording) -> Scene:
    return analyse_recording(recording, [puppet_detector], puppet_points)


def test_only_the_one_who_speaks_is_taken_and_only_while_seen(scene: Scene) -> None:
    found = list(face_segments(scene, None))
    assert [(one.start, one.end) for one in found] == [(0, FIRST_END), (SECOND_START, END)]
    eyes = [one.points[0, :, 0].mean() for one in found]
    assert eyes == pytest.approx([LEFT_X, 120], abs=3)


def test_the_face_asked_for_is_taken_though_it_listens(scene: Scene) -> None:
    middles = [track.points[0, :, 0].mean() for track in scene.tracks]
    listener = int(np.argmin(np.abs(np.array(middles) - 180)))
    (one,) = face_segments(scene, listener)
    assert (one.start, one.end) == (0, FIRST_END)
    with pytest.raises(DubError, match=r"no face 7; \d were found"):
        list(face_segments(scene, 7))


def test_the_plates_are_those_of_the_frames(recording: Recording) -> None:
    found = list(plates(recording, 40, 42))
    for number, plate in enumerate(found):
        assert np.abs(plate.astype(int) - _picture(40 + number)).mean() < 1
    assert len(found) == 2


def test_files_that_are_missing_are_seen_as_the_cut_shows_them(tmp_path: Path) -> None:
    pattern = write_film(tmp_path / "A.%04d.png", range(5, 9), pixel_format="rgb24", codec=())
    for number in (1, 3):
        sequence_file(str(pattern), number).unlink()
    rate, frames = Fraction(25), FrameMap(Fraction(0), Fraction(1), 3)
    picture = Picture(str(pattern), rate, 2, 2, "", HolePolicy.HOLD)
    found = plates(Recording("A", "", picture, frames, rate, ()))
    assert [read_number(plate[..., 1]) for plate in found] == [6, 6, 8]


def test_long_segments_are_cut_into_equal_parts_and_short_ones_left_out(scene: Scene) -> None:
    """At 5 frames a second the same frames last five times as long, at 100 a quarter of it."""
    slow = Scene(scene.tracks, scene.cuts, Fraction(5), scene.count, None)
    assert [len(one) for one in face_segments(slow, _speaker(slow))] == [30, 30, 30, 30]
    fast = Scene(scene.tracks, scene.cuts, Fraction(100), scene.count, None)
    assert list(face_segments(fast, _speaker(fast))) == []


def test_frames_in_which_a_face_is_only_guessed_are_left_out(scene: Scene) -> None:
    track = scene.tracks[_speaker(scene)]
    track.confidence[20] = 0
    try:
        found = list(face_segments(scene, _speaker(scene)))
    finally:
        track.confidence[20] = 1
    assert [(one.start, one.end) for one in found] == [(21, FIRST_END), (SECOND_START, END)]


def _speaker(scene: Scene) -> int:
    return next(n for n, track in enumerate(scene.tracks) if len(track) > FIRST_END)
