"""The noise schedule of training and sampling.

A picture at time t is x_t = alpha x_0 + sigma eps with alpha = cos(pi t / 2) and
sigma = sin(pi t / 2): the cosine schedule of Nichol and Dhariwal 2021 (arXiv:2102.09672)
without its offset. t 0 is clean, t 1 is noise alone.
"""

from math import pi

import torch
from torch import Tensor

LOG_SNR_LIMIT = 15.0


def alpha_sigma(t: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weights of picture and noise at times t in 0..1, same shape as t."""
    return torch.cos(t * (pi / 2)), torch.sin(t * (pi / 2))


def log_snr(t: Tensor) -> Tensor:
    """Return log(alpha^2 / sigma^2), clamped to +-15."""
    alpha, sigma = alpha_sigma(t)
    ratio = 2 * (alpha.clamp(min=1e-6).log() - sigma.clamp(min=1e-6).log())
    return ratio.clamp(-LOG_SNR_LIMIT, LOG_SNR_LIMIT)


def sampling_times(steps: int) -> list[float]:
    """Return times from 1 down to 0, one more than there are evaluations of the network."""
    if steps < 1:
        raise ValueError(f"a sampler needs at least one step, not {steps}")
    return [1 - k / steps for k in range(steps)] + [0.0]
