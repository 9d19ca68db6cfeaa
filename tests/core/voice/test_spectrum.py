"""Spectra against scipy's, mel filters against librosa's, and sound at another rate."""

import numpy as np
import pytest
from scipy.signal import get_window
from scipy.signal import stft as scipy_stft

from lipflap.core.voice.log_mel import resample
from lipflap.core.voice.spectrum import mel_filters, stft

SOUND = np.random.default_rng(2).standard_normal(16_123).astype(np.float32)


@pytest.mark.parametrize(
    ("size", "hop", "window", "pad_mode"),
    [(400, 160, None, "reflect"), (1024, 200, 800, "constant"), (512, 200, None, "constant")],
)
def test_spectra_are_scipys(size: int, hop: int, window: int | None, pad_mode: str) -> None:
    beside = (size - (window or size)) // 2
    hann = np.pad(get_window("hann", window or size), beside)
    padded = np.pad(SOUND, size // 2, mode=pad_mode)
    overlap = size - hop
    _, _, theirs = scipy_stft(
        padded, window=hann, nperseg=size, noverlap=overlap, boundary=None, padded=False
    )
    theirs *= hann.sum()
    ours = stft(SOUND, size, hop, window, pad_mode)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize(("size", "low", "high"), [(400, 0.0, None), (1024, 55.0, 7600.0)])
def test_mel_filters_are_librosas(size: int, low: float, high: float | None) -> None:
    from librosa.filters import mel  # loads numba: not in every process that collects tests

    theirs = mel(sr=16_000, n_fft=size, n_mels=80, fmin=low, fmax=high)
    assert mel_filters(16_000, size, 80, low, high).toarray() == pytest.approx(theirs, abs=1e-7)


@pytest.mark.parametrize("rate", [48_000, 44_100, 8_000])
def test_a_tone_stays_where_it_is_at_another_rate(rate: int) -> None:
    at = np.arange(rate * 3 // 2 + 1) / rate
    heard = resample(np.sin(2 * np.pi * 440 * at).astype(np.float32), rate)
    assert len(heard) == int(np.ceil(len(at) * 16_000 / rate))
    wanted = np.sin(2 * np.pi * 440 * np.arange(len(heard)) / 16_000)
    assert np.abs(heard - wanted)[200:-200].max() < 1e-3
