"""What is heard over a shot, sample by sample."""

from fractions import Fraction

import numpy as np
import pytest
import soundfile
from support.media.counted_media import write_ramp

from lipflap.core.errors import MediaMissing
from lipflap.core.order import Role, Speech
from lipflap.gui.sound.audio_mix import MIX_HZ, mix


def speech(path, first: int, count: int, at: int, hz: int = MIX_HZ) -> Speech:
    return Speech(str(path), Role.DUB, first, count, hz, at, None, "")


def test_each_sample_lies_where_the_order_has_it(tmp_path):
    """Sample n of the ramp is n * 2**-23, and a step of 16 bits is 256 of them."""
    path = write_ramp(tmp_path / "ramp.wav", 48_000, first=1 << 20)
    audio = mix([speech(path, 1000, 20_000, 5000)], Fraction(1, 2))
    assert audio.shape == (24_000, 2)
    assert not audio[:5000].any()
    numbers = audio[5000:, 0].astype(np.int64) * 256 - (1 << 20)
    assert np.abs(numbers - np.arange(1000, 20_000)).max() <= 256
    assert (audio[:, 0] == audio[:, 1]).all()


def test_what_lies_before_the_shot_or_after_it_is_not_heard(tmp_path):
    path = write_ramp(tmp_path / "ramp.wav", 48_000, first=1 << 20)
    early = mix([speech(path, 2000, 4000, -3000)], Fraction(1, 2))
    assert np.flatnonzero(early[:, 0]).tolist() == list(range(1000))
    assert abs(int(early[0, 0]) * 256 - (1 << 20) - 5000) <= 256
    assert not mix([speech(path, 0, 100, -200)], Fraction(1, 2)).any()
    late = mix([speech(path, 0, 40_000, 20_000)], Fraction(1, 2))
    assert np.flatnonzero(late[:, 0]).tolist() == list(range(20_000, 24_000))


def test_lines_that_overlap_are_heard_together_without_turning_over(tmp_path):
    loud = tmp_path / "loud.wav"
    soundfile.write(loud, np.full(4800, 0.7), MIX_HZ)
    audio = mix([speech(loud, 0, 4800, 0), speech(loud, 0, 2400, 0)], Fraction(1, 10))
    assert (audio[:2400] == 32767).all()
    assert np.abs(audio[2500:4700] - round(0.7 * 32768)).max() <= 2


def test_other_rates_keep_their_place_and_their_length(tmp_path):
    tone = tmp_path / "tone.wav"
    at = np.arange(16_000) / 16_000
    soundfile.write(tone, 0.5 * np.sin(2 * np.pi * 100 * at), 16_000)
    audio = mix([speech(tone, 0, 16_000, 1600, 16_000)], Fraction(2))
    wanted = 0.5 * 32768 * np.sin(2 * np.pi * 100 * np.arange(48_000) / MIX_HZ)
    middle = slice(2400, 45_000)
    assert np.abs(audio[4800:52_800, 0][middle] - wanted[middle]).max() < 60


def test_left_and_right_stay_apart_and_six_channels_come_together(tmp_path):
    stereo, many = tmp_path / "stereo.wav", tmp_path / "many.wav"
    soundfile.write(stereo, np.tile([0.5, -0.25], (4800, 1)), MIX_HZ)
    soundfile.write(many, np.tile([0, 0, 0.6, 0, 0, 0], (4800, 1)), MIX_HZ)
    audio = mix([speech(stereo, 0, 4800, 0)], Fraction(1, 10))[100:-100]
    assert np.abs(audio - np.array([0.5, -0.25]) * 32768).max() < 2
    audio = mix([speech(many, 0, 4800, 0)], Fraction(1, 10))[100:-100]
    assert np.abs(audio - 0.1 * 32768).max() < 2


def test_a_sound_that_is_gone_is_said(tmp_path):
    with pytest.raises(MediaMissing, match="gone"):
        mix([speech(tmp_path / "gone.wav", 0, 100, 0)], Fraction(1))
