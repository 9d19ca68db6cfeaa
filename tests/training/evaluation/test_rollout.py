"""The walk of an evaluation is that of a dub: each sentence alone, frame after frame."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from support.puppets.eval_clips import make_eval_clips
from torch import Tensor

from lipflap.core.device import fast_precision
from lipflap.core.diffusion import sampler
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.face.matte import WORK
from lipflap.core.paint.framewise import FramewisePainter
from lipflap.core.paint.rollout import AutoregressivePainter, fixed_noise, work_mask
from lipflap.training.data.validation import EvalClips, Film
from lipflap.training.evaluation.rollout import (
    Generator,
    SamplingConfig,
    roll_out,
    roll_out_long,
    to_pixels,
    to_tensor,
)

CPU = torch.device("cpu")
SMALL = NetworkShape(channels=(16, 16, 32), blocks=1, heads=2, cond_dim=32)
OF = make_eval_clips(np.tile([0.0, 0.2, 0.4, 0.1, 0.3], (2, 5)))


def _network() -> MouthNetwork:
    torch.manual_seed(0)
    network = MouthNetwork(SMALL).eval().requires_grad_(False)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.08)
    return network


NETWORK = _network()


def _paint(condition: Condition, noise: Tensor) -> Tensor:
    with torch.inference_mode(), fast_precision(CPU):
        return sampler.paint(NETWORK, condition, noise, 2).float()


def _as_dubbed(of: EvalClips, dub: Callable[..., AutoregressivePainter | FramewisePainter]) -> Film:
    """Each sentence by the walk that dubs."""
    films = []
    for crops, sound in zip(of.crops, of.sound, strict=True):
        shown = [crop.astype(np.float32) / 255 for crop in crops]
        dubbed = dub(_paint, shown[0], fixed_noise(0)).repaint(
            range(len(shown)), shown, list(sound)
        )
        films.append([np.round(crop * 255).astype(np.uint8) for crop in dubbed])
    return np.array(films)[:, :, WORK.top : WORK.bottom, WORK.left : WORK.right]


@pytest.mark.parametrize(
    ("framewise", "dub"), [(False, AutoregressivePainter), (True, FramewisePainter)]
)
def test_sentences_in_lockstep_are_painted_as_a_dub_paints_each(
    framewise: bool, dub: Callable[..., AutoregressivePainter | FramewisePainter]
) -> None:
    painted = roll_out(
        Generator(NETWORK, SamplingConfig(steps=2, framewise=framewise)), OF.mouths, OF.sound
    )
    apart = np.abs(painted.astype(int) - _as_dubbed(OF, dub))
    assert np.percentile(apart, 99) <= 3  # batches of another size round otherwise
    assert np.abs(painted.astype(int) - OF.mouths).mean() > 10


def test_the_two_ways_of_painting_are_not_the_same() -> None:
    one, other = (
        roll_out(Generator(NETWORK, SamplingConfig(framewise=framewise)), OF.mouths, OF.sound)
        for framewise in (False, True)
    )
    assert np.array_equal(one[:, 0], other[:, 0])
    assert not np.array_equal(one[:, 1:], other[:, 1:])


def test_only_what_is_in_the_mask_is_repainted() -> None:
    for wide in (False, True):
        mask = work_mask(wide=wide)
        painted = roll_out(Generator(NETWORK, SamplingConfig(), mask), OF.mouths, OF.sound)
        changed = (painted != OF.mouths).any((0, 1, 4))
        assert not changed[mask.numpy() == 0].any()
        assert changed[mask.numpy() > 0].mean() > 0.9


def test_guidance_costs_twice_the_evaluations() -> None:
    assert SamplingConfig(steps=4).evaluations == 4
    assert SamplingConfig(steps=4, guidance=sampler.Guidance(1.5, -1.0)).evaluations == 8


def test_pixels_survive_the_way_to_the_network_and_back() -> None:
    every = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    assert np.array_equal(to_pixels(to_tensor(every)), every)


def test_a_long_walk_says_the_same_at_its_end_as_at_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lipflap.training.evaluation.rollout.LONG_FRAMES", 70)
    shown: list[int] = []

    def counted(generator: Generator, condition: Condition, noise: Tensor) -> Tensor:
        shown.append(len(condition))
        level = condition.sound.mean((1, 2))[:, None, None, None]
        return torch.where(condition.mask > 0, level, condition.plate)

    monkeypatch.setattr("lipflap.training.evaluation.rollout.paint_frame", counted)
    generator = Generator(NETWORK, SamplingConfig())
    long = roll_out_long(generator, OF.mouths, OF.sound)
    assert len(shown) >= 70 + OF.sound.shape[1]
    assert np.array_equal(long.first, long.last)
    assert np.array_equal(long.first, roll_out(generator, OF.mouths, OF.sound))
    assert np.array_equal(long.true, OF.mouths)


def test_a_long_walk_ends_where_its_frames_led_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lipflap.training.evaluation.rollout.LONG_FRAMES", 70)

    def darker(generator: Generator, condition: Condition, noise: Tensor) -> Tensor:
        return torch.where(condition.mask > 0, condition.previous - 0.01, condition.plate)

    monkeypatch.setattr("lipflap.training.evaluation.rollout.paint_frame", darker)
    long = roll_out_long(Generator(NETWORK, SamplingConfig()), OF.mouths, OF.sound)
    inside = work_mask().numpy() > 0
    assert (long.last[:, :, inside] <= long.first[:, :, inside]).all()
    assert long.first[:, :, inside].mean() - long.last[:, :, inside].mean() > 50
