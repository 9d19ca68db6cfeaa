"""Frames a second of the sampler: 1, 2, 4 and 8 shots in lockstep, at every quality.

Run it with nothing else running:  OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/bench_lockstep.py
The baseline is one pass of a network of Wav2Lip's size in the same precision in the same run:
8 GFLOP of plain convolutions, which is what Wav2Lip spends on a frame.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import torch
from torch import Tensor, nn

from lipflap.core.device import best_device, fast_precision
from lipflap.core.diffusion.condition import Condition, Paint
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import DubSettings, Mode
from lipflap.core.paint.painter import load_painter
from lipflap.core.paint.rollout import fixed_noise, work_mask
from lipflap.plugin.order.quality import QUALITIES

SHOTS = (1, 2, 4, 8)
LEAST_S = 3.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run, by the clock and of all cores; medians."""

    clock_s: float
    core_s: float


def cost_of(work: Callable[[], object]) -> Cost:
    """As many runs as fit into a few seconds, at least five; core seconds ignore who else runs."""
    work()
    clock, core = [], []
    began = time.perf_counter()
    while len(clock) < 5 or time.perf_counter() - began < LEAST_S:
        clock_then, core_then = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - clock_then)
        core.append(time.process_time() - core_then)
    return Cost(median(clock), median(core))


def frame_of_each(shots: int) -> tuple[Condition, Tensor]:
    """A frame of each shot, on its walk."""
    noise = fixed_noise(0).expand(shots, -1, -1, -1)
    picture = torch.rand(noise.shape) * 2 - 1
    known, sound = torch.ones(shots), torch.randn(shots, 80, 32)
    return Condition(picture, work_mask(), picture, known, picture, sound), noise


def painter_of(quality: str, model: str) -> Paint:
    chosen = QUALITIES[quality]
    settings = DubSettings(
        model,
        sha256(locate(model)),
        chosen.steps,
        chosen.guidance,
        Mode.AUTOREGRESSIVE,
        0,
        "embedded",
        None,
    )
    return load_painter(settings)


def same_size(channels: int, count: int) -> list[nn.Module]:
    return [
        layer
        for _ in range(count)
        for layer in (nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU())
    ]


def wav2lip_sized() -> Callable[[Tensor], Tensor]:
    """An encoder and a decoder of 3 x 3 convolutions on 96 x 96 pictures: 8.0 GFLOP a frame."""
    widths = (32, 64, 128, 256, 512)
    layers: list[nn.Module] = [nn.Conv2d(6, widths[0], 7, padding=3), nn.ReLU()]
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.ReLU(), *same_size(after, 4)]
    for before, after in pairwise(widths[::-1]):
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        layers += same_size(after, 5)
    network = nn.Sequential(*layers, nn.Conv2d(widths[0], 3, 3, padding=1)).eval()
    device = best_device()
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(pictures: Tensor) -> Tensor:
        with torch.inference_mode(), fast_precision(device):
            return network(pictures.to(device)).float().cpu()

    return run


def gflop_of(network: Callable[[Tensor], Tensor], pictures: Tensor) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        network(pictures)
    return counter.get_total_flops() / len(pictures) / 1e9


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else "starter"
    print(f"{model} on {best_device()}, {torch.get_num_threads()} threads")
    peer = wav2lip_sized()
    pictures = torch.rand(8, 6, 96, 96).contiguous(memory_format=torch.channels_last)
    one_pass = cost_of(lambda: peer(pictures))
    print(
        f"one Wav2Lip-sized pass ({gflop_of(peer, pictures):.1f} GFLOP), 8 frames at once: "
        f"{1000 * one_pass.clock_s / 8:.1f} ms, {1000 * one_pass.core_s / 8:.1f} core ms a frame"
    )
    print("quality   evaluations  shots  frames a second  ms a frame  core ms a frame  x the pass")
    for quality, chosen in QUALITIES.items():
        paint = painter_of(quality, model)
        evaluations = chosen.steps * (1 if chosen.guidance == 1 else 2)
        for shots in SHOTS:
            condition, noise = frame_of_each(shots)
            cost = cost_of(lambda c=condition, n=noise, p=paint: p(c, n))
            print(
                f"{quality:<10}{evaluations:>11}{shots:>7}{shots / cost.clock_s:>17.1f}"
                f"{1000 * cost.clock_s / shots:>12.1f}{1000 * cost.core_s / shots:>17.1f}"
                f"{cost.core_s / shots / (one_pass.core_s / 8):>12.2f}"
            )


if __name__ == "__main__":
    main()
