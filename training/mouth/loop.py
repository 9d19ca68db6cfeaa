"""The training loop of the mouth model."""

import logging
import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from lipflap.core.device import fast_precision
from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.sampler import paint
from lipflap.core.errors import DubError
from lipflap.core.model_files import locate
from lipflap.training.data.dataset import ClipRecord, PreparedSet
from lipflap.training.ema import Average
from lipflap.training.mouth.batch import FRAMES, Batch, make_batch
from lipflap.training.mouth.critic import critic_loss, fooling_loss
from lipflap.training.mouth.distributed import Ranks, process_group
from lipflap.training.mouth.logger import TrainLogger
from lipflap.training.mouth.loss import (
    lips_weight,
    perceptual_loss,
    sync_loss,
    to_sequences,
    v_error,
)
from lipflap.training.mouth.perceptual import Features, load_features
from lipflap.training.mouth.state import State, new_state
from lipflap.training.mouth.sync_network import SyncNetwork, load_sync
from lipflap.training.prefetch import prefetch_each
from lipflap.training.recipe import Recipe

log = logging.getLogger(__name__)

SAVE_EVERY = 250
GPU_MAKERS = 8  # threads that make batches, where the processor has nothing else to do
STATE, MODEL = "state.pt", "model.safetensors"


@dataclass(frozen=True, slots=True)
class Experts:
    """Trained networks whose verdict on painted mouths is part of the loss.

    sync      whether mouth and sound match; never the network that evaluates
    features  in which a mouth should be near the truth
    """

    sync: SyncNetwork
    features: Features


TrainStep = Callable[[State, Batch, Recipe, Ranks], dict[str, Tensor]]


def train(
    footage: PreparedSet,
    recipe: Recipe,
    shape: NetworkShape,
    run: Path,
    until: int | None = None,
    start: MouthNetwork | None = None,
    take_step: TrainStep | None = None,
) -> Average[MouthNetwork]:
    """Train a mouth model in folder `run`; return its averaged weights.

    until      stop after this step of the recipe's, to go on another day
    start      begin with these weights, of the same shape; None for a new network
    take_step  takes one step and returns its losses; None for `train_step`

    Everything random is drawn from the seed and the step, and counting goes on from the state
    in `run`: a resumed run is the run that was never stopped, bit for bit.
    """
    run.mkdir(parents=True, exist_ok=True)
    with process_group() as ranks:
        state = _start_state(recipe, shape, start, run, ranks)
        take_step = take_step or partial(train_step, experts=_load_experts(recipe, ranks))
        clips = _training_clips(footage)
        steps = range(state.step, min(until or recipe.steps, recipe.steps))
        batches = prefetch_each(
            lambda step: make_batch(footage, clips, recipe, step, ranks.rank),
            steps,
            GPU_MAKERS if ranks.device.type == "cuda" else 1,
        )
        with closing(TrainLogger(run, writes=ranks.leads)) as logger:
            for step, batch in zip(steps, batches, strict=False):
                batch = batch.to(ranks.device)
                logger.log_scalars(step + 1, take_step(state, batch, recipe, ranks))
                if state.step % 100 == 0:
                    log.info("step %d: %s", state.step, logger)
                if ranks.leads and (state.step % SAVE_EVERY == 0 or state.step == steps.stop):
                    state.save(run / STATE)
                    checkpoint.save(state.average.network, shape, asdict(recipe), run / MODEL)
                    logger.log_images(state.step, state.average.network, batch)
    return state.average


def train_step(
    state: State, batch: Batch, recipe: Recipe, ranks: Ranks, experts: Experts | None
) -> dict[str, Tensor]:
    """Take one step towards what was filmed; return each loss."""
    t, eps = batch_noise(batch, recipe, state.step, ranks)
    condition = with_own_previous(batch, state.average.network, eps, recipe)
    filmed, with_truth = to_sequences(batch.true), slice(recipe.swapped, None)
    terms: dict[str, tuple[float, Tensor]] = {}
    with fast_precision(ranks.device):
        error, clean = v_error(state.network, batch.true, condition, t, eps)
        painted = to_sequences(clean)
        weight = lips_weight(batch.condition.mask, recipe)
        terms["v"] = 1.0, (to_sequences(error)[with_truth] * weight).mean()
        if experts is not None:
            terms["sync"] = recipe.sync, sync_loss(experts.sync, painted, batch)
            distance = perceptual_loss(experts.features, painted[with_truth], filmed[with_truth])
            terms["perceptual"] = recipe.perceptual, distance
        if recipe.adversarial:
            terms["adversarial"] = recipe.adversarial, fooling_loss(state.critic, painted)
        loss = torch.stack([share * term for share, term in terms.values()]).sum()
    descend(state, loss, recipe, ranks)
    if recipe.adversarial:
        with fast_precision(ranks.device):
            terms["critic"] = 1.0, critic_loss(state.critic, painted, filmed)
        _update(state.critic_optimizer, terms["critic"][1], state.critic, ranks)
    return {name: term.detach() for name, (_, term) in terms.items()}


