"""Channels of several streams, and speed, by tones: a channel is known by its pitch."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.media.sound_files import HZ, pitch_hz, write_streams, write_tones

from lipflap.core.errors import MediaBroken
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound
from lipflap.core.playback import PLAIN, Playback, SoundChannel


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Stream 1 is stereo, streams 2 and 3 are mono: channels 1 to 4."""
    folder = tmp_path_factory.mktemp("streams")
    return str(write_streams(folder / "many.mov", [[200, 400], [600], [800]]))


@pytest.mark.parametrize(
    ("channels", "pitches"),
    [
        ([], [200, 400]),
        ([(0, None)], [200, 400]),
        ([(0, 1)], [400]),
        ([(2, 0)], [800]),
        ([(2, None)], [800]),
        ([(None, 2)], [600]),
        ([(None, 3), (None, 0)], [800, 200]),
        ([(1, 0), (0, 1)], [600, 400]),
    ],
)
def test_the_channels_named_are_those_heard(
    streams: str, channels: list[tuple[int | None, int | None]], pitches: list[float]
) -> None:
    playback = Playback(tuple(SoundChannel(*channel) for channel in channels))
    heard = samples(streams, 12_000, 24_000, playback)
    assert [pitch_hz(channel) for channel in heard] == pitches
    assert probe_sound(streams, playback).channels == len(pitches)


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ((None, 4), "channel 5: it has 3 sound streams of 2, 1, 1 channels"),
        ((3, 0), "channel 1 of sound stream 4"),
        ((1, 1), "channel 2 of sound stream 2"),
        ((7, None), "sound stream 8"),
    ],
)
def test_a_channel_that_is_not_there_is_named(
    streams: str, channel: tuple[int | None, int | None], words: str
) -> None:
    playback = Playback((SoundChannel(*channel),))
    for look in (lambda: probe_sound(streams, playback), lambda: samples(streams, 0, 9, playback)):
        with pytest.raises(MediaBroken, match=words):
            look()


@pytest.mark.parametrize("speed", [Fraction(1, 2), Fraction(103, 100), Fraction(2)])
def test_stretched_sound_keeps_its_pitch_and_its_place(tmp_path: Path, speed: Fraction) -> None:
    """A tone that changes from 300 to 500 Hz after 2 of its 4 seconds."""
    low, high = (write_tones(tmp_path / f"{hz}.wav", [hz], 2) for hz in (300, 500))
    import soundfile

    both = np.concatenate([soundfile.read(path)[0] for path in (low, high)])
    path = str(tmp_path / "both.wav")
    soundfile.write(path, both, HZ, subtype="PCM_16")
    playback = Playback(speed=speed)
    count = probe_sound(path, playback).sample_count
    assert count == int(4 * HZ / speed)
    change = round(2 * HZ / speed)
    quarter = HZ // 4
    before = samples(path, change - quarter - 1500, quarter, playback)[0]
    after = samples(path, change + 1500, quarter, playback)[0]
    assert pitch_hz(before) == pytest.approx(300, abs=5)
    assert pitch_hz(after) == pytest.approx(500, abs=5)
    assert samples(path, count - 100, 100, playback).shape == (1, 100)
    with pytest.raises(MediaBroken, match="its sound ends"):
        samples(path, count - 100, 101, playback)


def test_plain_sound_is_untouched(tmp_path: Path) -> None:
    path = str(write_tones(tmp_path / "tone.wav", [300, 700]))
    assert np.array_equal(samples(path, 7, 5000), samples(path, 7, 5000, PLAIN))
