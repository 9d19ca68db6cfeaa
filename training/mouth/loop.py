"""The training loop of the mouth model, whole."""

import logging
import math
from collections.abc import Callable
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
from lipflap.core.model_files import locate
from lipflap.core.voice.syncnet import SyncNetwork, load_sync
from lipflap.training.data.dataset import PreparedSet
from lipflap.training.ema import Average
from lipflap.training.mouth.batch import FRAMES, Batch, make_batch
from lipflap.training.mouth.critic import critic_loss, fooling_loss
from lipflap.training.mouth.distributed import Ranks, process_group
from lipflap.training.mouth.logger import TrainLogger
from lipflap.training.mouth.loss import lips_weight, painted, perceptual_loss, sequences, sync_loss
from lipflap.training.mouth.perceptual import Features, features_of
from lipflap.training.mouth.state import State, begin
from lipflap.training.prefetch import prefetch
from lipflap.training.recipe import Recipe

log = logging.getLogger(__name__)

SAVE_EVERY = 250
STATE, MODEL = "state.pt", "model.safetensors"


@dataclass(frozen=True, slots=True)
class Experts:
    """Trained networks that say what is wrong with a mouth.

    sync  whether it says its sound; never the one that judges
    near  features in which it should be near the truth
    """

    sync: SyncNetwork
    near: Features


TrainStep = Callable[[State, Batch, Recipe, Ranks], dict[str, Tensor]]


def train(
    footage: PreparedSet,
    recipe: Recipe,
    shape: NetworkShape,
    run: Path,
    until: int | None = None,
    start: MouthNetwork | None = None,
    learn: TrainStep | None = None,
) -> Average[MouthNetwork]:
    """The averaged network after a run, kept in `run` so that it can be stopped and resumed.

    until  stop after this step of the recipe's, to go on another day
    start  begin with these weights, of the same shape; None for a new network
    learn  takes one step; None to learn from what was filmed

    Everything random is drawn from the seed and the step, and counting goes on from the state
    in `run`: a resumed run is the run that was never stopped, bit for bit.
    """
    run.mkdir(parents=True, exist_ok=True)
    with process_group() as ranks:
        state = _begun(recipe, shape, start, run, ranks)
        learn = learn or partial(train_step, coach=_coach(recipe, ranks))
        clips = footage.split(validates=False)
        steps = range(state.step, min(until or recipe.steps, recipe.steps))
        lessons = prefetch(make_batch(footage, clips, recipe, step, ranks.rank) for step in steps)
        diary = TrainLogger(run, writes=ranks.leads)
        for step, taught in zip(steps, lessons, strict=False):
            taught = taught.to(ranks.device)
            diary.note(step + 1, learn(state, taught, recipe, ranks))
            if state.step % 100 == 0:
                log.info("step %d: %s", state.step, diary)
            if ranks.leads and (state.step % SAVE_EVERY == 0 or state.step == steps.stop):
                state.save(run / STATE)
                checkpoint.save(state.average.network, shape, asdict(recipe), run / MODEL)
                diary.show(state.step, state.average.network, taught)
    return state.average


def train_step(
    state: State, taught: Batch, recipe: Recipe, ranks: Ranks, coach: Experts | None
) -> dict[str, Tensor]:
    """One step towards what was filmed; what each loss was."""
    t, eps = batch_noise(taught, recipe, state.step, ranks)
    told = with_own_previous(taught, state.average.network, eps, recipe)
    filmed, from_truth = sequences(taught.true), slice(recipe.swapped, None)
    terms: dict[str, tuple[float, Tensor]] = {}
    with fast_precision(ranks.device):
        error, clean = painted(state.network, taught.true, told, t, eps)
        looks = sequences(clean)
        weight = lips_weight(taught.told.mask, recipe)
        terms["v"] = 1.0, (sequences(error)[from_truth] * weight).mean()
        if coach is not None:
            terms["sync"] = recipe.sync, sync_loss(coach.sync, looks, taught)
            near = perceptual_loss(coach.near, looks[from_truth], filmed[from_truth])
            terms["perceptual"] = recipe.perceptual, near
        if recipe.adversarial:
            terms["adversarial"] = recipe.adversarial, fooling_loss(state.critic, looks)
        loss = torch.stack([share * term for share, term in terms.values()]).sum()
    steps_done(state, loss, recipe, ranks)
    if recipe.adversarial:
        with fast_precision(ranks.device):
            terms["critic"] = 1.0, critic_loss(state.critic, looks, filmed)
        _descend(state.critic_optimizer, terms["critic"][1], state.critic, ranks)
    return {name: term.detach() for name, (_, term) in terms.items()}


