"""The judge learnt from made-up sentences, whose features say how far lips are apart."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lipflap.core.face.landmarks import COUNT, LIPS
from lipflap.core.model_files import SPEECH_ENCODER, locate, sha256
from lipflap.core.motion.lip_sync import KIND, LipSync, LipSyncNetwork, load_lip_sync, make_lip_sync
from lipflap.core.motion.weights import ENCODER_SHA256
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND, WIDTH, SpeechEncoder
from lipflap.training.motion.lip_sync import LipSyncRecipe, train_lip_sync
from lipflap.training.motion.talkers import SpokenLips, save_network

RECIPE = LipSyncRecipe(steps=60, sentences=4, ticks=60, average=0.8, feature_noise=0.1)
TICKS, RATE = 150, Fraction(25)


def _sentence(talker: str, seed: int) -> SpokenLips:
    rng = np.random.default_rng(seed)
    smooth = np.convolve(rng.standard_normal(TICKS + 6), np.hanning(7), "valid")
    face = np.random.default_rng(len(talker)).uniform(20, 100, (COUNT, 2))
    points = np.repeat(face[None], TICKS // 2, axis=0)
    points[:, list(LIPS[:20]), 1] += 2 * smooth.reshape(-1, 2).mean(1)[:, None]
    points += 0.05 * rng.standard_normal(points.shape)
    direction = np.random.default_rng(0).standard_normal(WIDTH)
    own = smooth[:, None] * direction + 0.1 * rng.standard_normal((TICKS, WIDTH))
    features = np.stack([own, own + 0.1]).astype(np.float16)
    return SpokenLips(talker, features, points.astype(np.float32), float(RATE))


@pytest.fixture(scope="module")
def network() -> tuple[LipSyncNetwork, LipSync]:
    sentences = [_sentence(talker, seed) for seed, talker in enumerate(("a", "a", "bb", "ccc"))]
    trained, basis = train_lip_sync(sentences, RECIPE)
    return trained, make_lip_sync(trained, basis, SpeechEncoder())


def _offset_ms(network: LipSyncNetwork, judge: LipSync, late_ticks: int) -> int:
    sentence = _sentence("dddd", 99)
    features = torch.from_numpy(sentence.features[0].astype(np.float32))
    with torch.inference_mode():
        sound = network.embed_speech(features.T[None])[0].T
    before = torch.zeros(TICKS_A_SECOND, sound.shape[1])
    padded = torch.cat([before[late_ticks:], sound, before, before])
    counted = np.ones(len(sentence.points), bool)
    scores = judge.lag_scores(sentence.points, counted, Fraction(1), RATE, padded)
    found = scores.agreement()
    assert found is not None
    return found.offset_ms


def test_what_was_learnt_judges_a_talker_who_was_not_there(
    network: tuple[LipSyncNetwork, LipSync],
) -> None:
    assert abs(_offset_ms(*network, 0)) <= 20
    assert abs(_offset_ms(*network, 8) - 160) <= 20


def test_a_file_judges_as_the_network_does(
    tmp_path: Path, network: tuple[LipSyncNetwork, LipSync]
) -> None:
    trained, judge = network
    facts = {ENCODER_SHA256: sha256(locate(SPEECH_ENCODER))}
    save_network(trained, judge.basis, KIND, RECIPE, facts, tmp_path / "judge.safetensors")
    said: NDArray[np.float32] = np.random.default_rng(0).standard_normal((80, 16)).astype("f4")
    again = load_lip_sync(tmp_path / "judge.safetensors")
    ours, theirs = (one.embed_lips(torch.from_numpy(said)) for one in (judge, again))
    assert (ours * theirs).sum(1).min() > 0.99
