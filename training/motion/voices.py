"""Other voices for a sentence: its sound as another talker, room or line would give it.

What is said, and when, stays: the lips that belong to the sound belong to every variant of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import librosa
import numpy as np
from numpy.typing import NDArray

from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ

Sound = NDArray[np.float32]

FFT_SAMPLES, HOP_SAMPLES = 512, 128  # a quarter, as the phase vocoder takes it
ENVELOPE_QUEFRENCIES = 30  # below the pitch period of any voice: 30 / 16 kHz is 530 Hz
MAX_GAIN = 4.0  # 35 dB, in nepers: where a lowered voice has no highs, none are made from noise
MIN_BAND_HZ, MAX_BAND_HZ = (50.0, 400.0), (3000.0, 7000.0)
MIN_ROOM_S, MAX_ROOM_S = 0.1, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicesRecipe:
    """The numbers of other voices.

    voices          variants of each sentence in another voice
    own_voice       share of windows that sound as recorded
    pitch           how far a variant's pitch is moved at most, in octaves
    formants        how far its formants are moved at most, in octaves
    rooms           share of variants that sound in a room
    codecs          share of variants heard through a narrow band, in 8 bits
    noises          share of variants with noise, `snr_db` to `snr_db` + 30 below the voice
    """

    voices: int = 3
    own_voice: float = 0.5
    pitch: float = 0.5
    formants: float = 0.25
    rooms: float = 0.5
    codecs: float = 0.3
    noises: float = 0.5
    snr_db: float = 5.0
    seed: int = 0

    def numbers_of_voices(self) -> tuple[float, ...]:
        """Return the numbers that the sound of the variants depends on."""
        changes = (self.pitch, self.formants, self.rooms, self.codecs, self.noises, self.snr_db)
        return (self.voices, *changes, self.seed)


def other_voices(mono: Sound, recipe: VoicesRecipe, rng: np.random.Generator) -> Iterator[Sound]:
    """Yield `recipe.voices` variants of samples [N] at 16 kHz, of the same length."""
    for _ in range(recipe.voices):
        pitch, formants = 2.0 ** (rng.uniform(-1, 1, 2) * (recipe.pitch, recipe.formants))
        voice = change_voice(mono, float(pitch), float(formants))
        if rng.random() < recipe.rooms:
            voice = put_in_room(voice, float(rng.uniform(MIN_ROOM_S, MAX_ROOM_S)), rng)
        if rng.random() < recipe.noises:
            voice = add_noise(voice, recipe.snr_db + float(rng.uniform(0, 30)), rng)
        if rng.random() < recipe.codecs:
            voice = code(voice, float(rng.uniform(*MIN_BAND_HZ)), float(rng.uniform(*MAX_BAND_HZ)))
        yield voice


def voices_of(mono: Sound, recipe: VoicesRecipe, seed: int) -> list[Sound]:
    """Return samples [N] at 16 kHz as they are, then `recipe.voices` variants of them."""
    return [mono, *other_voices(mono, recipe, np.random.default_rng(seed))]


def change_voice(mono: Sound, pitch: float, formants: float) -> Sound:
    """Move the pitch and the formants of a voice [N] by factors; its words keep their times.

    Resampling moves both and is stretched back in time (a phase vocoder); then the envelope of
    the spectrum (low quefrencies of its cepstrum) is moved to where the formants belong.
    """
    faster = librosa.resample(mono, orig_sr=SAMPLE_RATE_HZ * pitch, target_sr=SAMPLE_RATE_HZ)
    moved = librosa.stft(faster, n_fft=FFT_SAMPLES, hop_length=HOP_SAMPLES)
    stretched = librosa.phase_vocoder(moved, rate=1 / pitch)
    envelope = _log_envelope(np.abs(stretched))
    bins = np.arange(len(envelope))
    wanted = np.stack(
        [np.interp(bins * pitch / formants, bins, column) for column in envelope.T], axis=1
    )
    gain = np.exp(np.clip(wanted - envelope, -MAX_GAIN, MAX_GAIN))
    spectrum = stretched * gain
    return np.asarray(librosa.istft(spectrum, hop_length=HOP_SAMPLES, length=len(mono)), np.float32)


def put_in_room(mono: Sound, decay_s: float, rng: np.random.Generator) -> Sound:
    """Return a voice [N] in a room whose echoes fall by 60 dB in `decay_s`.

    The direct sound is not delayed, and as loud as all echoes together or louder.
    """
    count = int(decay_s * SAMPLE_RATE_HZ)
    echoes = rng.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    echoes *= rng.uniform(0.2, 1.0) / np.linalg.norm(echoes)
    echoes[0] += 1
    size = len(mono) + count
    heard = np.fft.irfft(np.fft.rfft(mono, size) * np.fft.rfft(echoes, size), size)
    return heard[: len(mono)].astype(np.float32)


def add_noise(mono: Sound, snr_db: float, rng: np.random.Generator) -> Sound:
    """Add noise to a voice [N]: between white and brown, `snr_db` below it."""
    spectrum = np.fft.rfft(rng.standard_normal(len(mono)))
    hz = np.fft.rfftfreq(len(mono), 1 / SAMPLE_RATE_HZ)
    noise = np.fft.irfft(spectrum / np.maximum(hz, 50) ** rng.uniform(0, 1), len(mono))
    noise *= np.sqrt(np.mean(mono**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return (mono + noise).astype(np.float32)


def code(mono: Sound, low_hz: float, high_hz: float) -> Sound:
    """Return a voice [N] as a narrow line carries it: a band of it, in 8 bits (mu-law)."""
    hz = np.fft.rfftfreq(len(mono), 1 / SAMPLE_RATE_HZ)
    gain = 1 / np.sqrt((1 + (low_hz / np.maximum(hz, 1)) ** 8) * (1 + (hz / high_hz) ** 16))
    band = np.fft.irfft(np.fft.rfft(mono) * gain, len(mono))
    peak = max(float(np.abs(band).max()), 1e-9)
    companded = librosa.mu_compress(band / peak, mu=255, quantize=True)
    return (peak * librosa.mu_expand(companded, mu=255, quantize=True)).astype(np.float32)


def _log_envelope(magnitude: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the smooth part [F, T] of log magnitudes of spectra [F, T]."""
    cepstrum = np.fft.irfft(np.log(np.maximum(magnitude, 1e-6)), axis=0)
    cepstrum[ENVELOPE_QUEFRENCIES : len(cepstrum) - ENVELOPE_QUEFRENCIES + 1] = 0
    return np.asarray(np.fft.rfft(cepstrum, axis=0).real)
