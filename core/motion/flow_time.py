"""The time of a flow from noise to motion, as the networks of lips and heads are told it."""

from math import pi

import torch
from torch import Tensor

TIME_WAVES = 8


def time_waves(t: Tensor) -> Tensor:
    """Return sines and cosines [B, 2 * TIME_WAVES] of times [B] in 0..1."""
    angles = t[:, None] * (pi * 2.0 ** torch.arange(TIME_WAVES, device=t.device) / 4)
    return torch.cat([angles.sin(), angles.cos()], 1)
