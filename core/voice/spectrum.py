"""Spectra of sound: short-time Fourier transforms and mel filters, the values that librosa gives.

librosa itself compiles for a quarter of a minute when it is first used, and each process that
listens would load its compiler for a second.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

_LINEAR_HZ = 200 / 3  # a mel, below the break
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27  # a mel, above it


def stft(
    mono: NDArray[np.float32],
    size: int,
    hop: int,
    window_samples: int | None = None,
    pad_mode: str = "constant",
) -> NDArray[np.complex64]:
    """Return the spectrum [size / 2 + 1, hops] of samples [N]; hop h is about sample `h * hop`.

    window_samples  of the Hann window, in the middle of the `size` samples; all of them if None
    pad_mode        what is heard before and after: np.pad's "constant" (silence) or "reflect"
    """
    length = window_samples or size
    window = np.zeros(size, np.float32)
    before = (size - length) // 2
    window[before : before + length] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    padded = np.pad(mono, size // 2, mode="reflect" if pad_mode == "reflect" else "constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    return np.asarray(np.fft.rfft(frames * window, axis=1).T, np.complex64)


def mel_filters(
    sample_rate_hz: int, size: int, mels: int, low_hz: float = 0.0, high_hz: float | None = None
) -> csr_array:
    """Return triangular filters [mels, size / 2 + 1] of equal area over the bins of a spectrum.

    On the mel scale of Slaney's Auditory Toolbox (1998): linear to 1 kHz, logarithmic above. They
    are sparse: a dense product adds up otherwise on some processors when there are more hops.
    """
    bins = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    high_hz = sample_rate_hz / 2 if high_hz is None else high_hz
    low, high = _mels(np.array([low_hz, high_hz])).tolist()
    edges = _hertz(np.linspace(low, high, mels + 2))
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    heights = np.maximum(0, np.minimum(rising, falling))
    return csr_array((heights * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32))


def _mels(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_MEL + np.log(np.maximum(hertz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hertz < _BREAK_HZ, hertz / _LINEAR_HZ, above)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mels, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _LINEAR_HZ, above)
