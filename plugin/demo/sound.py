"""The demo's sound: sentences over room tone, and the mouth that moves with them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ASSETS = Path(__file__).parent / "assets"
SAMPLE_RATE_HZ = 48_000
ROOM_DB = -66.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A shipped recording, its words, and the second at which it starts."""

    file: str
    words: str
    at_s: float


def mix_sentences(sentences: tuple[Sentence, ...], seconds: float) -> NDArray[np.float32]:
    """Return sentences over room tone: mono samples at SAMPLE_RATE_HZ."""
    count = round(seconds * SAMPLE_RATE_HZ)
    room = np.random.default_rng(count).standard_normal(count) * 10 ** (ROOM_DB / 20)
    for sentence in sentences:
        samples = _read_at_48_khz(ASSETS / sentence.file)
        first = round(sentence.at_s * SAMPLE_RATE_HZ)
        if first + len(samples) > count:
            raise ValueError(f"{sentence.file} does not fit into {seconds} s")
        room[first : first + len(samples)] += samples
    return room.astype(np.float32)


def _read_at_48_khz(path: Path) -> NDArray[np.float64]:
    """Read a 16 kHz recording at three times its rate, with no spectrum above its own."""
    import soundfile

    samples, rate_hz = soundfile.read(path)
    times = SAMPLE_RATE_HZ // rate_hz
    return np.asarray(np.fft.irfft(np.fft.rfft(samples), times * len(samples)) * times)


def mouth_shape(sound: NDArray[np.float32], frames: int, rate: float) -> NDArray[np.float64]:
    """Return how open and how wide the mouth is that says this: [frames, 2], each 0 to 1.

    Open follows the loudness of the vowels' band (300 to 3500 Hz), over 30 dB below the loudest;
    wide follows how much of it lies above 1500 Hz: much in "ee" and "s", little in "oh".
    """
    window = round(0.06 * SAMPLE_RATE_HZ)
    hertz = np.fft.rfftfreq(window, 1 / SAMPLE_RATE_HZ)
    middle = ((np.arange(frames) + 0.5) / rate * SAMPLE_RATE_HZ).astype(int)
    around = middle[:, None] + np.arange(window)  # in sound with half a window put before it
    padded = np.pad(sound.astype(np.float64), window // 2 + 1)
    power = np.abs(np.fft.rfft(padded[around] * np.hanning(window))) ** 2
    vowel = power[:, (hertz > 300) & (hertz < 3500)].sum(1) + 1e-9
    bright = power[:, (hertz > 1500) & (hertz < 5000)].sum(1)
    level_db = 10 * np.log10(vowel / vowel.max())
    opening = np.clip((level_db + 26) / 26, 0, 1)
    width = np.clip(bright / vowel * 2.5, 0, 1)
    settled = np.where(opening > 0, width, 0.5)
    return np.stack([_smooth(opening), _smooth(_smooth(settled))], axis=1)


def _smooth(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average neighbouring frames: lips do not jump."""
    padded = np.pad(curve, 1, mode="edge")
    return 0.2 * padded[:-2] + 0.6 * padded[1:-1] + 0.2 * padded[2:]
