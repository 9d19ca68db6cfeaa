"""Speed: what is measured is what it says."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.sampler import Guidance
from lipflap.training.evaluation import evaluate
from lipflap.training.evaluation.evaluate import SHOTS, _wav2lip_sized, speed
from lipflap.training.evaluation.rollout import Generator, SamplingConfig

SMALL = NetworkShape(channels=(16, 16, 32), blocks=1, heads=2, cond_dim=32)


def test_the_pass_beside_it_costs_8_gflop_a_frame() -> None:
    with FlopCounterMode(display=False) as counted:
        _wav2lip_sized(torch.device("meta"))()
    assert 7.5e9 < counted.get_total_flops() / SHOTS < 8.5e9


def test_more_evaluations_paint_fewer_frames_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two frames of Wav2Lip's at a quarter of its size: both are measured by it."""
    monkeypatch.setattr(evaluate, "SHOTS", 2)
    monkeypatch.setattr(evaluate, "WAV2LIP_PX", 24)
    network = MouthNetwork(SMALL).eval()
    few = speed(Generator(network, SamplingConfig()))
    many = speed(Generator(network, SamplingConfig(steps=4, guidance=Guidance(1.5, -1.0))))
    assert (few.evaluations, many.evaluations) == (1, 8)
    assert few.frames_a_second > 2 * many.frames_a_second
    assert few.wav2lips < many.wav2lips / 2
