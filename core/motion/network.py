"""The network that draws lip motion from speech features: a small 1-D diffusion model.

Dilated convolutions over time. It estimates the clean latents of a window from noisy ones, from
the features of the speech, and from the latents at the window's beginning where they are known:
so windows follow one another without a seam.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lipflap.core.motion.flow_time import TIME_WAVES, time_waves
from lipflap.core.motion.lip_shape import LATENTS
from lipflap.core.voice.speech_encoder import WIDTH as FEATURES

CHANNELS, DILATIONS = 192, (1, 2, 4, 8, 1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class MotionCondition:
    """The condition that a window [B, T] of motion is drawn from.

    features  [B, 512, T] of the speech, as encoded
    given     [B, LATENTS, T] latents where they are known
    is_given  [B, 1, T] 1 where they are, else 0
    """

    features: Tensor
    given: Tensor
    is_given: Tensor


class MotionNetwork(nn.Module):
    """Noisy latents [B, LATENTS, T] at times [B] to an estimate of the clean ones.

    `feature_mean` and `feature_spread` [512] are of the training speech.
    """

    feature_mean: Tensor
    feature_spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("feature_mean", torch.zeros(FEATURES))
        self.register_buffer("feature_spread", torch.ones(FEATURES))
        self.features_in = nn.Conv1d(FEATURES, CHANNELS, 1)
        self.drop = nn.Dropout1d(0.1)
        self.latents_in = nn.Conv1d(2 * LATENTS + 1, CHANNELS, 1, bias=False)
        self.time_embed = nn.Sequential(
            nn.Linear(2 * TIME_WAVES, CHANNELS), nn.SiLU(), nn.Linear(CHANNELS, CHANNELS)
        )
        self.blocks = nn.ModuleList(MotionBlock(dilation) for dilation in DILATIONS)
        self.latents_out = nn.Conv1d(CHANNELS, LATENTS, 1)

    def forward(self, noisy: Tensor, t: Tensor, condition: MotionCondition) -> Tensor:
        features = condition.features - self.feature_mean[:, None]
        features = self.drop(features / self.feature_spread[:, None])
        latents = torch.cat([noisy, condition.given * condition.is_given, condition.is_given], 1)
        x = self.features_in(features) + self.latents_in(latents)
        x = x + self.time_embed(time_waves(t))[..., None]
        for block in self.blocks:
            x = block(x)
        return self.latents_out(x)


class MotionBlock(nn.Module):
    """A residual block of one dilated convolution, [B, CHANNELS, T] to the same."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, CHANNELS)
        self.conv = nn.Conv1d(CHANNELS, CHANNELS, 3, padding=dilation, dilation=dilation)
        self.proj = nn.Conv1d(CHANNELS, CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        gelu = nn.functional.gelu
        return x + self.proj(gelu(self.conv(gelu(self.norm(x)))))
