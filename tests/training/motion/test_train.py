"""Lip motion learnt from made-up sentences, whose features say how far lips are apart."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support.puppets.learnable import TICKS, sentence

from lipflap.core.model_files import SPEECH_ENCODER, locate, sha256
from lipflap.core.motion.lip_motion import KIND, LipMotion, load_lip_motion
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.core.motion.weights import ENCODER_SHA256
from lipflap.core.voice.speech_encoder import SpeechEncoder
from lipflap.training.motion.talkers import SpokenLips, save_network
from lipflap.training.motion.train import MotionRecipe, train_motion

RECIPE = MotionRecipe(steps=40, batch=4, average=0.8, feature_noise=0.1)


@pytest.fixture(scope="module")
def sentences() -> list[SpokenLips]:
    return [sentence(talker, seed)[0] for seed, talker in enumerate(("a", "a", "bb", "ccc"))]


@pytest.fixture(scope="module")
def trained(sentences: list[SpokenLips]) -> LipMotion:
    network, basis = train_motion(sentences, RECIPE)
    return LipMotion(SpeechEncoder(), network, basis)


def test_what_was_learnt_is_drawn_for_a_talker_who_was_not_there(trained: LipMotion) -> None:
    spoken, apart = sentence("dddd", 99)
    speech = spoken.features[0].astype(np.float32)
    for steps in (1, 4):
        latents = trained.latents_of(speech, 0, steps)
        assert latents.shape == (TICKS, LATENTS)
        assert np.isfinite(latents).all()
        assert abs(np.corrcoef(latents[:, 0], apart)[0, 1]) > 0.8


def test_a_few_steps_learn_more_than_one(sentences: list[SpokenLips], trained: LipMotion) -> None:
    spoken, apart = sentence("dddd", 99)
    speech = spoken.features[0].astype(np.float32)
    new = LipMotion(trained.encoder, *train_motion(sentences, MotionRecipe(steps=1, batch=4)))
    after, before = (
        abs(np.corrcoef(motion.latents_of(speech, 0, 1)[:, 0], apart)[0, 1])
        for motion in (trained, new)
    )
    assert after > before + 0.1


def test_a_run_is_the_same_for_a_seed_and_another_for_another(
    sentences: list[SpokenLips],
) -> None:
    few = {"steps": 3, "batch": 2}
    runs = [train_motion(sentences, MotionRecipe(**few, seed=seed)) for seed in (1, 1, 2)]  # type: ignore[arg-type]
    first, again, other = (network.state_dict() for network, _ in runs)
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not all(torch.equal(value, other[name]) for name, value in first.items())


def test_a_file_draws_what_the_network_drew(tmp_path: Path, trained: LipMotion) -> None:
    facts = {ENCODER_SHA256: sha256(locate(SPEECH_ENCODER))}
    save_network(trained.network, trained.basis, KIND, RECIPE, facts, tmp_path / "m.safetensors")
    loaded = load_lip_motion(tmp_path / "m.safetensors")
    speech = sentence("a", 7)[0].features[0].astype(np.float32)
    ours, theirs = trained.latents_of(speech, 3), loaded.latents_of(speech, 3)
    assert np.abs(ours - theirs).max() < 0.02 * np.abs(ours).max()
    assert np.allclose(loaded.basis.components, trained.basis.components, atol=1e-6)
