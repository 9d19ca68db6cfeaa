"""What a CUDA device trains and paints is near what the processor does."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
import torch
from support.puppets.learnable import sentence, take
from torch import Tensor

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.diffusion.sampler import paint
from lipflap.core.face.align import CROP_PX
from lipflap.core.model_files import locate
from lipflap.core.paint.framewise import FramewisePainter
from lipflap.core.paint.mouth_correction import fixed_noise
from lipflap.training.correction.batch import draw_batches
from lipflap.training.correction.train import CorrectionRecipe, Losses, train_correction
from lipflap.training.fit import Machine
from lipflap.training.gpu.lockstep_speed import as_cuda_graph
from lipflap.training.motion.train import MotionRecipe, train_motion

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here"),
]

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_lip_motion_learns_as_much_as_on_the_processor() -> None:
    spoken, recipe = [sentence("ana", 1)[0], sentence("bob", 2)[0]], MotionRecipe(steps=60, batch=8)
    last = {}
    for device in (CPU, CUDA):
        losses: dict[int, float] = {}
        train_motion(spoken, recipe, Machine(device, note_loss=losses.__setitem__))
        last[device.type] = losses[60]
    assert last["cuda"] == pytest.approx(last["cpu"], rel=0.4)


def test_weights_trained_on_the_device_have_the_same_loss_on_the_processor() -> None:
    takes = [take("ana", 12), take("bob", 9)]
    recipe = CorrectionRecipe(steps=30, batch=8, from_noise=1.0, critic_from=1.0)
    network = train_correction(takes, None, recipe, machine=Machine(CUDA, compiled=True))
    batch, found = next(draw_batches(takes, 16, 5)), {}
    for device in (CUDA, CPU):
        torch.manual_seed(0)
        losses = Losses(recipe, None, device)
        found[device.type] = float(losses(network.to(device), batch))
    assert found["cuda"] == pytest.approx(found["cpu"], rel=0.05)


def _painted(network: MouthNetwork, condition: Condition, noise: Tensor) -> Tensor:
    device = next(network.parameters()).device
    with torch.inference_mode():
        return paint(network, condition.to(device), noise.to(device), 2).cpu()


def test_a_shot_painted_on_the_device_is_near_the_processors() -> None:
    rng = np.random.default_rng(1)
    crops = list(rng.random((4, 8, 8, 3)).repeat(CROP_PX // 8, 1).repeat(CROP_PX // 8, 2))
    crops = [crop.astype(np.float32) for crop in crops]
    sounds = list(rng.standard_normal((4, 80, 32)).astype(np.float32))
    shots = []
    for device in (CPU, CUDA):
        network = checkpoint.load(locate("starter"), device).network

        noise = torch.nn.functional.interpolate(fixed_noise(), scale_factor=2.0)
        painter = FramewisePainter(partial(_painted, network), crops[0], noise)
        shots.append(painter.repaint(range(4), crops, sounds))
    assert np.abs(np.stack(shots[0]) - np.stack(shots[1])).max() < 0.02


def test_a_cuda_graph_paints_what_the_network_paints() -> None:
    network = checkpoint.load(locate("starter"), CUDA).network

    def evaluate(noisy: Tensor, t: Tensor, *condition: Tensor) -> Tensor:
        return network(noisy, t, Condition(*condition))

    def inputs(seed: int) -> list[Tensor]:
        torch.manual_seed(seed)
        picture = torch.rand(2, 3, 64, 96) * 2 - 1
        mask, known, sound = torch.ones(64, 96), torch.ones(2), torch.randn(2, 80, 32)
        told = Condition(picture, mask, picture, known, picture, sound)
        parts = [torch.randn_like(picture), torch.ones(2)]
        return [x.to(CUDA) for x in [*parts, *(getattr(told, f.name) for f in fields(told))]]

    with torch.inference_mode():
        graph = as_cuda_graph(evaluate, inputs(1))
        assert torch.allclose(graph(*inputs(2)), evaluate(*inputs(2)), atol=1e-3)
