"""Log-mel of sound, at one sample rate and one loudness whatever the file's."""

from fractions import Fraction
from functools import cache
from math import ceil, floor

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lipflap.core.voice.spectrum import mel_filters, stft

SAMPLE_RATE_HZ = 16_000
HOP_SAMPLES = 200
HOPS_A_SECOND = SAMPLE_RATE_HZ // HOP_SAMPLES
FFT_SAMPLES, WINDOW_SAMPLES = 1024, 800
MELS = 80
FLOOR_DB = -80.0
SPEECH_LEVEL_DB = -23.0
MAX_GAIN_DB = 30.0


def resample(mono: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    """Resample samples [N] from `sample_rate_hz` to 16 kHz."""
    if sample_rate_hz == SAMPLE_RATE_HZ:
        return mono
    resampled = soxr.resample(mono, sample_rate_hz, SAMPLE_RATE_HZ)
    count = ceil(Fraction(len(mono) * SAMPLE_RATE_HZ, sample_rate_hz))
    whole = np.zeros(count, np.float32)
    whole[: len(resampled)] = resampled[:count]
    return whole


def normalise_loudness(mono: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring the speech in samples [N] at 16 kHz to -23 dB.

    The level of speech is the mean power of the 50 ms pieces within 20 dB of the loudest.
    Near-silence is not amplified: the gain is never above 30 dB.
    """
    piece = SAMPLE_RATE_HZ // 20
    whole = mono[: len(mono) // piece * piece].reshape(-1, piece).astype(np.float64)
    power = (whole**2).mean(1)
    if not len(power) or power.max() <= 0:
        return mono
    speech_db = 10 * np.log10(power[power > power.max() / 100].mean())
    gain_db = min(SPEECH_LEVEL_DB - speech_db, MAX_GAIN_DB)
    return (mono * 10 ** (gain_db / 20)).astype(np.float32)


def mel_power(mono: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mel power [80, hops] of samples [N] at 16 kHz; hop h is about sample 200 h."""
    power = np.abs(stft(mono, FFT_SAMPLES, HOP_SAMPLES, WINDOW_SAMPLES)) ** 2
    return np.asarray(_filters() @ power, np.float32)


@cache
def _filters() -> csr_array:
    return mel_filters(SAMPLE_RATE_HZ, FFT_SAMPLES, MELS, 55, 7600)


def to_log(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert mel power to decibels, floored, scaled to about -1..1."""
    decibels = 10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))
    return ((decibels - FLOOR_DB) / 60 - 1).astype(np.float32)


def log_mel(mono: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    """Return the log-mel [80, hops], 80 hops a second, of samples [N] at `sample_rate_hz`."""
    return to_log(mel_power(normalise_loudness(resample(mono, sample_rate_hz))))


SILENCE = float(to_log(np.zeros(1, np.float32))[0])

HOPS = 32


def first_hop(frame: int, rate: Fraction, origin_s: Fraction) -> int:
    """Return the first hop of the window around `frame`; its middle is the frame's middle.

        hops     |<------- 200 ms ------->|<------- 200 ms ------->|
        frame                         [ frame ]

    origin_s  time of frame 0 in the sound the hops were made of
    """
    middle = (frame + Fraction(1, 2)) / rate + origin_s
    return floor(middle * HOPS_A_SECOND + Fraction(1, 2)) - HOPS // 2


def window(
    log_mel: NDArray[np.float32], frame: int, rate: Fraction, origin_s: Fraction = Fraction(0)
) -> NDArray[np.float32]:
    """Return the 400 ms of log-mel [80, hops] around a frame as [80, 32]; silence beyond."""
    start = first_hop(frame, rate, origin_s)
    out = np.full((MELS, HOPS), SILENCE, np.float32)
    kept = log_mel[:, max(0, start) : max(0, start + HOPS)]
    skip = max(0, -start)
    out[:, skip : skip + kept.shape[1]] = kept
    return out
