"""Many evaluations, and guidance, into one: a student that lands where its teacher arrives.

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
from lipflap.core.diffusion.sampler import Guidance, paint
from lipflap.core.diffusion.schedule import alpha_sigma, sampling_times
from lipflap.core.voice.log_mel import SILENCE
from lipflap.training.data.dataset import PreparedSet
from lipflap.training.ema import Average
from lipflap.training.mouth.batch import Batch
from lipflap.training.mouth.distributed import Ranks
from lipflap.training.mouth.loop import batch_noise, steps_done, train, with_own_previous
from lipflap.training.mouth.loss import lips_weight
from lipflap.training.mouth.state import State
from lipflap.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Teacher:
    """A trained network and how it paints."""

    network: MouthNetwork
    steps: int
    guidance: float

    def paint(self, condition: Condition, noise: Tensor) -> Tensor:
        guidance = Guidance(self.guidance, SILENCE) if self.guidance != 1 else None
        with torch.no_grad():
            return paint(self.network, condition, noise, self.steps, guidance)


def distil(
    footage: PreparedSet, teacher: Teacher, recipe: Recipe, run: Path, shape: NetworkShape
) -> Average[MouthNetwork]:
    """The averaged student, kept in `run` as `train` keeps its network."""
    learn = partial(distil_step, teacher=teacher)
    return train(footage, recipe, shape, run, start=teacher.network, learn=learn)


def distil_step(
    state: State, taught: Batch, recipe: Recipe, ranks: Ranks, teacher: Teacher
) -> dict[str, Tensor]:
    """One step towards where the teacher arrives from the same noise."""
    _, eps = batch_noise(taught, recipe, state.step, ranks)
    told = with_own_previous(taught, state.average.network, eps, recipe)
    t = _times(taught, recipe, state.step, teacher.steps)
    with fast_precision(ranks.device):
        arrived = to_residual(teacher.paint(told, eps).float(), told.identity)
        alpha, sigma = (part[:, None, None, None] for part in alpha_sigma(t))
        noisy = (alpha * arrived + sigma * eps) * told.mask
        v = state.network(noisy, t, told)
        error = (alpha * noisy - sigma * v - arrived) ** 2
        loss = (error * lips_weight(told.mask, recipe)).mean()
    steps_done(state, loss, recipe, ranks)
    return {"imitation": loss.detach()}


def _times(taught: Batch, recipe: Recipe, step: int, steps: int) -> Tensor:
    """Times [B] of the teacher's own evaluations, one drawn for each sequence."""
    draw = torch.Generator().manual_seed(recipe.seed * 7_000_003 + step)
    points = torch.tensor(sampling_times(steps)[:-1])
    each = points[torch.randint(len(points), (recipe.sequences,), generator=draw)]
    count = len(taught.true) // recipe.sequences
    return each.to(taught.true.device).repeat_interleave(count)
