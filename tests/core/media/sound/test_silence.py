"""Silence of sound files, where it can be told without decoding."""

from pathlib import Path

import numpy as np
import soundfile

from lipflap.core.media.sound.silence import is_silent
from lipflap.core.playback import PLAIN, Playback, SoundChannel


def test_a_voice_beside_a_sample_that_is_no_number_is_heard(tmp_path: Path) -> None:
    path, sound = str(tmp_path / "float.wav"), np.zeros((9600, 2), np.float32)
    sound[5, 0], sound[2000:2400, 1] = np.nan, 0.1
    soundfile.write(path, sound, 48_000, subtype="FLOAT")
    assert is_silent(path, 0, 9600, PLAIN) is False
    assert is_silent(path, 0, 9600, Playback((SoundChannel(0, 0),))) is True
    assert is_silent(path, 2400, 7200, PLAIN) is True
