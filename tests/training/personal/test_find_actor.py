"""Whose face it is: by the name on the footage, by the face chosen, else by who speaks longest."""

from fractions import Fraction

import numpy as np
import pytest

from lipflap.core.errors import NoFace
from lipflap.core.face.appearance import SAME_APPEARANCE
from lipflap.core.face.track import FaceTrack
from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.training.data.face_segments import FaceSegment
from lipflap.training.data.split import SplitPart
from lipflap.training.personal.find_actor import parts_of_actor, recordings_naming


def _recording(name: str, *, rate: int = 25, labels: tuple[str, ...] = (), face: int | None = None):
    picture = Picture(f"{name}.mov", Fraction(rate), 0, None, "")
    frames = FrameMap(Fraction(0), Fraction(1), 1000)
    return Recording(name, "reel", picture, frames, Fraction(rate), (), face, labels)


def _part(recording: Recording, look: float, frames: int) -> SplitPart:
    """Somebody whose look is all one number, for so many frames."""
    rows = np.zeros(frames, np.float32)
    points = np.zeros((frames, 72, 2), np.float32)
    looks = np.full(192, look, np.float32)
    track = FaceTrack(0, points, rows, rows, rows.astype(bool), rows, looks)
    return SplitPart(recording, FaceSegment(track, 0, frames), False)


def test_the_one_who_speaks_longest_is_the_actor() -> None:
    """In seconds, not in frames: 100 at 25 a second are longer than 150 at 50."""
    slow, fast = _recording("a"), _recording("b", rate=50)
    parts = [_part(slow, 0, 50), _part(fast, 5, 150), _part(slow, SAME_APPEARANCE * 0.9, 50)]
    assert parts_of_actor(parts) == [parts[0], parts[2]]


def test_a_face_that_was_chosen_is_the_actors_elsewhere_too() -> None:
    chosen, other = _recording("a", face=1), _recording("b")
    parts = [_part(other, 0, 500), _part(chosen, 5, 30), _part(other, 5, 60)]
    assert parts_of_actor(parts) == parts[1:]


def test_a_face_goes_with_the_one_it_is_most_alike() -> None:
    one = _recording("a")
    apart = 1.5 * SAME_APPEARANCE
    parts = [_part(one, 0, 40), _part(one, apart, 40), _part(one, 0.9 * SAME_APPEARANCE, 40)]
    assert parts_of_actor(parts) == parts[1:]


def test_without_faces_there_is_no_actor() -> None:
    with pytest.raises(NoFace, match="nobody is seen speaking"):
        parts_of_actor([])


def test_footage_with_the_actors_name_on_it_goes_before_all_other() -> None:
    named = _recording("SH010 Ana close")
    marked = _recording("SH020", labels=("SH020", "ANA, take 3"))
    other = _recording("SH030", labels=("SH030", "Bo"))
    assert recordings_naming([named, other, marked], "Ana") == [named, marked]
    assert recordings_naming([named, other, marked], "Cleo") == [named, other, marked]
