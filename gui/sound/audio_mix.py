"""Mix the sound of a shot into the samples that an audio device takes."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np
import soxr
from numpy.typing import NDArray

from lipflap.core.media.decode import samples
from lipflap.core.order import Speech

MIX_HZ = 48_000
CHANNELS = 2

Sound = NDArray[np.int16]


def mix(speeches: Sequence[Speech], seconds: Fraction) -> Sound:
    """Mix speeches, timed from frame 0 of a shot, to [N, 2] at MIX_HZ.

    Sound that is not stereo is mixed to the centre, all its channels equally.

    Raises MediaMissing, MediaBroken.
    """
    mix = np.zeros((ceil(seconds * MIX_HZ), CHANNELS), np.float32)
    for speech in speeches:
        first = max(0, -speech.at_sample)
        last = min(speech.sample_count, ceil(seconds * speech.sample_rate_hz) - speech.at_sample)
        if first >= last:
            continue
        audio = samples(speech.path, speech.first_sample + first, last - first, speech.playback)
        if len(audio) != CHANNELS:
            audio = np.repeat(audio.mean(0, keepdims=True), CHANNELS, axis=0)
        resampled = soxr.resample(audio.T, speech.sample_rate_hz, MIX_HZ)
        start = round(Fraction(speech.at_sample + first, speech.sample_rate_hz) * MIX_HZ)
        part = resampled[: max(0, len(mix) - start)]
        mix[start : start + len(part)] += part
    return np.rint(np.clip(mix * 32768, -32768, 32767)).astype(np.int16)
