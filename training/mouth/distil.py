"""Distillation: a student that reaches in one evaluation where its teacher arrives in several.

    teacher   noise --> o --> o --> o --> mouth     N evaluations, each twice for guidance
                 \\      \\     \\     \\________^
    student       \\______\\_____\\______________^     one evaluation, from any point between

Consistency distillation (Song et al. 2023, arXiv:2303.01469) with the end of the teacher's own
way as the target, which needs no second student; guidance is distilled along with it (Meng et
al. 2023, arXiv:2210.03142).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from lipflap.core.device import fast_precision
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.residual import to_residual
from lipflap.core.diffusion.sampler import paint
from lipflap.core.diffusion.schedule import alpha_sigma, sampling_times
from lipflap.core.paint.painter import make_guidance
from lipflap.training.data.dataset import PreparedSet
from lipflap.training.ema import Average
from lipflap.training.mouth.batch import Batch
from lipflap.training.mouth.distributed import Ranks
from lipflap.training.mouth.loop import batch_noise, descend, train, with_own_previous
from lipflap.training.mouth.loss import lips_weight
from lipflap.training.mouth.state import State
from lipflap.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Teacher:
    """A trained network, and the steps and guidance it paints with."""

    network: MouthNetwork
    steps: int
    guidance: float

    def paint(self, condition: Condition, noise: Tensor) -> Tensor:
        """Paint mouths [B, 3, H, W] from noise [B, 3, H, W]."""
        with torch.no_grad():
            return paint(self.network, condition, noise, self.steps, make_guidance(self.guidance))


def distil(
    footage: PreparedSet, teacher: Teacher, recipe: Recipe, run: Path, shape: NetworkShape
) -> Average[MouthNetwork]:
    """Train a student; return its averaged weights, kept in `run` as `train` keeps them."""
    take_step = partial(distil_step, teacher=teacher)
    return train(footage, recipe, shape, run, start=teacher.network, take_step=take_step)


def distil_step(
    state: State, batch: Batch, recipe: Recipe, ranks: Ranks, teacher: Teacher
) -> dict[str, Tensor]:
    """Take one step towards where the teacher arrives from the same noise; return the loss."""
    teacher.network.to(ranks.device)  # loaded on the first GPU, while each process has its own
    _, eps = batch_noise(batch, recipe, state.step, ranks)
    condition = with_own_previous(batch, state.average.network, eps, recipe)
    t = _draw_times(batch, recipe, state.step, teacher.steps)
    with fast_precision(ranks.device):
        arrived = to_residual(teacher.paint(condition, eps).float(), condition.identity)
        alpha, sigma = (part[:, None, None, None] for part in alpha_sigma(t))
        noisy = (alpha * arrived + sigma * eps) * condition.mask
        v = state.network(noisy, t, condition)
        error = (alpha * noisy - sigma * v - arrived) ** 2
        loss = (error * lips_weight(condition.mask, recipe)).mean()
    descend(state, loss, recipe, ranks)
    return {"imitation": loss.detach()}


def _draw_times(batch: Batch, recipe: Recipe, step: int, steps: int) -> Tensor:
    """Draw times [B] among those of the teacher's evaluations, one for each sequence."""
    generator = torch.Generator().manual_seed(recipe.seed * 7_000_003 + step)
    points = torch.tensor(sampling_times(steps)[:-1])
    times = points[torch.randint(len(points), (recipe.sequences,), generator=generator)]
    count = len(batch.true) // recipe.sequences
    return times.to(batch.true.device).repeat_interleave(count)
