"""The training of lip motion: windows of many talkers, some of their beginning given.

Every talker is brought to his own mean and spread first, so that what is learnt is what sounds
do to lips, not whose lips they are. Talkers of whom there is little are drawn as often as those of
whom there is much.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lipflap.core.device import cuda_precision
from lipflap.core.diffusion.schedule import alpha_sigma
from lipflap.core.motion.lip_motion import WINDOW_TICKS
from lipflap.core.motion.lip_shape import (
    LipBasis,
    find_basis,
    relative_shapes,
)
from lipflap.core.motion.network import MotionCondition, MotionNetwork
from lipflap.core.motion.ticks import frames_in_ticks, rows_at_ticks
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND
from lipflap.training.fit import Machine
from lipflap.training.motion.reading.lip_rule import find_lip_rule
from lipflap.training.motion.reading.read_words import ReadSentence
from lipflap.training.motion.talkers import (
    SpokenLips,
    shapes_of_talkers,
    shares,
    take_feature_range,
)
from lipflap.training.motion.voices import VoicesRecipe

log = logging.getLogger(__name__)

PROCESSOR = Machine(torch.device("cpu"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionRecipe(VoicesRecipe):
    """Every number of a run.

    feature_noise   standard deviations of noise on the features, at most
    from_noise      share of windows drawn at pure noise, where sampling begins
    given           share of windows whose beginning is given
    velocity        weight of the change from tick to tick in the loss
    read            share of windows that a voice reads, if any are: their lips are by rule
    read_sentences  number of sentences that are read
    words_voice     of espeak-ng, that reads words of films whose times are known
    """

    steps: int = 1200
    own_voice: float = 0.3
    batch: int = 24
    learning_rate: float = 2e-3
    average: float = 0.99
    feature_noise: float = 1.0
    from_noise: float = 0.4
    given: float = 0.6
    velocity: float = 4.0
    read: float = 0.4
    read_sentences: int = 700
    words_voice: str = "en"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """Features [V, T, 512] and latents [T, LATENTS], on the device that trains."""

    features: Tensor
    latents: Tensor


def train_motion(
    sentences: Sequence[SpokenLips],
    recipe: MotionRecipe,
    machine: Machine = PROCESSOR,
    read: Sequence[ReadSentence] = (),
) -> tuple[MotionNetwork, LipBasis]:
    """Train on sentences; return the averaged network, on the CPU, and the basis of its latents.

    read  sentences whose lips are by rule, learnt from the filmed sentences whose phones are known
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    shapes = shapes_of_talkers(sentences)
    basis = find_basis(list(shapes.values()))
    prepared = [_to_latents(one, shapes[one.talker], basis, machine.device) for one in sentences]
    share = shares(sentences)
    if read:
        ruled = _by_rule(read, sentences, prepared, basis, machine.device)
        prepared += ruled
        alike = np.full(len(ruled), recipe.read / len(ruled))
        share = np.concatenate([(1 - recipe.read) * share, alike])
    network = MotionNetwork()
    take_feature_range(network.feature_mean, network.feature_spread, sentences)
    machine.take(network)
    weight = torch.from_numpy(np.sqrt(basis.spread / basis.spread[0])).float()[None, :, None]
    weight = weight.to(machine.device)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.average)
    )
    optimizer = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=recipe.steps
    )
    for step in range(recipe.steps):
        features, latents = _draw(prepared, share, recipe, rng)
        loss = _loss(network.train(), features, latents, weight, recipe)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        machine.note(step + 1, recipe.steps, loss)
        if step % 50 == 0:
            log.info("step %d of %d: loss %.4f", step, recipe.steps, float(loss.detach()))
    network.load_state_dict(average.module.state_dict())
    return network.cpu().eval().requires_grad_(False), basis


def _to_latents(
    sentence: SpokenLips, shapes: NDArray, basis: LipBasis, device: torch.device
) -> _Sentence:
    """Return a sentence at 50 ticks a second, in its talker's own mean and spread."""
    flat = shapes.reshape(len(shapes), -1)
    spread = ((flat - flat.mean(0)) @ basis.components.T).std(0)
    own = relative_shapes(sentence.points).reshape(len(sentence.points), -1)
    latents = (own - flat.mean(0)) @ basis.components.T / np.maximum(spread, 0.3 * basis.spread)
    count = min(sentence.features.shape[1], int(len(latents) / sentence.rate_hz * TICKS_A_SECOND))
    at_ticks = rows_at_ticks(latents, frames_in_ticks(range(count), sentence.rate_hz))
    features = torch.from_numpy(sentence.features[:, :count])
    return _Sentence(features.to(device), torch.from_numpy(at_ticks).float().to(device))


def _by_rule(
    read: Sequence[ReadSentence],
    sentences: Sequence[SpokenLips],
    prepared: Sequence[_Sentence],
    basis: LipBasis,
    device: torch.device,
) -> list[_Sentence]:
    """Return read sentences with the lips that filmed ones, `prepared`, show at their phones."""
    filmed = zip(sentences, prepared, strict=True)
    rule = find_lip_rule(
        [(one.phones, ready.latents.cpu().numpy()) for one, ready in filmed if one.phones], basis
    )
    ruled = []
    for one in read:
        latents = torch.from_numpy(rule.latents(one.phones, one.features.shape[1])).float()
        ruled.append(_Sentence(torch.from_numpy(one.features).to(device), latents.to(device)))
    return ruled


def _draw(
    sentences: Sequence[_Sentence], share: NDArray, recipe: MotionRecipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Draw windows: features [B, 512, T] and latents [B, LATENTS, T]."""
    features, latents = [], []
    for number in rng.choice(len(sentences), recipe.batch, p=share):
        one = sentences[number]
        start = int(rng.integers(0, max(1, len(one.latents) - WINDOW_TICKS + 1)))
        rows = torch.arange(start, start + WINDOW_TICKS, device=one.latents.device)
        rows = rows.clamp(max=len(one.latents) - 1)
        is_own = len(one.features) == 1 or rng.random() < recipe.own_voice
        voice = 0 if is_own else rng.integers(1, len(one.features))
        features.append(one.features[voice][rows].float())
        latents.append(one.latents[rows])
    return torch.stack(features).transpose(1, 2), torch.stack(latents).transpose(1, 2)


def _loss(
    network: MotionNetwork, features: Tensor, latents: Tensor, weight: Tensor, recipe: MotionRecipe
) -> Tensor:
    """Mean square error of the clean estimate and of its change, where nothing is given."""
    rows, device = len(latents), latents.device
    strength = recipe.feature_noise * torch.rand(rows, 1, 1, device=device)
    features = features + network.feature_spread[:, None] * torch.randn_like(features) * strength
    from_noise, t = (torch.rand(rows, device=device) for _ in range(2))
    t = torch.where(from_noise < recipe.from_noise, 1.0, t)
    alpha, sigma = (w[:, None, None] for w in alpha_sigma(t))
    noisy = alpha * latents + sigma * torch.randn_like(latents)
    length = torch.randint(8, WINDOW_TICKS // 2, (rows,), device=device)
    length = length * (torch.rand(rows, device=device) < recipe.given)
    ticks = torch.arange(WINDOW_TICKS, device=device)
    is_given = (ticks < length[:, None]).float()[:, None]
    given = latents + 0.05 * torch.randn_like(latents)
    with cuda_precision(device):
        clean = network(noisy, t, MotionCondition(features, given, is_given))
    error = (clean - latents) * weight * (1 - is_given)
    change = error.diff(dim=-1)
    return error.square().mean() + recipe.velocity * change.square().mean()
