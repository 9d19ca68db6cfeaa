"""The training loop of small networks: landmarks, sync, head motion and the correction.

The mouth model has its own loop in `mouth/loop.py`: it resumes, logs pictures and runs in several
processes; lip motion has one in `motion/train.py`.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import torch
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from lipflap.core.files.atomic import write_bytes
from lipflap.training.ema import Average

Network = TypeVar("Network", bound=nn.Module)
Batch = TypeVar("Batch")

log = logging.getLogger(__name__)

LOG_EVERY = 100
WARM_UP_SHARE = 0.1  # of all steps, in which the learning rate rises


@dataclass(frozen=True, slots=True)
class Machine:
    """What a network is trained on, and who is told how it goes.

    compiled   the network is compiled first; needs a compiler beside torch
    note_loss  told the step and its loss, every LOG_EVERY steps and at the last one
    """

    device: torch.device
    compiled: bool = False
    note_loss: Callable[[int, float], None] | None = None

    def take(self, network: Network) -> Network:
        """Move a network to the device and compile it, if it is to be; the same network."""
        network.to(self.device)
        if self.compiled:
            network.compile()
        return network

    def note(self, step: int, steps: int, loss: Tensor) -> None:
        if self.note_loss and (step % LOG_EVERY == 0 or step == steps):
            self.note_loss(step, float(loss.detach()))


class FitRecipe(Protocol):
    """The part of a small network's recipe that the training loop reads.

    steps          batches to learn from
    learning_rate  the highest; it rises, then falls (OneCycleLR)
    average        decay of the averaged weights
    """

    @property
    def steps(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def average(self) -> float: ...


def fit(
    network: Network,
    batches: Iterable[Batch],
    loss_of: Callable[[Network, Batch], Tensor],
    recipe: FitRecipe,
    machine: Machine | None = None,
) -> Network:
    """Train a network on its device and return its averaged weights.

    batches  at least `recipe.steps` of them
    loss_of  loss [] of a batch
    machine  the one that the network is on, where losses are to be noted
    """
    average = Average(network, recipe.average)
    optimizer = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, recipe.steps, pct_start=WARM_UP_SHARE
    )
    started = time.monotonic()
    for step, batch in zip(range(1, recipe.steps + 1), batches, strict=False):
        loss = loss_of(network, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update(network)
        if machine:
            machine.note(step, recipe.steps, loss)
        if step % LOG_EVERY == 0:
            seconds = time.monotonic() - started
            log.info("step %d loss %.3f after %.0f s", step, loss.item(), seconds)
    return average.network


def save_weights(weights: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write weights as a .safetensors file, whole or not at all. Raises DubError."""
    contiguous = {name: value.detach().contiguous() for name, value in weights.items()}
    write_bytes(path, save_tensors(contiguous, metadata))
