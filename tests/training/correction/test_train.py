"""The correction in miniature: mouths that were laid too dark are to become as they were filmed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support.puppets.learnable import take

from lipflap.core.diffusion.correction import CorrectionNetwork, correct, corrected
from lipflap.core.paint.mouth_correction import load_correction
from lipflap.training.correction.batch import draw_batches
from lipflap.training.correction.laid_takes import LaidTake
from lipflap.training.correction.train import (
    CorrectionRecipe,
    Losses,
    save_correction,
    train_correction,
)


@pytest.mark.slow
def test_what_is_always_wrong_is_put_right(tmp_path: Path) -> None:
    takes = [take("ana", 12), take("bob", 9)]
    recipe = CorrectionRecipe(steps=20, batch=3, average=0.8, critic_from=0.9)
    file = tmp_path / "it.safetensors"
    save_correction(train_correction(takes, None, recipe), recipe, file)
    batch = next(draw_batches(takes, 6, 5))
    with torch.inference_mode():
        noise = torch.randn(6, 3, 32, 48)
        residual = correct(load_correction(file), batch.laid, batch.matte, noise, 1)
        new = corrected(batch.laid, batch.matte, residual)
    before, after = (((x - batch.filmed) * batch.matte).abs().mean() for x in (batch.laid, new))
    assert after < 0.6 * before


def test_pictures_of_a_sample_are_varied_alike() -> None:
    one = take("ana", 12)
    same = LaidTake("ana", one.filmed, one.filmed, one.matte * 0)
    for _, batch in zip(range(4), draw_batches([same], 8, 1), strict=False):
        assert (batch.filmed - batch.laid).abs().mean((1, 2, 3)).max() < 0.05, "grain alone"
        assert batch.filmed.mean((1, 2, 3)).std() > 0.05


def test_a_talker_of_whom_there_is_little_counts() -> None:
    black, white = (
        LaidTake(
            name,
            *(np.full((count, 64, 96, 3), level, np.uint8),) * 2,
            np.zeros((count, 64, 96), np.uint8),
        )
        for name, count, level in (("ana", 90, 0), ("bob", 10, 255))
    )
    drawn = torch.cat([next(draw_batches([black, white], 40, seed)).filmed for seed in range(5)])
    share = (drawn.mean((1, 2, 3)) > 0).float().mean()
    assert share == pytest.approx(10**0.5 / (90**0.5 + 10**0.5), abs=0.08)


def test_the_critic_comes_late_and_does_not_learn_from_the_networks_loss() -> None:
    recipe = CorrectionRecipe(steps=4, batch=2, critic_from=0.5)
    losses = Losses(recipe, None, torch.device("cpu"))
    before = [weight.clone() for weight in losses.critic.parameters()]
    network, seen = CorrectionNetwork(), []
    for _, batch in zip(range(4), draw_batches([take("ana", 6)], 2, 1), strict=False):
        losses(network, batch).backward()
        now = losses.critic.parameters()
        seen.append(all(torch.equal(a, b) for a, b in zip(before, now, strict=True)))
    assert seen == [True, True, False, False]
    assert all(weight.grad is not None for weight in network.conv_out.parameters())
