"""Lip motion of a sound: the same every time, without seams, and of the models it names."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from safetensors.torch import load_file, save_file

from lipflap.core import model_files
from lipflap.core.errors import DubError
from lipflap.core.model_files import LIP_MOTION, SHIPPED, SPEECH_ENCODER, locate, sha256
from lipflap.core.motion.lip_motion import (
    FADE_TICKS,
    GIVEN_TICKS,
    KIND,
    WINDOW_TICKS,
    LipMotion,
    latents_at_frames,
    load_lip_motion,
)
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.core.motion.weights import ENCODER_SHA256
from lipflap.core.voice import speech_encoder

HZ = 16_000
STRIDE = WINDOW_TICKS - GIVEN_TICKS - FADE_TICKS
SEAMS = range(WINDOW_TICKS - FADE_TICKS, 500, STRIDE)  # ticks at which a window begins to fade in


@pytest.fixture(scope="module")
def motion() -> LipMotion:
    return load_lip_motion()


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """Ten seconds of speech: a sentence of the demo, again and again."""
    from lipflap.plugin.demo.sound import ASSETS

    said, _ = soundfile.read(ASSETS / "dub_de_1.flac", dtype="float32")
    return np.resize(said, 10 * HZ)


@pytest.fixture(scope="module")
def latents(motion, voice) -> np.ndarray:
    return motion.latents(voice, seed=5)


def test_every_tick_of_the_sound_has_latents_that_move(latents):
    assert latents.shape == (500, LATENTS)
    assert np.isfinite(latents).all()
    assert 0.2 < latents[:, 0].std() < 3


def test_the_same_seed_gives_the_same_motion_and_another_seed_another(motion, voice, latents):
    assert np.array_equal(motion.latents(voice, seed=5), latents)
    other = motion.latents(voice, seed=6)
    assert 0.01 < np.abs(other - latents).mean() < latents.std()


def test_motion_goes_on_where_a_window_ends(latents):
    """Steps around a seam are no longer than steps elsewhere are."""
    steps = np.linalg.norm(np.diff(latents, axis=0), axis=1)
    around = np.concatenate([steps[seam - 2 : seam + FADE_TICKS + 2] for seam in SEAMS])
    assert len(SEAMS) >= 4
    assert steps[[seam - 1 for seam in SEAMS]].mean() < 1.3 * steps.mean()
    assert around.mean() < 1.25 * steps.mean()
    assert around.max() <= steps.max()
    assert around.max() < 2 * np.percentile(steps, 90)


def test_a_part_of_the_sound_gives_the_same_beginning(motion, voice, latents, monkeypatch):
    """As far as no window of the encoder reaches beyond the part."""
    monkeypatch.setattr(speech_encoder, "normalise_loudness", lambda mono: mono)
    whole = motion.latents(voice, seed=5)
    part = motion.latents(voice[: round(7.2 * HZ)], seed=5)
    same = max(seam for seam in SEAMS if seam + FADE_TICKS <= 300)
    assert same > 200
    assert np.array_equal(part[:same], whole[:same])


@pytest.mark.parametrize("samples", [0, 1, 400, HZ])
def test_short_sound(motion, voice, samples):
    assert motion.latents(voice[:samples], seed=0).shape == (-(-samples // 320), LATENTS)


def test_silence_is_finite(motion):
    assert np.isfinite(motion.latents(np.zeros(HZ, np.float32), seed=0)).all()


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(50)])
@pytest.mark.parametrize("first_s", [Fraction(0), Fraction(1, 3), Fraction(7, 10)])
def test_a_frame_has_the_latents_of_its_middle(rate, first_s):
    """By np.interp at the middles, frame by frame; beyond the ends the last ones hold."""
    ticks = np.random.default_rng(0).standard_normal((60, LATENTS))
    middles = [(tick + 0.5) / 50 for tick in range(60)]
    got = latents_at_frames(ticks, first_s, rate, 40)
    for frame in range(40):
        time = float(first_s + (frame + Fraction(1, 2)) / rate)
        for column in range(LATENTS):
            wanted = np.interp(time, middles, ticks[:, column])
            assert got[frame, column] == pytest.approx(wanted, abs=1e-9)


def test_without_sound_nothing_moves():
    assert not latents_at_frames(np.zeros((0, LATENTS)), Fraction(0), Fraction(25), 3).any()


def test_lip_motion_names_the_encoder_it_was_trained_with():
    metadata = model_files.read_metadata(locate(LIP_MOTION))
    assert (metadata["kind"], metadata[ENCODER_SHA256]) == (KIND, sha256(locate(SPEECH_ENCODER)))
    assert set(metadata) == {"kind", ENCODER_SHA256, "recipe", "talkers"}


def test_another_encoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model_files, "user_models", lambda: tmp_path)
    encoder = SHIPPED / f"{SPEECH_ENCODER}.safetensors"
    weights = load_file(encoder)
    weights["positions"][0, 0] += 1
    save_file(weights, tmp_path / encoder.name, metadata={"kind": speech_encoder.KIND})
    with pytest.raises(DubError, match="is not the model that lip motion was trained with"):
        load_lip_motion()


def test_another_kind_and_other_tensors_are_refused(tmp_path: Path):
    encoder = {ENCODER_SHA256: sha256(locate(SPEECH_ENCODER))}
    weights = load_file(locate(LIP_MOTION))
    path = tmp_path / "motion.safetensors"
    save_file(weights, path, metadata={"kind": "lipflap lip motion 0"} | encoder)
    with pytest.raises(DubError, match="is not lip motion of this version"):
        load_lip_motion(path)
    del weights["basis.spread"]
    save_file(weights, path, metadata={"kind": KIND} | encoder)
    with pytest.raises(DubError, match="cannot be read as lip motion"):
        load_lip_motion(path)
    path.write_bytes(b"no model")
    with pytest.raises(DubError, match="cannot be read as a model"):
        load_lip_motion(path)
