"""The log of a run: losses and painted mouths for TensorBoard, a line for the console."""

import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from lipflap.core.device import fast_precision
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.diffusion.sampler import paint
from lipflap.training.mouth.batch import FRAMES, Batch

SMOOTHED_STEPS = 100


class TrainLogger:
    """Running means of a run's losses; in its folder too, when this process `writes`."""

    def __init__(self, run: Path, *, writes: bool) -> None:
        self.writer = SummaryWriter(str(run / "log")) if writes else None
        self.means: dict[str, float] = {}
        self.started, self.steps = time.monotonic(), 0

    def log_scalars(self, step: int, losses: Mapping[str, Tensor]) -> None:
        self.steps += 1
        for name, loss in losses.items():
            value, share = float(loss), 1 / min(self.steps, SMOOTHED_STEPS)
            self.means[name] = self.means.get(name, value) * (1 - share) + value * share
            if self.writer:
                self.writer.add_scalar(name, value, step)

    def log_images(self, step: int, network: MouthNetwork, batch: Batch) -> None:
        """Log filmed mouths over painted ones, the middle frame of each sequence of a batch."""
        if not self.writer:
            return
        noise = torch.randn_like(batch.true[:1]).expand_as(batch.true)
        with torch.no_grad(), fast_precision(noise.device):
            painted = paint(network, batch.condition, noise, steps=1)
        rows = [row[FRAMES // 2 :: FRAMES].float().cpu() for row in (batch.true, painted)]
        strips = [torch.cat(list(row), dim=2) for row in rows]
        self.writer.add_image("filmed over painted", (torch.cat(strips, dim=1) + 1) / 2, step)

    def close(self) -> None:
        """Write what is not on the disk yet, and close the log."""
        if self.writer:
            self.writer.close()

    def __str__(self) -> str:
        """Such as `v 0.131 sync 1.520, 0.9 steps a second`."""
        each = " ".join(f"{name} {mean:.4f}" for name, mean in self.means.items())
        return f"{each}, {self.steps / (time.monotonic() - self.started):.2f} steps a second"
