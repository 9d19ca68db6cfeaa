"""Motion drawn in gaps: known ticks stay, what is drawn meets them; what is wrong is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lipflap.core.errors import DubError
from lipflap.core.motion.head_motion import (
    AUTOREGRESSIVE_KIND,
    KIND,
    HeadMotion,
    Heard,
    load_head_motion,
    load_head_network,
)
from lipflap.core.motion.head_network import VALUES, WINDOW_TICKS, HeadCondition, HeadNetwork
from lipflap.core.motion.head_pose import HEAD, LEFT_LID, POSE, RIGHT_LID


@pytest.fixture(scope="module")
def untrained() -> HeadMotion:
    torch.manual_seed(0)
    return HeadMotion(HeadNetwork().eval().requires_grad_(False))


def _moving(ticks: int) -> np.ndarray:
    waves = np.sin(np.arange(ticks)[:, None] / (6 + np.arange(HEAD)))
    return np.asarray(waves)


def _gap(ticks: int, first: int, end: int) -> np.ndarray:
    is_known = np.ones(ticks, bool)
    is_known[first:end] = False
    return is_known


def test_known_ticks_stay_in_every_window_and_the_others_are_drawn(untrained: HeadMotion) -> None:
    own, is_known = _moving(200), _gap(200, 20, 180)
    drawn = untrained.fill(own, is_known, seed=1, steps=2)
    assert np.array_equal(drawn[is_known], own[is_known])
    assert np.isfinite(drawn).all()
    assert not np.isclose(drawn[~is_known], own[~is_known]).any(1).all()
    assert drawn[20:180].std(0).min() > 0


def test_a_seed_gives_one_motion(untrained: HeadMotion) -> None:
    own, is_known = _moving(60), _gap(60, 20, 50)
    first, again, other = (untrained.fill(own, is_known, seed, steps=2) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_lies_in_a_gap_is_not_looked_at(untrained: HeadMotion) -> None:
    own, is_known = _moving(60), _gap(60, 20, 50)
    hidden = own.copy()
    hidden[~is_known] = 1e6
    ours, theirs = (untrained.fill(rows, is_known, 1, steps=2) for rows in (own, hidden))
    assert np.array_equal(ours, theirs)


def test_who_is_drawn_blinks_and_in_unknown_ticks_alone(
    untrained: HeadMotion, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, is_known = _moving(WINDOW_TICKS), _gap(WINDOW_TICKS, 20, WINDOW_TICKS)
    window, known = own[None].repeat(40, 0), is_known[None].repeat(40, 0)
    drawn = []
    for depth in (0, 3):
        monkeypatch.setattr("lipflap.core.motion.head_motion.BLINK_DEPTH", depth)
        seeded = torch.Generator().manual_seed(1)
        drawn.append(untrained.fill_windows(window, known, seeded, steps=1))
    shut = (drawn[0] - drawn[1]) / 3
    assert not np.delete(shut, [LEFT_LID, RIGHT_LID], axis=2).any()
    assert shut.max() > 0.9
    assert shut.min() >= 0
    assert not shut[:, :20].any()
    a_minute = (np.diff((shut[..., LEFT_LID] > 0.5).astype(int), axis=1) == 1).sum() * 1500 / 1760
    assert 5 < a_minute < 20


def test_guidance_says_how_much_a_sound_counts(untrained: HeadMotion) -> None:
    own, is_known = _moving(60)[None], _gap(60, 20, 50)[None]
    sound = np.random.default_rng(1).standard_normal((1, 60, 512)).astype(np.float32)

    def drawn(heard: Heard | None) -> np.ndarray:
        seeded = torch.Generator().manual_seed(1)
        return untrained.fill_windows(own, is_known, seeded, heard, steps=1)

    without = drawn(None)
    at = [drawn(Heard(sound, guidance)) for guidance in (0.0, 1.0, 2.0)]
    assert np.array_equal(at[0], without)
    assert np.abs(at[1] - without).max() > 1e-4
    # One step is the estimate itself: it moves in a straight line.
    assert at[2] - without == pytest.approx(2 * (at[1] - without), abs=1e-4)


def test_the_autoregressive_network_sees_no_tick_to_come() -> None:
    torch.manual_seed(0)
    network = HeadNetwork(causal=True).eval()
    values = torch.randn(1, WINDOW_TICKS, VALUES)
    later = values.clone()
    later[:, 40:] += 1
    said = []
    for rows in (values, later):
        nothing = torch.zeros(1, WINDOW_TICKS, 2)
        sound = torch.zeros(1, WINDOW_TICKS, 512)
        condition = HeadCondition(torch.zeros_like(rows), nothing, sound, torch.zeros(1))
        with torch.inference_mode():
            said.append(network(rows, torch.zeros(1), condition))
    assert torch.allclose(said[0][:, :40], said[1][:, :40], atol=1e-6)
    assert not torch.allclose(said[0][:, 40:], said[1][:, 40:])


def test_the_shipped_motion_meets_both_ends_of_a_gap_that_holding_misses() -> None:
    motion = load_head_motion()
    own, is_known = _moving(64), _gap(64, 24, 48)
    held = np.where(is_known[:, None], own, own[23])
    steps = [
        np.abs(np.diff(motion.fill(own, is_known, seed), axis=0))[[23, 47]][:, POSE].mean()
        for seed in range(3)
    ]
    assert max(steps) < 0.7 * np.abs(np.diff(held, axis=0))[47, POSE].mean()


def test_files_of_other_kinds_and_broken_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    for kind, message in (("lipflap lip motion 1", "not motion of a head"), (KIND, "be read as")):
        save_file({"a": torch.zeros(1)}, path, {"kind": kind})
        with pytest.raises(DubError, match=message):
            load_head_motion(path)
    save_file({"a": torch.zeros(1)}, path, {"kind": AUTOREGRESSIVE_KIND})
    with pytest.raises(DubError, match="not motion of a head"):
        load_head_network(path, causal=False)
