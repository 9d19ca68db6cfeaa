"""Spectra and mel filters against librosa's."""

import librosa
import numpy as np
import pytest

from lipflap.core.voice.log_mel import mel_power, resample
from lipflap.core.voice.spectrum import mel_filters, stft

SOUND = np.random.default_rng(2).standard_normal(16_123).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "hop", "window", "pad_mode"),
    [(400, 160, None, "reflect"), (1024, 200, 800, "constant"), (512, 200, None, "constant")],
)
def test_spectra_are_librosas(size: int, hop: int, window: int | None, pad_mode: str) -> None:
    theirs = librosa.stft(SOUND, n_fft=size, hop_length=hop, win_length=window, pad_mode=pad_mode)
    ours = stft(SOUND, size, hop, window, pad_mode)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize(("size", "low", "high"), [(400, 0.0, None), (1024, 55.0, 7600.0)])
def test_mel_filters_are_librosas(size: int, low: float, high: float | None) -> None:
    theirs = librosa.filters.mel(sr=16_000, n_fft=size, n_mels=80, fmin=low, fmax=high)
    assert mel_filters(16_000, size, 80, low, high) == pytest.approx(theirs, abs=1e-7)


@pytest.mark.parametrize("rate", [48_000, 44_100, 8_000])
def test_resampling_is_librosas(rate: int) -> None:
    theirs = librosa.resample(SOUND, orig_sr=rate, target_sr=16_000)
    assert np.array_equal(resample(SOUND, rate), theirs)


def test_mel_power_is_librosas() -> None:
    theirs = librosa.feature.melspectrogram(
        y=SOUND,
        sr=16_000,
        n_fft=1024,
        win_length=800,
        hop_length=200,
        n_mels=80,
        fmin=55,
        fmax=7600,
    )
    assert mel_power(SOUND) == pytest.approx(theirs, rel=1e-3, abs=1e-6)
