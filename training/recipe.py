"""Every number of a run, saved beside its weights."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lipflap.core.errors import DubError

Numbers = TypeVar("Numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a mouth model is trained.

    sequences          of five frames in a batch, one noise level and one noise each
    swapped            of these, sequences that hear another sentence: no truth to copy there
    time_bias          t = 1 - u ** time_bias: above 1, more of the noise a short sampler meets
    from_noise         part of sequences at t 1, where a walk of one evaluation always is
    lips_weight        how much more an error on the lips costs than one at the rim
    wide               part of steps that repaint all but the top of the work rectangle
    hide_previous      part of samples whose previous mouth is unknown
    spoil_previous     part of the rest whose previous mouth is noisy, shifted or another one
    own_previous       part of sequences in which each previous mouth is one the network painted
    colour, shift_px   how far colours and place are varied
    pose               how far the identity frame's head is turned and tilted, as part of its size
    sync               weight of the coach's loss: the sound must be the one these lips say
    perceptual         weight of the distance in the coach's features
    adversarial        weight of the loss against a network that tells painted from filmed
    """

    steps: int = 4200
    sequences: int = 8
    swapped: int = 2
    learning_rate: float = 3e-4
    warm_up: int = 200
    average: float = 0.999
    time_bias: float = 1.6
    from_noise: float = 0.3
    lips_weight: float = 3.0
    wide: float = 0.3
    hide_previous: float = 0.4
    spoil_previous: float = 0.7
    own_previous: float = 0.5
    colour: float = 0.15
    shift_px: int = 8
    pose: float = 0.06
    sync: float = 0.02
    perceptual: float = 0.2
    adversarial: float = 0.02
    seed: int = 1


def read_recipe(path: Path) -> Recipe:
    """Raises DubError naming a misspelt or missing number."""
    return read_numbers(path, Recipe)


def read_numbers(path: Path | None, kind: type[Numbers]) -> Numbers:
    """A recipe of any network; without a file, as it stands.

    Raises DubError naming a misspelt or missing number.
    """
    if path is None:
        return kind()
    try:
        return kind(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as problem:
        raise DubError(f"is not a recipe: {problem}.", where=str(path)) from problem
