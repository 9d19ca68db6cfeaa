"""Voice activity detection: the spans of a sound in which somebody speaks."""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.voice.log_mel import HOP_SAMPLES, SAMPLE_RATE_HZ, resample
from lipflap.core.voice.spectrum import stft

WINDOW_SAMPLES = 2 * HOP_SAMPLES
MIN_HZ, MAX_HZ = 100.0, 4000.0  # the band of voices, without rumble and hiss
SILENT_DB = -70.0  # no recording is this quiet: the sound is off
MIN_RANGE_DB = 9.0  # speech rises and falls by more than this, room tone and hum by less
ABOVE_FLOOR_DB = 10.0
BELOW_PEAK_DB = (-30.0, -12.0)
HYSTERESIS_DB = 4.0
PAUSE_S, SYLLABLE_S = 0.20, 0.06  # shorter pauses are within speech, shorter sounds are clicks
ONSET_S, RELEASE_S = 0.06, 0.10  # lips part before a word is heard and close after it


def speech_spans(mono: NDArray[np.float32], sample_rate_hz: int) -> list[tuple[int, int]]:
    """Return spans [start, end) of samples of `mono` [N] in which somebody speaks.

    Measured against the sound's own peaks and its own noise, so neither level nor a steady noise
    matters. Music and crowds count as speech.
    """
    at_16_khz = resample(mono, sample_rate_hz)
    if len(at_16_khz) < WINDOW_SAMPLES:
        return []
    level_db = _levels(at_16_khz)
    hops = _close_gaps(_runs(_is_speech(level_db)))
    hop_s = HOP_SAMPLES / SAMPLE_RATE_HZ
    spans: list[tuple[int, int]] = []
    for first, last in hops:
        start = max(0, round((first * hop_s - ONSET_S) * sample_rate_hz))
        end = min(len(mono), round((last * hop_s + RELEASE_S) * sample_rate_hz))
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _levels(mono: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the level of the voice band in decibels [hops], 80 a second, over 25 ms each."""
    spectrum = stft(mono, WINDOW_SAMPLES, HOP_SAMPLES)
    hertz = np.fft.rfftfreq(WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    band = np.abs(spectrum[(hertz >= MIN_HZ) & (hertz <= MAX_HZ)]) ** 2
    power = band.sum(0) / HOP_SAMPLES**2
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)), np.float32)


def _is_speech(level_db: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Find speech [hops] by two thresholds: it starts above the higher, lasts above the lower."""
    audible = level_db[level_db > SILENT_DB]
    if not len(audible):
        return np.zeros(len(level_db), bool)
    floor, peak = np.percentile(audible, [10, 95])
    if peak - floor < MIN_RANGE_DB:
        return np.zeros(len(level_db), bool)
    on_db = np.clip(floor + ABOVE_FLOOR_DB, peak + BELOW_PEAK_DB[0], peak + BELOW_PEAK_DB[1])
    lasts = level_db > on_db - HYSTERESIS_DB
    out = np.zeros(len(level_db), bool)
    for first, last in _runs(lasts):
        out[first:last] = bool((level_db[first:last] > on_db).any())
    return out


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the spans [first, last) in which flags [N] are set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _close_gaps(hops: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans of speech across short pauses, and drop clicks."""
    hop_s = HOP_SAMPLES / SAMPLE_RATE_HZ
    joined: list[tuple[int, int]] = []
    for first, last in hops:
        if joined and (first - joined[-1][1]) * hop_s < PAUSE_S:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return [(a, b) for a, b in joined if (b - a) * hop_s >= SYLLABLE_S]
