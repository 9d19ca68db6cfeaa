"""Silence in a piece of a sound file, where it is cheap to find: in plain sound files."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import soundfile

from lipflap.core.playback import Playback

SILENT = 10 ** (-70 / 20)  # of full scale; no recording is this quiet, the sound is off
_BLOCK_S = Fraction(1, 4)


def is_silent(path: str, first: int, count: int, playback: Playback) -> bool | None:
    """Return whether samples as heard are silent; None where only decoding could tell.

    Reads no further than the first sound.
    """
    try:
        with soundfile.SoundFile(path) as file:
            channels = [channel.channel for channel in playback.channels]
            if any((channel.stream or 0) > 0 for channel in playback.channels):
                return None
            file.seek(min(floor(first * playback.speed), file.frames))
            left = ceil(count * playback.speed)
            block = round(_BLOCK_S * file.samplerate)
            while left > 0:
                sound = file.read(min(block, left), dtype="float32", always_2d=True)
                heard = sound if not channels or None in channels else sound[:, channels]
                if not len(sound):
                    break
                if (np.abs(heard) > SILENT).any():
                    return False
                left -= len(sound)
    except (soundfile.SoundFileError, OSError, IndexError):
        return None
    return True
