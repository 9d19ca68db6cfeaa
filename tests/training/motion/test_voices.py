"""Variants of a sound: other pitch, formants, rooms, lines and noise; nothing moves in time."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.training.motion.train import MotionRecipe
from lipflap.training.motion.voices import (
    add_noise,
    change_voice,
    code,
    other_voices,
    put_in_room,
)

HZ = 16_000
PITCH_HZ, FORMANT_HZ = 120, 1000


def _vowel(seconds: float = 1.0) -> NDArray[np.float32]:
    """Pulses at 120 Hz through one resonance at 1 kHz, said in the middle third."""
    sound = np.zeros(int(HZ * seconds))
    third = len(sound) // 3
    sound[third : 2 * third : HZ // PITCH_HZ] = 1
    time_s = np.arange(400) / HZ
    ringing = np.exp(-300 * time_s) * np.sin(2 * np.pi * FORMANT_HZ * time_s)
    return np.convolve(sound, ringing)[: len(sound)].astype(np.float32)


def _pitch_hz(sound: NDArray[np.float32]) -> float:
    """Return the pitch by the peak of the autocorrelation between 60 and 300 Hz."""
    middle = sound[len(sound) * 4 // 9 : len(sound) * 5 // 9].astype(float)
    likeness = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    lags = np.arange(HZ // 300, HZ // 60)
    return HZ / float(lags[np.argmax(likeness[lags])])


def _formant_hz(sound: NDArray[np.float32]) -> float:
    """Return the middle of the power between 400 and 2500 Hz."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / HZ)
    band = (hz > 400) & (hz < 2500)
    return float((power[band] * hz[band]).sum() / power[band].sum())


@pytest.mark.parametrize(("pitch", "formants"), [(1.0, 1.2), (1.3, 1.0), (0.8, 0.85), (1.0, 1.0)])
def test_pitch_and_formants_move_apart_from_one_another(pitch: float, formants: float) -> None:
    vowel = _vowel()
    changed = change_voice(vowel, pitch, formants)
    assert _pitch_hz(changed) / _pitch_hz(vowel) == pytest.approx(pitch, rel=0.03)
    assert _formant_hz(changed) / _formant_hz(vowel) == pytest.approx(formants, rel=0.06)


def test_no_variant_moves_in_time() -> None:
    """The middle of the power, where a delay of one tick (20 ms) would show."""
    rng = np.random.default_rng(0)
    vowel = _vowel()
    changes = {
        "higher": change_voice(vowel, 1.3, 1.1),
        "lower": change_voice(vowel, 0.75, 0.9),
        "room": put_in_room(vowel, 0.2, rng),
        "line": code(vowel, 300, 3400),
        "noise": add_noise(vowel, 40, rng),
    }
    middles = {}
    for name, sound in changes.items():
        assert (sound.shape, sound.dtype) == (vowel.shape, np.float32)
        power = sound.astype(float) ** 2
        middles[name] = float((power * np.arange(len(power))).sum() / power.sum() / HZ)
    power = vowel.astype(float) ** 2
    true = float((power * np.arange(len(power))).sum() / power.sum() / HZ)
    assert {name: abs(at - true) < 0.015 for name, at in middles.items()} == dict.fromkeys(
        middles, True
    ), middles


def test_noise_is_as_far_below_the_voice_as_is_said() -> None:
    vowel = _vowel()
    noise = add_noise(vowel, 12, np.random.default_rng(0)) - vowel
    measured = 10 * np.log10((vowel.astype(float) ** 2).mean() / (noise.astype(float) ** 2).mean())
    assert measured == pytest.approx(12, abs=0.1)


def test_a_line_loses_what_is_outside_its_band() -> None:
    hiss = np.random.default_rng(0).standard_normal(HZ).astype(np.float32)
    power = np.abs(np.fft.rfft(code(hiss, 300, 3400))) ** 2
    hz = np.fft.rfftfreq(HZ, 1 / HZ)
    inside = power[(hz > 500) & (hz < 3000)].mean()
    assert power[hz < 100].mean() < 0.01 * inside
    assert power[hz > 6000].mean() < 0.01 * inside


def test_variants_are_the_same_for_a_seed_and_differ_from_one_another() -> None:
    recipe = MotionRecipe(rooms=1, noises=1, codecs=1)
    first, second = other_voices(_vowel(), replace(recipe, voices=2), np.random.default_rng(3))
    again = next(other_voices(_vowel(), recipe, np.random.default_rng(3)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)


def test_silence_stays_finite() -> None:
    recipe = MotionRecipe(rooms=1, noises=1, codecs=1)
    silence = np.zeros(HZ, np.float32)
    (voice,) = other_voices(silence, replace(recipe, voices=1), np.random.default_rng(0))
    assert np.abs(voice).max() == 0
