"""From noise to a mouth: deterministic samplers that leave known pixels alone.

A sampler is a function of (denoise, noise, times) and nothing else; `paint` joins one to a
network and a condition. The walk from frame to frame is the caller's.
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
    """Clean picture from noise [B, ...] along falling times, the last of them 0.

    denoise  (x [B, ...], t []) -> estimate of the clean picture
    Song et al. 2021 (arXiv:2010.02502), equation 12 with eta 0.
    """
    x = noise
    for here, there in pairwise(times):
        alpha, sigma = alpha_sigma(torch.tensor(here))
        alpha_next, sigma_next = alpha_sigma(torch.tensor(there))
        clean = denoise(x, torch.tensor(here))
        x = alpha_next * clean + sigma_next / sigma * (x - alpha * clean)
    return x


def sample_dpm_solver(denoise: Denoise, noise: Tensor, times: list[float]) -> Tensor:
    """As `sample_ddim`, with the second-order multistep rule where it is stable.

    Lu et al. 2022 (arXiv:2211.01095), algorithm 2; first and last step are first order.
    """
    x, earlier, step_before = noise, None, 0.0
    for here, there in pairwise(times):
        alpha, sigma = alpha_sigma(torch.tensor(here))
        alpha_next, sigma_next = alpha_sigma(torch.tensor(there))
        clean = denoise(x, torch.tensor(here))
        step = float((alpha_next / sigma_next).log() - (alpha / sigma).clamp(min=1e-6).log())
        ahead = clean
        if earlier is not None and there > 0:
            ahead = clean + (clean - earlier) * (step / (2 * step_before))
        x = alpha_next * ahead + sigma_next / sigma * (x - alpha * ahead)
        # From pure noise the log-SNR step is infinite: nothing to extrapolate from.
        earlier, step_before = (clean, step) if here < 1 else (None, 0.0)
    return x


@dataclass(frozen=True, slots=True)
class Guidance:
    """How much further than the sound alone would have it the mouth moves away from silence.

    Ho and Salimans 2022 (arXiv:2207.12598), with the silent mouth in place of the unconditional
    one. A network that has heard few people moves the mouths of strangers too little.

    weight   1 leaves the mouth as it is
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
    """The plates of a condition [B, 3, H, W] with new mouths; outside the mask as they were.

    noise  [B, 3, H, W], the same for every frame of a chain, or the mouth would shimmer
    """
    mask, identity = condition.mask, condition.identity
    told = condition.and_in_silence(guidance.silence) if guidance else condition

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = alpha_sigma(t)
        noisy = (torch.cat([x, x]) if guidance else x) * mask
        v = network(noisy, t.to(x.device).expand(len(noisy)), told)
        if guidance:
            heard, silent = v.chunk(2)
            v = silent + guidance.weight * (heard - silent)
        picture = from_residual(alpha * x - sigma * v, identity)
        return to_residual(picture, identity)

    residual = sampler(denoise, noise, sampling_times(steps))
    return torch.where(mask > 0, from_residual(residual, identity), condition.plate)
