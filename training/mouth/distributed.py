"""One network in several processes: each learns from its own batches, all take the same step.

Start them with `torchrun --nproc-per-node N -m lipflap.plugin.cli.main train mouth ...`; a process
started alone is rank 0 of 1.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from lipflap.core.device import best_device


@dataclass(frozen=True, slots=True)
class Ranks:
    """The rank of this process among `count`, and its device."""

    rank: int
    count: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Return whether this process is the one that writes files."""
        return self.rank == 0

    def mean(self, parameters: Iterable[Tensor]) -> None:
        """Replace the gradients of all processes by their mean."""
        if self.count == 1:
            return
        for parameter in parameters:
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= self.count


@contextmanager
def process_group() -> Iterator[Ranks]:
    """Join the processes that torchrun started, until the block is left."""
    count, device = int(os.environ.get("WORLD_SIZE", "1")), best_device()
    if count == 1:
        yield Ranks(0, 1, device)
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(distributed.get_rank(), count, device)
    finally:
        distributed.destroy_process_group()
