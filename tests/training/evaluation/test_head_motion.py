"""Figures of head motion, on motion of which they are known."""

import numpy as np
import pytest
import torch

from lipflap.core.motion.head_motion import HeadMotion
from lipflap.core.motion.head_network import HeadNetwork
from lipflap.core.motion.head_pose import HEAD, LIDS
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.training.evaluation.head_gaps import BEFORE, GAP, find_gaps
from lipflap.training.evaluation.head_motion import measure_head_motion
from lipflap.training.motion.heads import HeadTake

TICKS = 90


def _take(talker: str, seed: int) -> HeadTake:
    """A head that sways, and blinks for four ticks in the middle of its first gap."""
    rng = np.random.default_rng(seed)
    phase, length = rng.uniform(0, 6, HEAD), rng.uniform(9, 14, HEAD)
    own = np.sin(np.arange(TICKS)[:, None] / length + phase)
    own[:, LIDS] *= 0.1
    own[BEFORE + 10 : BEFORE + 14, LIDS] = -4
    features = rng.standard_normal((TICKS, 512))
    return HeadTake(
        talker,
        own.astype(np.float32),
        np.zeros((TICKS, LATENTS), np.float32),
        features.astype(np.float32),
    )


@pytest.fixture(scope="module")
def takes() -> list[HeadTake]:
    return [_take(talker, seed) for seed, talker in enumerate(("a", "a", "b", "b", "c", "c"))]


def test_gaps_lie_side_by_side_and_their_windows_inside_the_take(takes: list[HeadTake]) -> None:
    gaps = find_gaps(takes)
    assert [(gap.take, gap.start) for gap in gaps] == [
        (take, start) for take in range(6) for start in (0, GAP)
    ]


def test_what_was_filmed_is_at_no_distance_and_baselines_fail_as_they_must(
    takes: list[HeadTake],
) -> None:
    evaluation = measure_head_motion({}, takes)
    filmed, hold, cubic = (evaluation.figures[name] for name in ("filmed", "hold", "cubic"))
    assert evaluation.gaps == 12
    assert evaluation.talkers == 3
    assert filmed.distance == pytest.approx(0, abs=1e-9)
    assert filmed.change_distance == pytest.approx(0, abs=1e-9)
    assert (filmed.error, filmed.variance, filmed.modes) == (0, 1, 0)
    assert hold.variance == 0
    assert hold.both_distances is not None
    assert hold.both_distances > 1
    assert hold.jump > 5 * cubic.jump
    assert evaluation.figures["real, elsewhere"].modes > 0


def test_blinks_are_counted_and_timed(takes: list[HeadTake]) -> None:
    figures = measure_head_motion({}, takes).figures
    seconds = 12 * GAP / 25
    assert figures["filmed"].blinks == pytest.approx(6 / seconds * 60)
    assert figures["filmed"].blink_ms == 160
    assert figures["hold"].blinks == 0
    assert figures["hold"].blink_ms is None


def test_models_of_both_priors_are_measured_and_chance_is_told(takes: list[HeadTake]) -> None:
    torch.manual_seed(0)
    network, causal = HeadNetwork(), HeadNetwork(causal=True)
    for one in (network, causal):
        one.eval().requires_grad_(False)
    evaluation = measure_head_motion({"new": HeadMotion(network), "said": causal}, takes[:1])
    drawn = evaluation.figures["new, no sound"]
    assert drawn.modes > 0
    assert evaluation.figures["said, autoregressive"].modes == 0
    assert evaluation.chance.keys() == {"new"}
    text = evaluation.as_text()
    assert "2 gaps of 24 ticks (2 s in all)" in text
    for name in (*evaluation.figures, "blinks a minute", "p = "):
        assert name in text
