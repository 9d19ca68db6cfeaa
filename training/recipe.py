"""Every number of a run, saved beside its weights."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.errors import DubError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a mouth model is trained.

    time_bias          t = 1 - u ** time_bias: above 1, more of the noise a short sampler meets
    lips_weight        how much more an error on the lips costs than one at the rim
    hide_previous      part of samples whose previous mouth is unknown
    spoil_previous     part of the rest whose previous mouth is noisy, shifted or another one
    own_previous       part of samples whose previous mouth the network has just painted itself
    colour, shift_px   how far colours and place are varied
    """

    steps: int = 4000
    batch: int = 32
    learning_rate: float = 4e-4
    warm_up: int = 300
    average: float = 0.999
    time_bias: float = 1.6
    lips_weight: float = 3.0
    hide_previous: float = 0.45
    spoil_previous: float = 0.7
    own_previous: float = 0.5
    colour: float = 0.15
    shift_px: int = 8
    seed: int = 1


def read_recipe(path: Path) -> Recipe:
    """Raises DubError naming a misspelt or missing number."""
    try:
        return Recipe(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as problem:
        raise DubError(f"is not a recipe: {problem}.", where=str(path)) from problem