def learning_rate_at(step: int, recipe: Recipe) -> float:
    """Return the learning rate of a step: a warm-up, then half a cosine to a fiftieth."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1, done))) / 2)


def _start_state(
    recipe: Recipe, shape: NetworkShape, start: MouthNetwork | None, run: Path, ranks: Ranks
) -> State:
    torch.manual_seed(recipe.seed)
    network = MouthNetwork(shape)
    if start is not None:
        network.load_state_dict(start.state_dict())
    network.to(ranks.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = new_state(network, recipe, ranks.device)
    if (run / STATE).exists():
        state.resume(run / STATE)
    return state


def _training_clips(footage: PreparedSet) -> list[ClipRecord]:
    clips = footage.split(validates=False)
    if not clips:
        raise DubError(
            "holds no clip that trains: all of them are for evaluation.",
            where="the set",
            fix="Prepare more footage, or hold out fewer speakers.",
        )
    return clips


def _load_experts(recipe: Recipe, ranks: Ranks) -> Experts | None:
    if not recipe.sync and not recipe.perceptual:
        return None
    sync = load_sync(locate("sync-coach"), ranks.device)
    return Experts(sync, load_features(sync, ranks.device))


def with_own_previous(
    batch: Batch, network: MouthNetwork, eps: Tensor, recipe: Recipe
) -> Condition:
    """Replace the first sequences' previous mouths by the network's own, each from the one before.

    The network then trains on its own errors: without this an autoregressive rollout adds error
    to error until the picture breaks.
    """
    condition, count = batch.condition, round(recipe.own_previous * recipe.sequences)
    if not count:
        return condition
    end = count * FRAMES
    chain_start, chain = batch.chain_start.rows(0, end), condition.rows(0, end)
    noise, ones = eps[:end][::FRAMES], torch.ones(count, device=eps.device)
    own = []
    with torch.no_grad(), fast_precision(eps.device):
        own.append(paint(network, chain_start.every(FRAMES, 0), noise, steps=1).float())
        for frame in range(FRAMES - 1):
            step = replace(chain.every(FRAMES, frame), previous=own[-1], previous_known=ones)
            own.append(paint(network, step, noise, steps=1).float())
    previous = torch.cat([torch.stack(own, 1).flatten(0, 1), condition.previous[end:]])
    known = torch.cat([ones.repeat(FRAMES), condition.previous_known[end:]])
    return replace(condition, previous=previous, previous_known=known)


def batch_noise(batch: Batch, recipe: Recipe, step: int, ranks: Ranks) -> tuple[Tensor, Tensor]:
    """Draw times [B] and noise [B, 3, H, W], alike within a sequence."""
    generator = torch.Generator().manual_seed((recipe.seed * 1_000_003 + step) * 1009 + ranks.rank)
    t = 1 - torch.rand(recipe.sequences, generator=generator) ** recipe.time_bias
    t[torch.rand(recipe.sequences, generator=generator) < recipe.from_noise] = 1.0
    t[: recipe.swapped] = 1.0  # less noise would show the mouth of the filmed words
    eps = torch.randn(recipe.sequences, *batch.true.shape[1:], generator=generator)
    t, eps = t.to(ranks.device), eps.to(ranks.device)
    return t.repeat_interleave(FRAMES), eps.repeat_interleave(FRAMES, 0)


def descend(state: State, loss: Tensor, recipe: Recipe, ranks: Ranks) -> None:
    """Take one step of the optimizer: network, average and step count."""
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate_at(state.step, recipe)
    _update(state.optimizer, loss, state.network, ranks)
    state.average.update(state.network)
    state.step += 1


def _update(
    optimizer: torch.optim.Optimizer, loss: Tensor, network: nn.Module, ranks: Ranks
) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    ranks.mean(network.parameters())
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
