"""New films, read back with a decoder that knows nothing of us."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from lipflap.core.encode.write_video import write_footage, write_viewing_copy
from lipflap.core.errors import DubError

RATE = Fraction(25)
BT709 = 1  # in ITU-T H.273
COLOURS = np.array([[200, 40, 30], [30, 180, 60], [40, 60, 190], [128, 128, 128]], np.uint8)


def flat_pictures(count: int) -> list[np.ndarray]:
    """64 x 48 pictures of one colour each, in turn."""
    return [np.tile(COLOURS[i % 4], (48, 64, 1)) for i in range(count)]


def read_back(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def test_footage_keeps_its_frames_their_colours_and_its_timecode(tmp_path):
    write_footage(tmp_path / "A.mov", flat_pictures(8), RATE, 90_012)
    seen = read_back(tmp_path / "A.mov")
    assert len(seen) == 8
    for i, picture in enumerate(seen):
        assert np.abs(picture.astype(int) - COLOURS[i % 4]).max() <= 4, i
    with av.open(str(tmp_path / "A.mov")) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "prores"
        assert stream.average_rate == RATE
        context = stream.codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace)
        assert tags == (BT709, BT709, BT709)
        assert film.streams.data[0].metadata["timecode"] == "01:00:00:12"


def test_a_viewing_copy_holds_the_pictures_and_the_sound(tmp_path):
    at_s = np.arange(48_000) / 48_000
    soundfile.write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * at_s), 48_000)
    write_viewing_copy(tmp_path / "A.mp4", flat_pictures(25), RATE, tmp_path / "tone.wav")
    seen = read_back(tmp_path / "A.mp4")
    assert len(seen) == 25
    assert np.abs(seen[1].astype(int) - COLOURS[1]).max() <= 6
    with av.open(str(tmp_path / "A.mp4")) as film:
        heard = np.concatenate([f.to_ndarray()[0] for f in film.decode(audio=0)])[2000:46_000]
    loudest = np.abs(np.fft.rfft(heard)).argmax() * 48_000 / len(heard)
    assert loudest == pytest.approx(1000, abs=3)
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.05)


def test_a_film_that_cannot_be_written_says_so_and_leaves_the_old_one(tmp_path):
    old = tmp_path / "A.mp4"
    old.write_bytes(b"old")
    with pytest.raises(DubError, match="cannot be written"):
        write_viewing_copy(old, flat_pictures(5), RATE, tmp_path / "no such sound.wav")
    assert [p.name for p in tmp_path.iterdir()] == ["A.mp4"]
    assert old.read_bytes() == b"old"


def test_drawing_that_stops_half_way_leaves_no_half_film(tmp_path):
    def torn():
        yield from flat_pictures(30)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_footage(tmp_path / "A.mov", torn(), RATE, 0)
    assert list(tmp_path.iterdir()) == []
