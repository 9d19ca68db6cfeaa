"""Training for a while: the time is kept, and no model comes of too little."""

from pathlib import Path

import pytest
import torch
from support.puppets.drawn_set import make_drawn_set

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.training.mouth.loop import MODEL
from lipflap.training.personal import personalise
from lipflap.training.personal.personalise import train_for
from lipflap.training.recipe import Recipe

SHAPE = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
RECIPE = Recipe(sequences=2, swapped=0, sync=0, perceptual=0, adversarial=0, own_previous=0)


class Clock:
    """Time as a run sees it, so that a busy machine fails no test."""

    def __init__(self) -> None:
        self.now, self.each_look = 0.0, 0.0

    def monotonic(self) -> float:
        self.now += self.each_look
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(personalise, "time", made)
    return made


def test_it_ends_in_time_with_a_model_and_says_how_many_steps_that_were(
    tmp_path: Path, clock: Clock
) -> None:
    clock.each_look = 5
    footage = make_drawn_set(tmp_path / "set")
    made = train_for(45, footage, RECIPE, MouthNetwork(SHAPE), tmp_path / "run")
    kept = checkpoint.load(tmp_path / "run" / MODEL, torch.device("cpu"))
    assert made.steps >= personalise.MIN_STEPS
    assert Recipe(**kept.recipe) == made
    assert clock.now <= 45 + 4 * clock.each_look


def test_a_machine_that_gets_slow_makes_fewer_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """A step takes a second, from the hundredth on two: 200 steps are made of the 300 reckoned."""
    legs: list[tuple[int, int]] = [(0, 0)]

    def train(footage: object, recipe: Recipe, *_: object, until: int, **__: object) -> None:
        clock.now += sum(1 if step < 100 else 2 for step in range(legs[-1][0], until))
        legs.append((until, recipe.steps))

    monkeypatch.setattr(personalise, "train", train)
    made = train_for(300, None, RECIPE, MouthNetwork(SHAPE), tmp_path)  # type: ignore[arg-type]
    assert legs[3][1] == 300
    assert made.steps == legs[-1][0] == pytest.approx(200, abs=10)
    assert clock.now <= 300


def test_too_little_time_is_refused(tmp_path: Path, clock: Clock) -> None:
    clock.each_look = 6
    footage = make_drawn_set(tmp_path / "set")
    with pytest.raises(DubError, match=r"0\.25 minutes: is too short.* 2\.0 s.* --minutes"):
        train_for(15, footage, RECIPE, MouthNetwork(SHAPE), tmp_path / "run")
