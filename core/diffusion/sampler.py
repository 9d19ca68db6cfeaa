"""Samplers, from noise to a mouth: deterministic, with known pixels left as they are.

A sampler is a function of (denoise, noise, times) and nothing else; `paint` joins one to a
network and a condition. The rollout from frame to frame is the caller's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.diffusion.residual import from_residual, to_residual
from lipflap.core.diffusion.schedule import alpha_sigma, sampling_times

Denoise = Callable[[Tensor, Tensor], Tensor]
Sampler = Callable[[Denoise, Tensor, list[float]], Tensor]


def sample_ddim(denoise: Denoise, noise: Tensor, times: list[float]) -> Tensor:
    """Return a clean picture from noise [B, ...] along falling times, the last of them 0.

    denoise  (x [B, ...], t []) -> estimate of the clean picture
    Song et al. 2021 (arXiv:2010.02502), equation 12 with eta 0.
    """
    x = noise
    for t, t_next in pairwise(times):
        alpha, sigma = alpha_sigma(torch.tensor(t))
        alpha_next, sigma_next = alpha_sigma(torch.tensor(t_next))
        clean = denoise(x, torch.tensor(t))
        x = alpha_next * clean + sigma_next / sigma * (x - alpha * clean)
    return x


def sample_dpm_solver(denoise: Denoise, noise: Tensor, times: list[float]) -> Tensor:
    """Sample as `sample_ddim`, with the second-order multistep rule where it is stable.

    Lu et al. 2022 (arXiv:2211.01095), algorithm 2; first and last step are first order.
    """
    x, last_clean, last_step = noise, None, 0.0
    for t, t_next in pairwise(times):
        alpha, sigma = alpha_sigma(torch.tensor(t))
        alpha_next, sigma_next = alpha_sigma(torch.tensor(t_next))
        clean = denoise(x, torch.tensor(t))
        step = float((alpha_next / sigma_next).log() - (alpha / sigma).clamp(min=1e-6).log())
        estimate = clean
        if last_clean is not None and t_next > 0:
            estimate = clean + (clean - last_clean) * (step / (2 * last_step))
        x = alpha_next * estimate + sigma_next / sigma * (x - alpha * estimate)
        # From pure noise the log-SNR step is infinite: nothing to extrapolate from.
        last_clean, last_step = (clean, step) if t < 1 else (None, 0.0)
    return x


@dataclass(frozen=True, slots=True)
class Guidance:
    """Classifier-free guidance: the mouth moves further away from the silent one.

    Ho and Salimans 2022 (arXiv:2207.12598), with the silent mouth in place of the unconditional
    one. A network trained on few people moves the mouths of strangers too little.

    weight   1 is no guidance
    silence  the log-mel value of no sound
    """

    weight: float
    silence: float


def paint(
    network: MouthNetwork,
    condition: Condition,
    noise: Tensor,
    steps: int,
    guidance: Guidance | None = None,
    sampler: Sampler = sample_dpm_solver,
) -> Tensor:
    """Return the plates of a condition [B, 3, H, W] with new mouths; the same outside the mask.

    noise  [B, 3, H, W], the same for every frame of a chain, or the mouth would shimmer
    """
    mask, identity = condition.mask, condition.identity
    network_condition = condition.with_unconditional(guidance.silence) if guidance else condition

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = alpha_sigma(t)
        noisy = (torch.cat([x, x]) if guidance else x) * mask
        v = network(noisy, t.to(x.device).expand(len(noisy)), network_condition)
        if guidance:
            conditional, silent = v.chunk(2)
            v = silent + guidance.weight * (conditional - silent)
        picture = from_residual(alpha * x - sigma * v, identity)
        return to_residual(picture, identity)

    residual = sampler(denoise, noise, sampling_times(steps))
    return torch.where(mask > 0, from_residual(residual, identity), condition.plate)
