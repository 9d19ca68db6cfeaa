"""The training of head motion: windows of many talkers, of which parts are known.

Two priors of TH-PAD are learnt by the same network: the diffusion prior, which sees a window with
noise and known ticks in it, and the autoregressive one, which is told every tick but the next.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.schedule import alpha_sigma
from lipflap.core.motion.head_motion import AUTOREGRESSIVE_KIND, KIND, gap_curves
from lipflap.core.motion.head_network import WINDOW_TICKS, HeadCondition, HeadNetwork
from lipflap.core.motion.head_pose import HEAD
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.training.fit import fit, save_weights
from lipflap.training.motion.heads import HeadTake

log = logging.getLogger(__name__)

_LIPS_WEIGHT = 0.1
_LEAST_ROOM = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRecipe:
    """Every number of a run. A share is a part of 1.

    average     decay of the averaged weights
    deaf        share of windows without a sound, for guidance
    lips        share of windows whose lips are known
    from_noise  share of windows drawn at pure noise, where sampling begins
    velocity    weight of the change from tick to tick in the loss
    seed        of everything random
    """

    steps: int = 700
    batch: int = 16
    learning_rate: float = 1.5e-3
    average: float = 0.99
    deaf: float = 0.5
    lips: float = 0.3
    from_noise: float = 0.15
    velocity: float = 4.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class HeadBatch:
    """Windows to learn from, and the condition that goes with them.

    values  [B, T, VALUES]
    away    [B, T, VALUES] how far they are from the curve through what is known, in its room
    room    [B, T, VALUES]
    """

    values: Tensor
    away: Tensor
    room: Tensor
    condition: HeadCondition


def train_head_motion(
    takes: Sequence[HeadTake], recipe: HeadRecipe, *, autoregressive: bool = False
) -> HeadNetwork:
    """Train on takes of at least one tick; return the averaged network."""
    torch.manual_seed(recipe.seed)
    network = HeadNetwork(causal=autoregressive)
    heard = torch.from_numpy(np.concatenate([take.features[::9] for take in takes]))
    network.feature_mean.copy_(heard.mean(0))
    network.feature_spread.copy_(heard.std(0) + 1e-3)
    loss_of = _next_loss if autoregressive else _clean_loss(recipe)
    trained = fit(network.train(), _batches(takes, recipe), loss_of, recipe)
    return trained.eval().requires_grad_(False)


def save_head_network(
    network: HeadNetwork, takes: Sequence[HeadTake], recipe: HeadRecipe, path: Path
) -> None:
    """Write a network as the file that is loaded, in half precision. Raises DubError."""
    weights = {
        name: value.half() if value.dim() > 1 else value
        for name, value in network.state_dict().items()
    }
    facts = {
        "kind": AUTOREGRESSIVE_KIND if network.causal else KIND,
        "recipe": json.dumps(asdict(recipe)),
        "talkers": json.dumps(sorted({take.talker for take in takes})),
    }
    save_weights(weights, path, facts)


def _clean_loss(recipe: HeadRecipe) -> Callable[[HeadNetwork, HeadBatch], Tensor]:
    def loss(network: HeadNetwork, batch: HeadBatch) -> Tensor:
        """Mean square error of the clean estimate and of its change, where nothing is known."""
        rows = len(batch.away)
        t = torch.where(torch.rand(rows) < recipe.from_noise, 1.0, torch.rand(rows))
        alpha, sigma = (w[:, None, None] for w in alpha_sigma(t))
        noisy = alpha * batch.away + sigma * torch.randn_like(batch.away)
        unknown = 1 - batch.condition.mask
        clean = network(noisy * unknown, t, batch.condition)
        error = (clean - batch.away) * unknown * _weight()
        change = (error * batch.room).diff(dim=1)
        return error.square().mean() + recipe.velocity * change.square().mean()

    return loss


def _next_loss(network: HeadNetwork, batch: HeadBatch) -> Tensor:
    """Mean square error of each tick from those before it, all of them told."""
    before = torch.cat([torch.zeros_like(batch.values[:, :1]), batch.values[:, :-1]], 1)
    condition = replace(
        batch.condition,
        known=torch.zeros_like(before),
        is_known=torch.zeros_like(batch.condition.is_known),
    )
    error = network(before, torch.zeros(len(before)), condition) - batch.values
    return (error * _weight()).square().mean()


def _weight() -> Tensor:
    return torch.cat([torch.ones(HEAD), torch.full((LATENTS,), _LIPS_WEIGHT)])


def _batches(takes: Sequence[HeadTake], recipe: HeadRecipe) -> Iterator[HeadBatch]:
    """Yield batches without end; of talkers of whom there is little, takes are drawn more often."""
    rng = np.random.default_rng(recipe.seed)
    counts = Counter(take.talker for take in takes)
    share = np.array([counts[take.talker] ** -0.5 for take in takes])
    share /= share.sum()
    while True:
        numbers = rng.choice(len(takes), recipe.batch, p=share)
        yield _batch([takes[number] for number in numbers], recipe, rng)


def _batch(takes: Sequence[HeadTake], recipe: HeadRecipe, rng: np.random.Generator) -> HeadBatch:
    values, features = [], []
    for take in takes:
        start = rng.integers(0, max(1, len(take.own) - WINDOW_TICKS + 1))
        rows = np.minimum(np.arange(start, start + WINDOW_TICKS), len(take.own) - 1)
        values.append(np.concatenate([take.own[rows], take.lips[rows]], 1))
        features.append(take.features[rows])
    drawn = np.stack(values).astype(np.float64)
    known = np.stack([known_ticks(rng) for _ in takes])
    knows_lips = rng.random((len(takes), 1, 1)) < recipe.lips
    curves = gap_curves(drawn[..., :HEAD], known)
    away = np.zeros(drawn.shape)
    away[..., :HEAD] = (drawn[..., :HEAD] - curves.curve) / np.maximum(curves.room, _LEAST_ROOM)
    away[..., HEAD:] = np.where(knows_lips, 0, drawn[..., HEAD:])
    given = np.concatenate([curves.curve, np.where(knows_lips, drawn[..., HEAD:], 0)], -1)
    flags = np.stack([known, np.broadcast_to(knows_lips[..., 0], known.shape)], -1)
    condition = HeadCondition(
        _tensor(given),
        _tensor(flags),
        _tensor(np.stack(features)),
        _tensor(rng.random(len(takes)) >= recipe.deaf),
    )
    room = np.concatenate([np.repeat(curves.room, HEAD, -1), np.ones(drawn[..., HEAD:].shape)], -1)
    return HeadBatch(_tensor(drawn), _tensor(away), _tensor(room), condition)


def _tensor(values: NDArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


def known_ticks(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the known ticks [WINDOW_TICKS]: none, some, the beginning, both ends or a middle."""
    ticks = np.arange(WINDOW_TICKS)
    first, last = sorted(rng.integers(4, WINDOW_TICKS - 3, 2))
    masks = (
        ticks < 0,
        rng.random(WINDOW_TICKS) < 0.1,
        ticks < first,
        (ticks < first) | (ticks >= max(last, first + 4)),
        (ticks >= first) & (ticks < last),
    )
    return masks[rng.choice(len(masks), p=(0.1, 0.2, 0.3, 0.3, 0.1))]
