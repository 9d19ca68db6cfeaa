import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.voice.log_mel import (
    HOPS_A_SECOND,
    SAMPLE_RATE_HZ,
    SILENCE,
    log_mel,
    mel_power,
    normalise_loudness,
)


def _buzz(seconds: float, loud: float = 0.1) -> NDArray[np.float32]:
    t = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (loud * np.sign(np.sin(2 * np.pi * 140 * t))).astype(np.float32)


def test_a_click_is_loudest_in_the_hop_centred_on_it() -> None:
    sound = np.zeros(SAMPLE_RATE_HZ, np.float32)
    sound[8000] = 1
    power = mel_power(sound).sum(0)
    assert int(power.argmax()) == 8000 * HOPS_A_SECOND // SAMPLE_RATE_HZ


def test_a_tone_rises_through_the_mel_bands_with_its_pitch() -> None:
    t = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    loudest = [
        int(mel_power(np.sin(2 * np.pi * hz * t).astype(np.float32))[:, 40].argmax())
        for hz in (200, 800, 3200)
    ]
    assert loudest == sorted(set(loudest))


@pytest.mark.parametrize("gain", [0.1, 0.5, 3.0])
def test_loudness_says_nothing(gain: float) -> None:
    quiet = np.concatenate([_buzz(0.5), np.zeros(SAMPLE_RATE_HZ // 2, np.float32)])
    assert np.allclose(
        log_mel(quiet * gain, SAMPLE_RATE_HZ), log_mel(quiet, SAMPLE_RATE_HZ), atol=1e-4
    )


def test_a_pause_does_not_make_the_speech_beside_it_louder() -> None:
    paused = np.concatenate([_buzz(1.0), np.zeros(4 * SAMPLE_RATE_HZ, np.float32)])
    alone = _buzz(1.0)
    assert np.allclose(
        normalise_loudness(paused)[: len(alone)], normalise_loudness(alone), rtol=1e-4
    )


def test_silence_stays_silence_and_faint_noise_is_not_blown_up_to_speech() -> None:
    assert (
        log_mel(np.zeros(SAMPLE_RATE_HZ, np.float32), SAMPLE_RATE_HZ) == np.float32(SILENCE)
    ).all()
    hiss = np.random.default_rng(0).normal(0, 1e-5, SAMPLE_RATE_HZ).astype(np.float32)
    assert log_mel(hiss, SAMPLE_RATE_HZ).mean() < log_mel(_buzz(1.0), SAMPLE_RATE_HZ).mean() - 0.3


def test_the_rate_of_the_file_does_not_matter() -> None:
    t = np.arange(48_000) / 48_000
    at_48 = (0.1 * np.sin(2 * np.pi * 500 * t)).astype(np.float32)
    at_16 = at_48[::3].copy()
    difference = np.abs(log_mel(at_48, 48_000) - log_mel(at_16, 16_000))[:, 5:-5]
    assert difference[:40].max() < 0.1
