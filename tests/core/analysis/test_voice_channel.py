"""The choice of the channels that are the voice."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.media.sound_files import HZ, write_layout, write_streams, write_tones

from lipflap.core.analysis.voice_channel import voice_channels


def heard(path: Path) -> list[int | None]:
    return [channel.channel for channel in voice_channels(str(path)).playback.channels]


def test_of_surround_sound_the_centre_is_heard(tmp_path: Path) -> None:
    plain = write_tones(tmp_path / "six.wav", [100, 200, 300, 40, 500, 600])
    surround = write_layout(plain, tmp_path / "surround.wav", "5.1")
    assert heard(surround) == [2]
    assert "centre" in voice_channels(str(surround)).note


def test_a_silent_centre_is_not_heard(tmp_path: Path) -> None:
    plain = write_tones(tmp_path / "six.wav", [100, 0, 0, 0, 0, 0])
    assert heard(write_layout(plain, tmp_path / "surround.wav", "5.1")) == [0]


@pytest.mark.parametrize(("channels", "only"), [([300, 0], [0]), ([0, 300], [1])])
def test_of_dual_mono_the_channel_that_sounds_is_heard(
    tmp_path: Path, channels: list[float], only: list[int]
) -> None:
    path = write_tones(tmp_path / "dual.wav", channels)
    assert heard(path) == only
    assert f"channel {only[0] + 1}" in voice_channels(str(path)).note


def test_of_streams_the_one_that_sounds_is_heard(tmp_path: Path) -> None:
    assert heard(write_streams(tmp_path / "a.mov", [[0], [0, 0], [0], [300]])) == [4]


def test_of_two_sounds_the_one_like_speech_is_taken_with_a_warning(tmp_path: Path) -> None:
    at_s = np.arange(2 * HZ) / HZ
    music = 0.4 * np.sin(2 * np.pi * 440 * at_s)
    noise = np.random.default_rng(0).normal(0, 0.1, len(at_s))
    speech = noise * (np.sin(2 * np.pi * 3 * at_s) > 0)  # three syllables a second
    for order, voice in ((np.stack([music, speech], 1), 1), (np.stack([speech, music], 1), 0)):
        soundfile.write(tmp_path / "two.wav", order, HZ)
        assert heard(tmp_path / "two.wav") == [voice]
        note = voice_channels(str(tmp_path / "two.wav")).note
        assert "differ" in note
        assert "--dub-channel" in note


def test_stereo_and_mono_are_heard_as_they_are(tmp_path: Path) -> None:
    assert heard(write_tones(tmp_path / "mono.wav", [300])) == []
    stereo = write_tones(tmp_path / "stereo.wav", [300, 300])
    assert (heard(stereo), voice_channels(str(stereo)).note) == ([], "")


def test_sound_against_itself_is_not_mixed_to_silence(tmp_path: Path) -> None:
    tone = soundfile.read(write_tones(tmp_path / "tone.wav", [300]))[0]
    soundfile.write(tmp_path / "against.wav", np.stack([tone, -tone], 1), HZ)
    assert len(heard(tmp_path / "against.wav")) == 1


def test_silence_is_said(tmp_path: Path) -> None:
    assert "silent" in voice_channels(str(write_tones(tmp_path / "no.wav", [0, 0]))).note
