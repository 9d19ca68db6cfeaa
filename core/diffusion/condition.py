"""The conditioning of the mouth network: everything it gets besides the noise."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Condition:
    """The conditioning of a batch: float32, pictures RGB in -1..1, of the crop or work rectangle.

    plate           [B, 3, H, W]  the frame to repaint; never read inside the mask
    mask            [H, W]        1 where it is repainted
    previous        [B, 3, H, W]  the frame before, as painted; anything inside the mask where
                                  `previous_known` is 0
    previous_known  [B]           1 to follow the mouth of the frame before, 0 at the first frame
                                  of a rollout
    identity        [B, 3, H, W]  another frame of the actor, mouth visible
    sound           [B, 80, 32]   log-mel around the frame
    """

    plate: Tensor
    mask: Tensor
    previous: Tensor
    previous_known: Tensor
    identity: Tensor
    sound: Tensor

    def to(self, device: torch.device) -> "Condition":
        return Condition(*(getattr(self, f.name).to(device) for f in fields(self)))

    def rows(self, start: int, end: int) -> "Condition":
        """Return samples [start, end) of the batch."""
        return self._select(slice(start, end))

    def every(self, step: int, first: int) -> "Condition":
        """Return samples `first`, `first + step`, ... of the batch."""
        return self._select(slice(first, None, step))

    def _select(self, samples: slice) -> "Condition":
        c = self
        return Condition(
            c.plate[samples],
            c.mask,
            c.previous[samples],
            c.previous_known[samples],
            c.identity[samples],
            c.sound[samples],
        )

    def with_unconditional(self, silence: float) -> "Condition":
        """Return the samples twice, the second time with silence for sound."""
        c = self
        return Condition(
            torch.cat([c.plate, c.plate]),
            c.mask,
            torch.cat([c.previous, c.previous]),
            torch.cat([c.previous_known, c.previous_known]),
            torch.cat([c.identity, c.identity]),
            torch.cat([c.sound, torch.full_like(c.sound, silence)]),
        )

    def __len__(self) -> int:
        return self.plate.shape[0]


Paint = Callable[[Condition, Tensor], Tensor]  # noise [B, 3, H, W] -> pictures alike


def pictures(condition: Condition) -> Tensor:
    """Return the picture channels of the network's input besides the noise: [B, 11, H, W].

    Plate without its mouth, previous frame (its mouth grey where unknown), identity frame, mask,
    and the mask again where the previous mouth is known.
    """
    c = condition
    plate = c.plate.masked_fill(c.mask > 0, 0.0)
    known = c.previous_known[:, None, None, None]
    hidden = c.mask * (1 - known)
    mask = c.mask.expand(len(c), 1, -1, -1)
    return torch.cat([plate, c.previous * (1 - hidden), c.identity, mask, mask * known], 1)
