"""Head motion learnt from made-up takes, in which all heads sway alike."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lipflap.core.errors import DubError
from lipflap.core.motion.head_motion import HeadMotion, load_head_network
from lipflap.core.motion.head_network import WINDOW_TICKS
from lipflap.core.motion.head_pose import HEAD
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.training.motion.head_training import (
    HeadRecipe,
    known_ticks,
    save_head_network,
    train_head_motion,
)
from lipflap.training.motion.heads import HeadTake

RECIPE = HeadRecipe(steps=40, batch=6, average=0.8, learning_rate=3e-3)


def _take(talker: str, seed: int) -> HeadTake:
    rng = np.random.default_rng(seed)
    own = np.sin(np.arange(80)[:, None] / 8 + rng.uniform(0, 6) + np.zeros(HEAD))
    features = rng.standard_normal((80, 512)).astype(np.float32)
    return HeadTake(talker, own.astype(np.float32), np.zeros((80, LATENTS), np.float32), features)


TAKES = [_take(talker, seed) for seed, talker in enumerate(("a", "a", "b", "c"))]


def _error(motion: HeadMotion) -> float:
    """Mean distance from a take never seen, drawn in a gap in which it turns."""
    own = _take("d", 99).own[:WINDOW_TICKS].astype(np.float64)
    is_known = np.ones(WINDOW_TICKS, bool)
    is_known[20:44] = False
    return float(np.abs(motion.fill(own, is_known, 0, steps=4) - own)[20:44].mean())


@pytest.fixture(scope="module")
def trained() -> HeadMotion:
    return HeadMotion(train_head_motion(TAKES, RECIPE))


def test_a_few_steps_learn_more_than_one(trained: HeadMotion) -> None:
    begun = HeadMotion(train_head_motion(TAKES, HeadRecipe(steps=1, batch=2)))
    assert _error(trained) < 0.8 * _error(begun)


def test_the_autoregressive_prior_learns_what_follows() -> None:
    errors = []
    for steps in (1, 16):
        recipe = HeadRecipe(steps=steps, batch=6, average=0.8, learning_rate=3e-3)
        network = train_head_motion(TAKES, recipe, autoregressive=True)
        assert network.causal
        errors.append(_next_error(network))
    assert errors[1] < 0.7 * errors[0]


def _next_error(network: torch.nn.Module) -> float:
    from lipflap.training.evaluation.head_baselines import autoregressive

    take = _take("d", 99)
    told = np.concatenate([take.own, take.lips], 1)[:40].astype(np.float64)
    return float(np.abs(autoregressive(network, told, 1)[0] - take.own[40]).mean())  # type: ignore[arg-type]


def test_a_run_is_the_same_for_a_seed() -> None:
    few = HeadRecipe(steps=2, batch=2)
    first, again = (train_head_motion(TAKES, few).state_dict() for _ in range(2))
    assert all(torch.equal(value, again[name]) for name, value in first.items())


def test_a_file_draws_what_the_network_drew(tmp_path: Path, trained: HeadMotion) -> None:
    path = tmp_path / "h.safetensors"
    save_head_network(trained.network, TAKES, RECIPE, path)
    loaded = HeadMotion(load_head_network(path, causal=False))
    assert _error(loaded) == pytest.approx(_error(trained), rel=0.02)
    with pytest.raises(DubError, match="not motion of a head"):
        load_head_network(path, causal=True)


def test_all_ways_of_knowing_ticks_are_trained() -> None:
    rng = np.random.default_rng(0)
    masks = np.array([known_ticks(rng) for _ in range(400)])
    first, last, some = masks[:, 0], masks[:, -1], masks.mean(1)
    edges = np.abs(np.diff(masks.astype(int), axis=1)).sum(1)
    assert (some == 0).any()
    assert (first & ~last & (edges == 1)).any()  # the beginning
    assert (first & last & (edges == 2)).any()  # both ends
    assert (~first & ~last & (edges == 2) & (some > 0.3)).any()  # a middle
    scattered = edges > 4
    assert some[scattered].mean() == pytest.approx(0.1, abs=0.03)
    assert not masks.all(1).any()
