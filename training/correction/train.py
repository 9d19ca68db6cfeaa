"""The training of the correction of laid mouths.

difference   of the corrected mouth from the filmed one, and of their gradients
perceptual   the same in features that see colour (training/mouth/efficientnet.py)
adversarial  a critic tells corrected mouths from filmed ones, late
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from lipflap.core.device import best_device, fast_precision
from lipflap.core.diffusion.correction import KIND, SPREAD, CorrectionNetwork, corrected
from lipflap.core.diffusion.schedule import alpha_sigma
from lipflap.training.correction.batch import LaidBatch, draw_batches
from lipflap.training.correction.laid_takes import LaidTake
from lipflap.training.fit import Machine, fit, save_weights
from lipflap.training.mouth.critic import Critic
from lipflap.training.mouth.efficientnet import EfficientNetLite

MAX_RESIDUAL = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRecipe:
    """Every number of a run. A share is a part of 1.

    from_noise   share of samples at pure noise, where sampling begins
    gradient     weight of the difference of gradients
    perceptual   weight of the distance in features
    adversarial  weight of the loss against the critic
    critic_from  share of the steps after which there is a critic
    """

    steps: int = 2000
    batch: int = 24
    learning_rate: float = 1e-3
    average: float = 0.995
    from_noise: float = 0.5
    gradient: float = 0.5
    perceptual: float = 0.15
    adversarial: float = 0.02
    critic_from: float = 0.6
    seed: int = 1


def train_correction(
    takes: Sequence[LaidTake],
    features: EfficientNetLite | None,
    recipe: CorrectionRecipe,
    start: CorrectionNetwork | None = None,
    machine: Machine | None = None,
) -> CorrectionNetwork:
    """Train on takes; return the averaged network.

    features  of the perceptual loss; None for a loss without it
    start     begin with these weights; None for a new network
    machine   None for the best device there is
    """
    torch.manual_seed(recipe.seed)
    machine = machine or Machine(best_device())
    network = CorrectionNetwork()
    if start is not None:
        network.load_state_dict(start.state_dict())
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    machine.take(network)
    batches = draw_batches(takes, recipe.batch, recipe.seed, machine.device)
    losses = Losses(recipe, features, machine.device)
    return fit(network.train(), batches, losses, recipe, machine).eval().requires_grad_(False)


def save_correction(network: CorrectionNetwork, recipe: CorrectionRecipe, path: Path) -> None:
    """Write a network as the file that dubbing loads, in half precision. Raises DubError."""
    weights = {n: v.half() if v.dim() > 1 else v for n, v in network.state_dict().items()}
    save_weights(weights, path, {"kind": KIND, "recipe": json.dumps(asdict(recipe))})


@dataclass(slots=True)
class Losses:
    """The loss of a batch; it counts the steps, and trains the critic when its time has come."""

    recipe: CorrectionRecipe
    features: EfficientNetLite | None
    device: torch.device
    step: int = 0
    critic: Critic = field(init=False)
    _optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.critic = Critic(channels=4).to(self.device)
        self._optimizer = torch.optim.Adam(self.critic.parameters(), 4e-4, (0.0, 0.9))

    def __call__(self, network: CorrectionNetwork, batch: LaidBatch) -> Tensor:
        """Return the loss [] of a batch."""
        self.step += 1
        batch, recipe = batch.to(self.device), self.recipe
        with fast_precision(self.device):
            picture = self._estimate(network, batch)
            error = (picture - batch.filmed) * batch.matte
            down, across = error.diff(dim=2).abs().sum(), error.diff(dim=3).abs().sum()
            loss = error.abs().sum() + recipe.gradient * (down + across)
            loss = loss / (3 * batch.matte.sum())
            shown = batch.laid + batch.matte * (picture - batch.laid)
            wanted = batch.laid + batch.matte * (batch.filmed - batch.laid)
            if self.features is not None:
                loss = loss + recipe.perceptual * self._distance(self.features, shown, wanted)
            if self.step > recipe.critic_from * recipe.steps:
                loss = loss + recipe.adversarial * self._fooling(shown, wanted, batch.matte)
        return loss

    def _estimate(self, network: CorrectionNetwork, batch: LaidBatch) -> Tensor:
        """Return the corrected pictures [B, 3, 64, 96] that the network expects."""
        apart = (batch.filmed - batch.laid) * batch.matte / SPREAD
        clean = nn.functional.avg_pool2d(apart, 2).clamp(-MAX_RESIDUAL, MAX_RESIDUAL)
        eps = torch.randn_like(clean)
        from_noise, t = torch.rand(2, len(clean), device=self.device)
        t = torch.where(from_noise < self.recipe.from_noise, 1.0, t)
        alpha, sigma = (part[:, None, None, None] for part in alpha_sigma(t))
        estimate = network(alpha * clean + sigma * eps, t, batch.laid, batch.matte)
        return corrected(batch.laid, batch.matte, estimate)

    def _distance(self, features: EfficientNetLite, shown: Tensor, wanted: Tensor) -> Tensor:
        with torch.no_grad():
            true = features(wanted)
        pairs = zip(features(shown), true, strict=True)
        return torch.stack([(a - b).abs().mean() / b.abs().mean() for a, b in pairs]).mean()

    def _fooling(self, shown: Tensor, wanted: Tensor, matte: Tensor) -> Tensor:
        """Train the critic; return the loss of the corrected mouths that it recognises."""
        painted, filmed = torch.cat([shown, matte], 1), torch.cat([wanted, matte], 1)
        told = relu(1 + self.critic(painted.detach())).mean() + relu(1 - self.critic(filmed)).mean()
        self._optimizer.zero_grad()
        told.backward()
        self._optimizer.step()
        self.critic.requires_grad_(False)
        fooling = -self.critic(painted).mean()
        self.critic.requires_grad_(True)
        return fooling
