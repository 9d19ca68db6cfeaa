"""Frames a second of one evaluation of a network, for shots in lockstep, and as a CUDA graph."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from lipflap.core.device import fast_precision
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.correction import FOLD, CorrectionNetwork
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.face.matte import WORK

log = logging.getLogger(__name__)

TOGETHER = (1, 8, 64)
SECONDS = 2.0
WARM_UP = 3

Evaluate = Callable[..., Tensor]


@dataclass(frozen=True, slots=True)
class LockstepSpeed:
    """Frames a second with so many shots together; `graph` is None where there is no CUDA."""

    network: str
    together: int
    eager: float
    graph: float | None


def measure_lockstep(
    painting: MouthNetwork,
    correction: CorrectionNetwork,
    together: Sequence[int] = TOGETHER,
    seconds: float = SECONDS,
) -> list[LockstepSpeed]:
    """Measure both networks on the device they are on, each for `seconds` a figure."""

    def paint(noisy: Tensor, t: Tensor, *condition: Tensor) -> Tensor:
        return painting(noisy, t, Condition(*condition))

    device = next(painting.parameters()).device
    speeds = []
    with torch.inference_mode(), fast_precision(device):
        for count in together:
            told = _condition(count).to(device)
            noise, t = torch.randn_like(told.plate), torch.ones(count, device=device)
            inputs = (noise, t, *(getattr(told, field.name) for field in fields(told)))
            speeds.append(_measure("painting", paint, inputs, seconds))
            small = noise[:, :, ::FOLD, ::FOLD].contiguous()
            mask = told.mask.expand(count, 1, -1, -1).contiguous()
            inputs = (small, t, told.plate, mask)
            speeds.append(_measure("correction", correction, inputs, seconds))
    return speeds


def as_cuda_graph(evaluate: Evaluate, inputs: Sequence[Tensor]) -> Evaluate:
    """Return an evaluation as one CUDA graph, for inputs of the same sizes.

    What it returns is overwritten by the next call. Raises RuntimeError where it cannot be one.
    """
    held = [value.clone() for value in inputs]
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            evaluate(*held)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = evaluate(*held)

    def replay(*values: Tensor) -> Tensor:
        for place, value in zip(held, values, strict=True):
            place.copy_(value)
        graph.replay()
        return out

    return replay


def _condition(count: int) -> Condition:
    size = (WORK.bottom - WORK.top, WORK.right - WORK.left)
    picture = torch.rand(count, 3, *size) * 2 - 1
    sound = torch.randn(count, 80, 32)
    return Condition(picture, torch.ones(size), picture, torch.ones(count), picture, sound)


def _measure(
    name: str, evaluate: Evaluate, inputs: Sequence[Tensor], seconds: float
) -> LockstepSpeed:
    eager = _frames_a_second(evaluate, inputs, seconds)
    graph = None
    if inputs[0].device.type == "cuda":
        try:
            graph = _frames_a_second(as_cuda_graph(evaluate, inputs), inputs, seconds)
        except RuntimeError as problem:
            log.warning("No CUDA graph of the %s network: %s", name, problem)
    return LockstepSpeed(name, len(inputs[0]), eager, graph)


def _frames_a_second(evaluate: Evaluate, inputs: Sequence[Tensor], seconds: float) -> float:
    for _ in range(WARM_UP):
        evaluate(*inputs)
    _wait(inputs[0].device)
    started, count = time.monotonic(), 0
    while (passed := time.monotonic() - started) < seconds or not count:
        evaluate(*inputs)
        _wait(inputs[0].device)  # as a shot does, before it pastes
        count += 1
    return count * len(inputs[0]) / passed


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
