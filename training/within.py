"""As many steps as fit in the time there is.

step     0 1     4             half of the rest     half of it    ...   end
leg      |=|=====|=============|====================|=============|=====|
            after each, how many are left is reckoned anew: a machine may get busy
"""

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

FIRST_LEGS = (1, 4)  # the first step is slower than those that follow
SHORTEST_LEG = 20
FEWEST_STEPS = 10
FOR_NOW = 1_000_000  # steps of a recipe whose end is not known: its rate stays high


def train_within(
    seconds: float, footage: Footage, recipe: Recipe, start: MouthNetwork, run: Path
) -> Recipe:
    """Train from `start` for so many seconds; the recipe with the steps that were made.

    run  an empty folder; holds the model afterwards, as after any run

    Raises DubError when the time is too short to learn anything.
    """
    ends = time.monotonic() + seconds
    done, recipe = 0, replace(recipe, steps=FOR_NOW)
    legs = list(FIRST_LEGS)
    while done < recipe.steps:
        until, began = legs.pop(0), time.monotonic()
        train(footage, recipe, start.shape, run, until=until, start=start)
        step_s, done = (time.monotonic() - began) / (until - done), until
        if not legs:
            left = max(0, int((ends - time.monotonic()) / step_s))
            recipe = replace(recipe, steps=done + left)
            legs.append(done + (left if left < SHORTEST_LEG else -(-left // 2)))
        if recipe.steps < FEWEST_STEPS:
            raise DubError(
                f"a step takes {step_s:.1f} s: there is no time to learn anything.",
                where=f"{seconds / 60:g} minutes",
                fix="Give it more, with --minutes.",
            )
    log.info("%d steps in %.0f s", done, seconds - (ends - time.monotonic()))
    return recipe
