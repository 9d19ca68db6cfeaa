"""How fast mouths are painted, eight shots in lockstep, and what that is worth on this machine."""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lipflap.core.device import fast_precision
from lipflap.core.diffusion.condition import Condition
from lipflap.core.mouth_walk import walk_noise
from lipflap.core.voice.features import MELS
from lipflap.core.voice.window import HOPS
from lipflap.training.figures import Speed
from lipflap.training.walks import Painter, paint_frame

SHOTS = 8
ROUNDS = 5
WAV2LIP_LAYERS, WAV2LIP_CHANNELS, WAV2LIP_PX = 12, 128, 48  # 8.2 GFLOP a frame


def speed(painter: Painter) -> Speed:
    """Measured on the device of the network; says nothing of a machine that does other work."""
    device = next(painter.network.parameters()).device
    noise = walk_noise(0).expand(SHOTS, -1, -1, -1).to(device)
    picture, known = torch.zeros_like(noise), torch.ones(SHOTS, device=device)
    sound = torch.zeros(SHOTS, MELS, HOPS, device=device)
    told = Condition(picture, painter.mask.to(device), picture, known, picture, sound)
    paints = _seconds(lambda: paint_frame(painter, told, noise), device)
    passes = _seconds(_wav2lip_sized(device), device)
    return Speed(
        evaluations=painter.quality.evaluations,
        frames_a_second=SHOTS / paints,
        wav2lips=paints / passes,
    )


def _wav2lip_sized(device: torch.device) -> Callable[[], Tensor]:
    """Eight frames through convolutions that cost what Wav2Lip's do."""
    channels = WAV2LIP_CHANNELS
    layers = [
        nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(WAV2LIP_LAYERS)
    ]
    network = nn.Sequential(*layers).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    frames = torch.zeros(SHOTS, channels, WAV2LIP_PX, WAV2LIP_PX, device=device)
    frames = frames.contiguous(memory_format=torch.channels_last)

    def passed() -> Tensor:
        with torch.inference_mode(), fast_precision(device):
            done: Tensor = network(frames)
        return done

    return passed


def _seconds(work: Callable[[], Tensor], device: torch.device) -> float:
    """The shortest of some rounds, after one that warms up."""
    taken = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - start)
    return min(taken[1:])