def rate_at(step: int, recipe: Recipe) -> float:
    """Learning rate: a warm-up, then half a cosine to a fiftieth."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1, done))) / 2)


def _begun(
    recipe: Recipe, shape: NetworkShape, start: MouthNetwork | None, run: Path, ranks: Ranks
) -> State:
    torch.manual_seed(recipe.seed)
    network = MouthNetwork(shape)
    if start is not None:
        network.load_state_dict(start.state_dict())
    network.to(ranks.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = begin(network, recipe, ranks.device)
    if (run / STATE).exists():
        state.resume(run / STATE)
    return state


def _coach(recipe: Recipe, ranks: Ranks) -> Experts | None:
    if not recipe.sync and not recipe.perceptual:
        return None
    sync = load_sync(locate("sync-coach"), ranks.device)
    return Experts(sync, features_of(sync, ranks.device))


def with_own_previous(
    taught: Batch, network: MouthNetwork, eps: Tensor, recipe: Recipe
) -> Condition:
    """The first sequences' previous mouths as the network paints them, each from the one before.

    So it meets the errors it lives with: without this a walk adds error to error until the
    picture breaks.
    """
    told, count = taught.told, round(recipe.own_previous * recipe.sequences)
    if not count:
        return told
    walked = slice(0, count * FRAMES)
    before, here = taught.before.rows(0, count * FRAMES), told.rows(0, count * FRAMES)
    noise, ones = eps[walked][::FRAMES], torch.ones(count, device=eps.device)
    own = []
    with torch.no_grad(), fast_precision(eps.device):
        own.append(paint(network, before.every(FRAMES, 0), noise, steps=1).float())
        for frame in range(FRAMES - 1):
            follows = replace(here.every(FRAMES, frame), previous=own[-1], previous_known=ones)
            own.append(paint(network, follows, noise, steps=1).float())
    previous = torch.cat([torch.stack(own, 1).flatten(0, 1), told.previous[walked.stop :]])
    known = torch.cat([ones.repeat(FRAMES), told.previous_known[walked.stop :]])
    return replace(told, previous=previous, previous_known=known)


def batch_noise(taught: Batch, recipe: Recipe, step: int, ranks: Ranks) -> tuple[Tensor, Tensor]:
    """Times [B] and noise [B, 3, H, W], alike within a sequence."""
    draw = torch.Generator().manual_seed((recipe.seed * 1_000_003 + step) * 1009 + ranks.rank)
    t = 1 - torch.rand(recipe.sequences, generator=draw) ** recipe.time_bias
    t[torch.rand(recipe.sequences, generator=draw) < recipe.from_noise] = 1.0
    t[: recipe.swapped] = 1.0  # less noise would show the mouth that says other words
    eps = torch.randn(recipe.sequences, *taught.true.shape[1:], generator=draw)
    t, eps = t.to(ranks.device), eps.to(ranks.device)
    return t.repeat_interleave(FRAMES), eps.repeat_interleave(FRAMES, 0)


def steps_done(state: State, loss: Tensor, recipe: Recipe, ranks: Ranks) -> None:
    """The network, its average and the count, one step on."""
    for group in state.optimizer.param_groups:
        group["lr"] = rate_at(state.step, recipe)
    _descend(state.optimizer, loss, state.network, ranks)
    state.average.update(state.network)
    state.step += 1


def _descend(
    optimizer: torch.optim.Optimizer, loss: Tensor, network: nn.Module, ranks: Ranks
) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    ranks.mean(network.parameters())
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
