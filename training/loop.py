"""The training loop of the mouth model, whole."""

import logging
import math
import time
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.residual import residual_of
from lipflap.core.diffusion.sampler import paint
from lipflap.core.diffusion.schedule import alpha_sigma
from lipflap.core.face.matte import WORK
from lipflap.core.mouth_walk import work_mask
from lipflap.training.ahead import ahead
from lipflap.training.dataset import Footage, batch
from lipflap.training.ema import Average
from lipflap.training.recipe import Recipe

log = logging.getLogger(__name__)

SAVE_EVERY = 250


def loss_of(
    network: MouthNetwork,
    true: Tensor,
    condition: Condition,
    weight: Tensor,
    t: Tensor,
    eps: Tensor,
) -> Tensor:
    """Mean weighted squared error of v in the mask, at times t [B] with noise eps [B, 3, H, W]."""
    alpha, sigma = (part[:, None, None, None] for part in alpha_sigma(t))
    clean = residual_of(true, condition.identity)
    v = network((alpha * clean + sigma * eps) * condition.mask, t, condition)
    return (weight * (v - (alpha * eps - sigma * clean)) ** 2).mean()


def lips_weight(recipe: Recipe) -> Tensor:
    """Weight [64, 96] of errors: 0 outside the mask, highest over the lips, 1 on average."""
    mask = work_mask()
    down = torch.arange(mask.shape[0])[:, None] + WORK.top - 86.0
    across = torch.arange(mask.shape[1])[None, :] + WORK.left - 64.0
    near = torch.exp(-((down / 14) ** 2) - (across / 26) ** 2)
    weight = mask * (1 + (recipe.lips_weight - 1) * near)
    return weight / weight.mean()


def rate_at(step: int, recipe: Recipe) -> float:
    """Learning rate: a warm-up, then half a cosine to a fiftieth."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1, done))) / 2)


def train(
    footage: Footage, recipe: Recipe, shape: NetworkShape, run: Path, until: int | None = None
) -> Average:
    """The averaged network after a run, kept in `run` so that it can be stopped and resumed.

    until  stop after this step of the recipe's, to go on another day

    Everything random is drawn from the seed and the step, and counting goes on from the state
    in `run`: a resumed run is the run that was never stopped, bit for bit.
    """
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    network = MouthNetwork(shape).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-2, fused=True)
    average = Average(network, recipe.average)
    first = _resume(run / "state.pt", network, average, optimizer)
    clips, weight = footage.split(validates=False), lips_weight(recipe)
    last = min(until or recipe.steps, recipe.steps)
    batches = ahead(batch(footage, clips, recipe, step) for step in range(first, last))
    started, smooth = time.monotonic(), 0.0
    for step, (true, told, before) in zip(range(first, last), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, recipe)
        t, eps = _noise(true, recipe, step)
        condition = _with_own_previous(told, before, average.network, eps, recipe)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(network, true, condition, weight, t, eps)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network)
        smooth += (loss.item() - smooth) / min(step - first + 1, 100)
        if step % 100 == 99:
            speed = (step - first + 1) * recipe.batch / (time.monotonic() - started)
            log.info("step %d loss %.4f, %.1f samples a second", step + 1, smooth, speed)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == last:
            _keep(run, step + 1, network, average, optimizer)
            checkpoint.save(average.network, shape, asdict(recipe), run / "model.safetensors")
    return average


def _with_own_previous(
    told: Condition, before: Condition, network: MouthNetwork, eps: Tensor, recipe: Recipe
) -> Condition:
    """The first samples' previous mouths as the network paints them: the errors it lives with.

    Without this a walk adds error to error until the picture breaks.
    """
    count = round(recipe.own_previous * len(told))
    if not count:
        return told
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        own = paint(network, before.rows(0, count), eps[:count], steps=1)
    previous = torch.cat([own.float(), told.previous[count:]])
    known = torch.cat([torch.ones(count), told.previous_known[count:]])
    return replace(told, previous=previous, previous_known=known)


def _noise(true: Tensor, recipe: Recipe, step: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    u = torch.rand(len(true), generator=generator)
    return 1 - u**recipe.time_bias, torch.randn(true.shape, generator=generator)


def _keep(
    run: Path,
    step: int,
    network: MouthNetwork,
    average: Average,
    optimizer: torch.optim.Optimizer,
) -> None:
    state = {
        "step": step,
        "network": network.state_dict(),
        "average": average.network.state_dict(),
        "updates": average.updates,
        "optimizer": optimizer.state_dict(),
    }
    torch.save(state, run / "state.part")
    (run / "state.part").rename(run / "state.pt")


def _resume(
    path: Path, network: MouthNetwork, average: Average, optimizer: torch.optim.Optimizer
) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    average.network.load_state_dict(state["average"])
    average.updates = state["updates"]
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
