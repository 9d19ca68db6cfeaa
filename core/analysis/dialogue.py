"""The dialogue of a shot: its speeches mixed on the order's clock.

frame                 0 |  1 |  2 | ...
clock    -PREROLL --- 0 --------------- count / rate --- +PREROLL
speech           [== at_sample, sample_count ==]
mix      [..............................................]   mono, 16 kHz
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from lipflap.core.order import Speech
from lipflap.core.playback import Playback
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ, resample

Samples = Callable[[str, int, int, Playback], NDArray[np.float32]]

PREROLL_S = 1  # of sound before and after the picture: a mouth opens before its word


def mix_dialogue(
    speeches: Iterable[Speech], seconds: Fraction, samples: Samples
) -> NDArray[np.float32]:
    """Mix speeches: [N] at 16 kHz, from PREROLL_S before the first frame.

    What several say together is one sound, and counts once.

    seconds  the shot lasts
    samples  path, first sample, count, playback -> [C, count]
    """
    mix = np.zeros(ceil((seconds + 2 * PREROLL_S) * SAMPLE_RATE_HZ), np.float32)
    for speech in dict.fromkeys(replace(one, character="", face=None) for one in speeches):
        first, count = _place_in_mix(speech, -PREROLL_S, seconds + PREROLL_S)
        if count < 1:
            continue
        sound = samples(speech.path, speech.first_sample + first, count, speech.playback)
        mono = resample(sound.mean(0), speech.sample_rate_hz)
        at_s = Fraction(speech.at_sample + first, speech.sample_rate_hz) + PREROLL_S
        start = round(at_s * SAMPLE_RATE_HZ)
        kept = mono[: max(0, len(mix) - start)]
        mix[start : start + len(kept)] += kept
    return mix


def frames_covered(
    spans: Iterable[tuple[int, int]], rate: Fraction, count: int
) -> NDArray[np.bool_]:
    """Return the frames [count] that spans [start, end) of samples of the mix reach."""
    out = np.zeros(count, bool)
    for start, end in spans:
        first = floor((Fraction(start, SAMPLE_RATE_HZ) - PREROLL_S) * rate)
        last = ceil((Fraction(end, SAMPLE_RATE_HZ) - PREROLL_S) * rate)
        out[max(0, first) : max(0, last)] = True
    return out


def loudness(sound: NDArray[np.float32], rate: Fraction, count: int) -> NDArray[np.float64]:
    """Return how loud the mix seems in each of `count` frames: the cube root of its power.

    The root is near Stevens' law of loudness (0.3 of power), and near how far mouths open.
    """
    bounds = [round((i / rate + PREROLL_S) * SAMPLE_RATE_HZ) for i in range(count + 1)]
    power = np.add.reduceat(sound.astype(np.float64) ** 2, bounds)[:-1] / np.diff(bounds)
    return np.asarray(np.cbrt(power))


def _place_in_mix(speech: Speech, start_s: int, end_s: Fraction) -> tuple[int, int]:
    """Return the first of a speech's samples that lies between two times, and their number."""
    first = max(0, ceil(start_s * speech.sample_rate_hz) - speech.at_sample)
    end = min(speech.sample_count, floor(end_s * speech.sample_rate_hz) - speech.at_sample)
    return first, end - first
