"""A film of an actor's mouths: runs of the footage that differ most, cut to the head."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.puppets.puppet import SKIN, Puppet, draw, points_of
from support.puppets.puppet_shot import write_movie

from lipflap.core.errors import DubError
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.training.data.face_segments import FaceSegment
from lipflap.training.data.split import SplitPart
from lipflap.training.personal import mouth_film
from lipflap.training.personal.mouth_film import write_mouth_film

RATE, FRAMES, LEARNT, RUN = Fraction(24), 96, 72, 12
OPENINGS = (
    0.0,
    0.0,
    0.4,
    0.4,
    0.1,
    0.1,
    0.8,
    0.8,
)  # of each dozen of frames; the last two validate


def _puppet(frame: int) -> Puppet:
    return Puppet(60 + frame / 2, 50, 24, OPENINGS[frame // RUN] + 0.004 * (frame % RUN))


def _footage(path: Path) -> list[SplitPart]:
    """A puppet that walks from left to right, and the parts in which it speaks."""
    write_movie(path, (draw([_puppet(n)], 200, 130) for n in range(FRAMES)), RATE)
    points = np.stack([points_of(_puppet(n)) for n in range(FRAMES)])
    sure = np.ones(FRAMES, np.float32)
    track = FaceTrack(0, points, sure, sure, sure.astype(bool), sure, np.zeros(192, np.float32))
    picture = Picture(str(path), RATE, 0, None, "")
    film = Recording("walk", "", picture, FrameMap(Fraction(0), Fraction(1), FRAMES), RATE, ())
    return [
        SplitPart(film, FaceSegment(track, 0, LEARNT), validates=False),
        SplitPart(film, FaceSegment(track, LEARNT, FRAMES), validates=True),
    ]


def _rgb(path: Path) -> list[NDArray[np.float32]]:
    info = probe(str(path))
    assert info.rate == RATE
    return [255 * colour.rgb(frame, info) for frame in pictures(info, range(info.frame_count))]


def _red_rows(picture: NDArray) -> int:
    """How many rows of the open mouth are seen."""
    red = (picture[..., 0] > 200) & (picture[..., 1] < 90)
    return int(red.any(1).sum())


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[NDArray[np.float32]]:
    monkeypatch.setattr(mouth_film, "MAX_MOUTHS", 2 * RUN)
    write_mouth_film(_footage(tmp_path / "walk.mkv"), tmp_path / "ana.mouths.mov")
    return _rgb(tmp_path / "ana.mouths.mov")


def test_it_has_runs_of_the_mouths_that_differ_most_with_black_between(film) -> None:
    black = [number for number, picture in enumerate(film) if picture.mean() < 4]
    assert (len(film), black) == (2 * RUN + 1, [RUN])
    closed, wide = sorted(
        np.median([_red_rows(picture) for picture in run]) for run in (film[:RUN], film[RUN + 1 :])
    )
    assert closed <= 4
    assert 8 <= wide <= 13, "those that validate are opened to 19 and never taken"


def test_its_pictures_are_the_actors_head_in_the_colours_of_the_footage(film) -> None:
    head = film[0]
    assert head.shape[0] < 130, "cut to the head"
    assert head.shape[1] < 130
    found = np.abs(head - SKIN).max(2) < 8
    assert found.sum() > 900


def test_a_film_that_cannot_be_written_leaves_none(tmp_path: Path) -> None:
    parts = _footage(tmp_path / "walk.mkv")
    (tmp_path / "walk.mkv").unlink()
    with pytest.raises(DubError, match=r"walk\.mkv"):
        write_mouth_film(parts, tmp_path / "ana.mouths.mov")
    assert not list(tmp_path.iterdir())
