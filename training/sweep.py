"""Quality over cost: one model with two samplers and fewer and fewer evaluations a frame."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lipflap.core.diffusion.sampler import Sampler, sample_ddim, sample_dpm_solver
from lipflap.training.figures import Figures, Performance, figures
from lipflap.training.observed import Observer, Truth, observe
from lipflap.training.walks import Painter, walk

log = logging.getLogger(__name__)

SAMPLERS: dict[str, Sampler] = {"DDIM": sample_ddim, "DPM-Solver++": sample_dpm_solver}
STEPS = (25, 10, 8, 6, 4, 2, 1)


@dataclass(frozen=True, slots=True)
class AtCost:
    """Figures with the own sound, of a sampler at so many evaluations a frame."""

    sampler: str
    evaluations: int
    figures: Figures


def sweep(painter: Painter, truth: Truth, by: Observer) -> Iterator[AtCost]:
    """From many steps to one, for each sampler."""
    for name, sampler in SAMPLERS.items():
        for steps in STEPS:
            log.info("%s, %d steps a frame", name, steps)
            quality = replace(painter.quality, steps=steps, sampler=sampler)
            painted = walk(
                replace(painter, quality=quality), truth.seen.film, truth.sentences.sound
            )
            seen = observe(painted, truth.sentences, by)
            shown = Performance(region=painter.mask.numpy() > 0, own=seen)
            yield AtCost(name, quality.evaluations, figures(shown, truth))
