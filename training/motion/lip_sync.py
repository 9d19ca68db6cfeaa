"""The training of the judge of lips and sound: which sound belongs to which lips.

A batch is a few seconds each of several sentences; the lips of each tick must find their own sound
among all ticks of the batch, those of the same sentence a little earlier and later included, and
the reverse (InfoNCE, van den Oord et al. 2018, arXiv:1807.03748).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lipflap.core.motion.lip_shape import (
    LATENTS,
    LipBasis,
    find_basis,
    said_in_own_range,
)
from lipflap.core.motion.lip_sync import LipSyncNetwork
from lipflap.core.motion.ticks import frames_in_ticks, rows_at_ticks
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND
from lipflap.training.fit import fit
from lipflap.training.motion.talkers import (
    SpokenLips,
    shapes_of_talkers,
    shares,
    take_feature_range,
)
from lipflap.training.motion.voices import VoicesRecipe

EDGE_TICKS, EVERY_TICKS = 6, 2  # ends of a window, which lack neighbours; neighbours look alike


@dataclass(frozen=True, slots=True, kw_only=True)
class LipSyncRecipe(VoicesRecipe):
    """Every number of a run.

    sentences      in a batch
    ticks          of each of them
    feature_noise  standard deviations of noise on the features, at most
    lip_noise      of noise on what lips say, in units of the actor's spread, at most
    range          by how much, at most, an actor's range is taken too wide or too narrow
    """

    steps: int = 700
    sentences: int = 10
    ticks: int = 80
    learning_rate: float = 2e-3
    average: float = 0.99
    feature_noise: float = 0.5
    lip_noise: float = 0.25
    range: float = 0.3


@dataclass(frozen=True, slots=True)
class _Sentence:
    features: NDArray[np.float16] | NDArray[np.float32]
    said: NDArray[np.float32]


def train_lip_sync(
    sentences: Sequence[SpokenLips], recipe: LipSyncRecipe
) -> tuple[LipSyncNetwork, LipBasis]:
    """Train on sentences; return the averaged network and the basis of what lips say."""
    torch.manual_seed(recipe.seed)
    basis = find_basis(list(shapes_of_talkers(sentences).values()))
    prepared = [_at_ticks(one, basis) for one in sentences]
    network = LipSyncNetwork()
    take_feature_range(network.feature_mean, network.feature_spread, sentences)

    def loss_of(network: LipSyncNetwork, batch: tuple[Tensor, Tensor]) -> Tensor:
        said, features = batch
        strength = recipe.feature_noise * torch.rand(len(features), 1, 1)
        noise = torch.randn_like(features) * strength * network.feature_spread[:, None]
        return contrastive_loss(network, said, features + noise)

    batches = _draw_batches(prepared, shares(sentences), recipe)
    network = fit(network.train(), batches, loss_of, recipe)
    return network.eval().requires_grad_(False), basis


def contrastive_loss(network: LipSyncNetwork, said: Tensor, features: Tensor) -> Tensor:
    """Return the cross entropy of lips [B, 16, T] finding their sound [B, 512, T].

    And the reverse: the mean of both.
    """
    rows = slice(EDGE_TICKS, -EDGE_TICKS, EVERY_TICKS)
    lips, sound = (
        embedded[..., rows].transpose(1, 2).flatten(0, 1)
        for embedded in (network.embed_lips(said), network.embed_speech(features))
    )
    scores = lips @ sound.T * network.logit_scale.exp()
    right = torch.arange(len(scores))
    loss = functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)
    return loss / 2


def _at_ticks(sentence: SpokenLips, basis: LipBasis) -> _Sentence:
    everywhere = np.ones(len(sentence.points), bool)
    said = said_in_own_range(basis, sentence.points, everywhere)
    count = min(sentence.features.shape[1], int(len(said) / sentence.rate_hz * TICKS_A_SECOND))
    at_ticks = rows_at_ticks(said, frames_in_ticks(range(count), sentence.rate_hz))
    return _Sentence(sentence.features[:, :count], at_ticks.astype(np.float32))


def _draw_batches(
    sentences: Sequence[_Sentence], share: NDArray, recipe: LipSyncRecipe
) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw what lips say [B, 16, T] and features [B, 512, T], tick by tick."""
    rng = np.random.default_rng((recipe.seed, 77))
    while True:
        said, features = [], []
        for number in rng.choice(len(sentences), recipe.sentences, p=share):
            one = sentences[number]
            start = rng.integers(0, max(1, len(one.said) - recipe.ticks + 1))
            rows = np.minimum(np.arange(start, start + recipe.ticks), len(one.said) - 1)
            is_own = len(one.features) == 1 or rng.random() < recipe.own_voice
            voice = 0 if is_own else rng.integers(1, len(one.features))
            features.append(one.features[voice, rows].T.astype(np.float32))
            jitter = rng.uniform(0, recipe.lip_noise) * rng.standard_normal((LATENTS, recipe.ticks))
            wider = rng.uniform(1 - recipe.range, 1 + recipe.range, (LATENTS, 1))
            said.append((one.said[rows].T * wider + jitter).astype(np.float32))
        yield torch.from_numpy(np.stack(said)), torch.from_numpy(np.stack(features))
