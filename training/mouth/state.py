"""The state of a run at a step: what a resumed run needs to go on as if it had never stopped."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from textwrap import shorten
from zipfile import BadZipFile

import torch
from torch import nn

from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.training.ema import Average
from lipflap.training.mouth.critic import Critic
from lipflap.training.recipe import Recipe

CRITIC_RATE = 2e-4

# what torch raises for a file that is cut off, is none of its own, or holds other networks
_UNREADABLE = (
    *(OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, AttributeError),
    *(IndexError, UnpicklingError, BadZipFile),
)


@dataclass(slots=True)
class State:
    """Networks and optimizers after `step` steps."""

    step: int
    network: MouthNetwork
    average: Average[MouthNetwork]
    optimizer: torch.optim.Optimizer
    critic: Critic
    critic_optimizer: torch.optim.Optimizer

    def save(self, path: Path) -> None:
        """Write the state to a file, whole or not at all."""
        facts = {"step": self.step, "updates": self.average.updates}
        buffer = BytesIO()  # torch does not say that a disk is full, as a file does
        torch.save(facts | self._weights(), buffer)
        write_bytes(path, buffer.getbuffer())

    def resume(self, path: Path) -> None:
        """Continue from the state in a file. Raises DubError when it is damaged or of another."""
        try:
            kept = torch.load(path, weights_only=True, map_location="cpu")
            self.step, self.average.updates = kept["step"], kept["updates"]
            for name, part in self._parts().items():
                part.load_state_dict(kept[name])
        except _UNREADABLE as problem:
            raise DubError(
                f"cannot be read as the state of this training: {shorten(str(problem), 160)}.",
                where=str(path),
                fix="Copy it again, or begin a new run in another folder.",
            ) from problem

    def _weights(self) -> dict[str, object]:
        return {name: part.state_dict() for name, part in self._parts().items()}

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        return {
            "network": self.network,
            "average": self.average.network,
            "optimizer": self.optimizer,
            "critic": self.critic,
            "critic optimizer": self.critic_optimizer,
        }


def new_state(network: MouthNetwork, recipe: Recipe, device: torch.device) -> State:
    """Return the state of a network on its device before the first step."""
    critic = Critic().to(device)
    return State(
        step=0,
        network=network,
        average=Average(network, recipe.average),
        optimizer=_optimizer(network, recipe.learning_rate, (0.9, 0.999)),
        critic=critic,
        critic_optimizer=_optimizer(critic, CRITIC_RATE, (0.5, 0.99)),
    )


def _optimizer(
    network: nn.Module, rate: float, betas: tuple[float, float]
) -> torch.optim.Optimizer:
    return torch.optim.AdamW(network.parameters(), rate, betas, weight_decay=1e-2, fused=True)
