"""The network that corrects a mouth laid from filmed ones: the diffusion of a residual on it.

    picture = base + SPREAD * residual, enlarged

The base has the detail, in the actor's own pixels; the residual, at half the crop's resolution,
what is wrong with its light, its teeth and the line of its lips. The network gives the clean
residual itself (x0). It is told neither the sound nor the frame before: both were tried
(core/models/mouth_correction.md), and strangers' mouths came out no better.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lipflap.core.diffusion.network import (
    SelfAttention,
    fourier_embedding,
    upsample2x,
    zero_module,
)
from lipflap.core.diffusion.sampler import sample_ddim
from lipflap.core.diffusion.schedule import LOG_SNR_LIMIT, log_snr, sampling_times

KIND = "lipflap mouth correction 1"
SPREAD = 0.15  # of a base from what was filmed, root mean square, in pictures of -1..1
CHANNELS, TIME_DIM, FOLD = (48, 96, 160), 192, 2


class CorrectionNetwork(nn.Module):
    """Clean residuals [B, 3, H / 2, W / 2] for noisy ones at times t [B].

    base  [B, 3, H, W] RGB in -1..1: the work rectangle of a frame with its new mouth laid in
    mask  [B, 1, H, W] how much of a correction is shown, 0 to 1
    """

    def __init__(self) -> None:
        super().__init__()
        c0, c1, c2 = CHANNELS
        self.time_embed = nn.Sequential(
            nn.Linear(128, TIME_DIM), nn.SiLU(), nn.Linear(TIME_DIM, TIME_DIM)
        )
        self.conv_in = nn.Conv2d(3 + 4 * FOLD**2, c0, 3, padding=1)
        self.encoder0 = TimedBlock(c0, c0)
        self.downsample1 = nn.Conv2d(c0, c1, 4, 2, 1)
        self.encoder1 = TimedBlock(c1, c1)
        self.downsample2 = nn.Conv2d(c1, c2, 4, 2, 1)
        self.encoder2 = TimedBlock(c2, c2)
        self.attention = SelfAttention(c2, 4)
        self.decoder2 = TimedBlock(c2, c2)
        self.upsample1 = nn.Conv2d(c2, c1, 3, padding=1)
        self.decoder1 = TimedBlock(2 * c1, c1)
        self.upsample0 = nn.Conv2d(c1, c0, 3, padding=1)
        self.decoder0 = TimedBlock(2 * c0, c0)
        self.norm_out = nn.GroupNorm(8, c0)
        self.conv_out = zero_module(nn.Conv2d(c0, 3, 3, padding=1))

    def forward(self, noisy: Tensor, t: Tensor, base: Tensor, mask: Tensor) -> Tensor:
        time = functional.silu(self.time_embed(fourier_embedding(log_snr(t) / LOG_SNR_LIMIT)))
        told = functional.pixel_unshuffle(torch.cat([base, mask], 1), FOLD)
        x = torch.cat([noisy, told], 1).contiguous(memory_format=torch.channels_last)
        x0 = self.encoder0(self.conv_in(x), time)
        x1 = self.encoder1(self.downsample1(x0), time)
        x2 = self.encoder2(self.downsample2(x1), time)
        x2 = self.decoder2(self.attention(x2), time)
        x1 = self.decoder1(torch.cat([self.upsample1(upsample2x(x2)), x1], 1), time)
        x0 = self.decoder0(torch.cat([self.upsample0(upsample2x(x1)), x0], 1), time)
        return self.conv_out(functional.silu(self.norm_out(x0))).float()


class TimedBlock(nn.Module):
    """Residual block that is told the noise level: GN, then a scale and a shift."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(8, channels_in)
        self.conv_in = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.norm_out = nn.GroupNorm(8, channels, affine=False)
        self.time_proj = nn.Linear(TIME_DIM, 2 * channels)
        self.conv_out = zero_module(nn.Conv2d(channels, channels, 3, padding=1))
        same = channels_in == channels
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.norm_out(self.conv_in(functional.silu(self.norm_in(x))))
        scale, shift = self.time_proj(time)[:, :, None, None].chunk(2, 1)
        h = functional.silu(h * (1 + scale) + shift)
        out: Tensor = self.skip(x) + self.conv_out(h)
        return out


def correct(
    network: CorrectionNetwork, base: Tensor, mask: Tensor, noise: Tensor, steps: int
) -> Tensor:
    """Return residuals [B, 3, H / 2, W / 2] on a base [B, 3, H, W] from noise of their size."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        clean: Tensor = network(x, t.to(x.device).expand(len(x)), base, mask)
        return clean

    return sample_ddim(denoise, noise, sampling_times(steps))


def corrected(base: Tensor, mask: Tensor, residual: Tensor) -> Tensor:
    """Return pictures [B, 3, H, W]: the base with a residual [B, 3, H / 2, W / 2] on it."""
    return (base + SPREAD * mask * enlarge(residual)).clamp(-1, 1)


def enlarge(residual: Tensor) -> Tensor:
    """Return residuals at twice their size."""
    return functional.interpolate(residual, scale_factor=2.0, mode="bilinear")
