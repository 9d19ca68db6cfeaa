"""What is heard over a shot, as the samples a sound device takes."""

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
    """[N, 2] at HEARD_HZ: the speeches where they lie on a shot's clock, from its frame 0.

    What is not stereo is heard in the middle, all its channels alike.

    Raises MediaMissing, MediaBroken.
    """
    mix = np.zeros((ceil(seconds * MIX_HZ), CHANNELS), np.float32)
    for speech in speeches:
        first = max(0, -speech.at_sample)
        last = min(speech.sample_count, ceil(seconds * speech.sample_rate_hz) - speech.at_sample)
        if first >= last:
            continue
        heard = samples(speech.path, speech.first_sample + first, last - first)
        if len(heard) != CHANNELS:
            heard = np.repeat(heard.mean(0, keepdims=True), CHANNELS, axis=0)
        resampled = soxr.resample(heard.T, speech.sample_rate_hz, MIX_HZ)
        start = round(Fraction(speech.at_sample + first, speech.sample_rate_hz) * MIX_HZ)
        kept = resampled[: max(0, len(mix) - start)]
        mix[start : start + len(kept)] += kept
    return np.rint(np.clip(mix * 32768, -32768, 32767)).astype(np.int16)
