"""The recipe of a mouth model: every number of its training, saved beside its weights."""

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from lipflap.core.errors import DubError
from lipflap.core.serialize import from_dict

AnyRecipe = TypeVar("AnyRecipe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Every number of a mouth model's training.

    A share is a part of 1.

    steps              batches to learn from
    sequences          of five frames in a batch, one noise level and one noise each
    swapped            of these, sequences given another clip's sound: no truth to compare with
    warm_up            steps in which the learning rate rises
    average            decay of the averaged weights
    time_bias          t = 1 - u ** time_bias: above 1, more of the noise a short sampler meets
    from_noise         share of sequences at t 1, where a rollout of one evaluation always is
    lips_weight        how much more an error on the lips costs than one at the rim
    wide               share of batches with the wide mask: all but the top of the work rectangle
    hide_previous      share of sequences without a previous frame
    spoil_previous     share of filmed previous frames that are corrupted: noise or another mouth
    own_previous       share of sequences whose previous frames the network paints itself
    colour, shift_px   how far colours and place are varied
    pose               how far the identity frame's head is turned and tilted, as a share of its
                       size
    sync               weight of the sync loss: the mouth must match its sound
    perceptual         weight of the distance in features (perceptual.py)
    adversarial        weight of the loss against the critic
    seed               of everything random
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


def read_recipe(path: Path | None, kind: type[AnyRecipe]) -> AnyRecipe:
    """Read the recipe of any network from TOML; without a file, return its defaults.

    Raises DubError naming a misspelt number, or one that is none or too low.
    """
    if path is None:
        return kind()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DubError(f"is not a recipe: {error}.", where=str(path)) from error
    usual = asdict(kind())  # type: ignore[call-overload]
    recipe = from_dict(kind, usual | given, where=str(path))
    for name, number in given.items():
        least = 1 if name == "steps" else 0
        if number < least:
            raise DubError(f"{name} must be at least {least}, is {number}.", where=str(path))
    return recipe
