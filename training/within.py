"""As many steps as fit in the time there is."""

import logging
import time
from dataclasses import replace
from pathlib import Path

from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.errors import DubError
from lipflap.training.footage import Footage
from lipflap.training.loop import train
from lipflap.training.recipe import Recipe

log = logging.getLogger(__name__)

TRIED_STEPS = 4
LEGS = 4  # after each, the steps left are reckoned anew: the machine may have got busy
FEWEST_STEPS = 10


def train_within(
    seconds: float, footage: Footage, recipe: Recipe, start: MouthNetwork, run: Path
) -> Recipe:
    """Train from `start` for so many seconds; the recipe with the steps that were made.

    run  an empty folder; holds the model afterwards, as after any run

    Raises DubError when the time is too short to learn anything.
    """
    ends = time.monotonic() + seconds
    step_s = _seconds_a_step(footage, recipe, start, run.with_name(f"{run.name}-tried"))
    done = 0
    for leg in range(LEGS, 0, -1):
        left = int((ends - time.monotonic()) / step_s)
        if done + left < FEWEST_STEPS:
            raise DubError(
                f"a step takes {step_s:.1f} s: there is no time to learn anything.",
                where=f"{seconds / 60:g} minutes",
                fix="Give it more, with --minutes.",
            )
        if left < leg:
            break
        recipe = replace(recipe, steps=done + left)
        until, began = done + -(-left // leg), time.monotonic()
        train(footage, recipe, start.shape, run, until=until, start=start)
        step_s = (time.monotonic() - began) / (until - done)
        done = until
    log.info("%d steps in %.0f s", done, seconds - (ends - time.monotonic()))
    return replace(recipe, steps=done)


def _seconds_a_step(footage: Footage, recipe: Recipe, start: MouthNetwork, run: Path) -> float:
    """Of a step like those to come: the first, which is slower, is not counted."""
    tried = replace(recipe, steps=1 + TRIED_STEPS)
    train(footage, tried, start.shape, run, until=1, start=start)
    began = time.monotonic()
    train(footage, tried, start.shape, run)
    return (time.monotonic() - began) / TRIED_STEPS
