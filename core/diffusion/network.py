"""The mouth network: a U-Net conditioned on frames and on audio.

After SDVE (Bigioi et al. 2023, arXiv:2301.04474): noisy frame, previous frame and identity
frame in, noise level and sound through every residual block. What differs from it: works on the
mouth's surroundings alone, folded 2 x 2 into channels; on the residual against the identity frame;
a mask channel; log-SNR instead of gamma; v instead of eps (Salimans and Ho 2022,
arXiv:2202.00512); 400 ms of sound, half of it ahead.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional

from lipflap.core.diffusion.condition import Condition, pictures
from lipflap.core.diffusion.schedule import LOG_SNR_LIMIT, log_snr

IMAGE_CHANNELS = 3 + 11
FOLD = 2
MAX_SIZE = 1 << 14
MAX_SIZES = {"blocks": 64, "heads": 256}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """The sizes from which the network can be built again.

    channels  of the feature maps at 1/2, 1/4 and 1/8 of the resolution
    blocks    residual blocks in a row
    heads     of the self-attention
    cond_dim  of the time and audio embeddings
    """

    channels: tuple[int, int, int] = (64, 128, 224)
    blocks: int = 2
    heads: int = 4
    cond_dim: int = 256
    mels: int = 80
    hops: int = 32

    def __post_init__(self) -> None:
        if len(self.channels) != 3:
            raise ValueError(f"channels are three numbers, not {len(self.channels)}")
        sizes = [("channels", size) for size in self.channels]
        sizes += [(f.name, getattr(self, f.name)) for f in fields(self) if f.name != "channels"]
        for name, size in sizes:
            most = MAX_SIZES.get(name, MAX_SIZE)
            if type(size) is not int or not 1 <= size <= most:
                raise ValueError(f"{name} goes from 1 to {most}, is {size!r:.40}")


class MouthNetwork(nn.Module):
    """v [B, 3, H, W] for noisy residuals at times t [B], given a Condition; H, W multiples of 8.

    The digit in a layer's name is the level of the U-Net whose channels it puts out.
    """

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = s = shape
        c0, c1, c2 = shape.channels
        self.time_embed = nn.Sequential(
            nn.Linear(128, s.cond_dim), nn.SiLU(), nn.Linear(s.cond_dim, s.cond_dim)
        )
        self.audio_encoder = AudioEncoder(s.mels, s.hops, s.cond_dim)
        self.conv_in = nn.Conv2d(IMAGE_CHANNELS * FOLD**2, c0, 3, padding=1)
        self.downsample1 = nn.Conv2d(c0, c1, 4, 2, 1)
        self.encoder1 = _blocks(c1, c1, s)
        self.downsample2 = nn.Conv2d(c1, c2, 4, 2, 1)
        self.encoder2 = _blocks(c2, c2, s)
        self.attention = SelfAttention(c2, s.heads)
        self.decoder2 = _blocks(c2, c2, s)
        self.upsample1 = nn.Conv2d(c2, c1, 3, padding=1)
        self.decoder1 = _blocks(2 * c1, c1, s)
        self.upsample0 = nn.Conv2d(c1, c0, 3, padding=1)
        self.decoder0 = ResidualBlock(2 * c0, c0, s.cond_dim)
        self.norm_out = nn.GroupNorm(8, c0)
        self.conv_out = zero_module(nn.Conv2d(c0, 3 * FOLD**2, 3, padding=1))

    def forward(self, noisy: Tensor, t: Tensor, condition: Condition) -> Tensor:
        time = functional.silu(self.time_embed(fourier_embedding(log_snr(t) / LOG_SNR_LIMIT)))
        audio = functional.silu(self.audio_encoder(condition.sound))
        folded = functional.pixel_unshuffle(torch.cat([noisy, pictures(condition)], 1), FOLD)
        x0 = self.conv_in(folded.contiguous(memory_format=torch.channels_last))
        x1 = _run(self.encoder1, self.downsample1(x0), time, audio)
        x2 = _run(self.encoder2, self.downsample2(x1), time, audio)
        x2 = _run(self.decoder2, self.attention(x2), time, audio)
        x1 = torch.cat([self.upsample1(upsample2x(x2)), x1], 1)
        x1 = _run(self.decoder1, x1, time, audio)
        x0 = self.decoder0(torch.cat([self.upsample0(upsample2x(x1)), x0], 1), time, audio)
        out = self.conv_out(functional.silu(self.norm_out(x0)))
        return functional.pixel_shuffle(out, FOLD).float()


class ResidualBlock(nn.Module):
    """Conditional residual block: GN, then time, then audio, each a scale and a shift."""

    def __init__(self, channels_in: int, channels: int, cond_dim: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(8, channels_in)
        self.conv_in = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.norm_out = nn.GroupNorm(8, channels, affine=False)
        self.time_proj = nn.Linear(cond_dim, 2 * channels)
        self.audio_proj = nn.Linear(cond_dim, 2 * channels)
        self.conv_out = zero_module(nn.Conv2d(channels, channels, 3, padding=1))
        same = channels_in == channels
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels, 1)

    def forward(self, x: Tensor, time: Tensor, audio: Tensor) -> Tensor:
        h = self.conv_in(functional.silu(self.norm_in(x)))
        time_scale, time_shift = self.time_proj(time)[:, :, None, None].chunk(2, 1)
        audio_scale, audio_shift = self.audio_proj(audio)[:, :, None, None].chunk(2, 1)
        # (h (1 + a) + b)(1 + c) + d in one pass over the pixels
        scale = (1 + time_scale) * (1 + audio_scale)
        shift = time_shift * (1 + audio_scale) + audio_shift
        h = functional.silu(torch.addcmul(shift.to(h.dtype), self.norm_out(h), scale.to(h.dtype)))
        return self.skip(x) + self.conv_out(h)


class SelfAttention(nn.Module):
    """Self-attention over all positions of [B, C, H, W], added to it."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = zero_module(nn.Linear(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        positions = self.norm(x).flatten(2).transpose(1, 2)
        qkv = self.qkv(positions).view(batch, height * width, 3, self.heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value)
        out = self.proj(attended.transpose(1, 2).flatten(2))
        return x + out.transpose(1, 2).view(batch, channels, height, width)


class AudioEncoder(nn.Module):
    """Log-mel [B, mels, hops] to an embedding [B, cond_dim]."""

    def __init__(self, mels: int, hops: int, cond_dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(mels, 160, 3, padding=1),
            nn.SiLU(),
            nn.Conv1d(160, 160, 4, 2, 1),
            nn.GroupNorm(8, 160),
            nn.SiLU(),
            nn.Conv1d(160, 192, 4, 2, 1),
            nn.GroupNorm(8, 192),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(192 * hops // 4, cond_dim),
        )

    def forward(self, sound: Tensor) -> Tensor:
        return self.layers(sound)


def _blocks(channels_in: int, channels: int, shape: NetworkShape) -> nn.ModuleList:
    first = ResidualBlock(channels_in, channels, shape.cond_dim)
    rest = (ResidualBlock(channels, channels, shape.cond_dim) for _ in range(shape.blocks - 1))
    return nn.ModuleList([first, *rest])


def _run(blocks: nn.ModuleList, x: Tensor, time: Tensor, audio: Tensor) -> Tensor:
    for block in blocks:
        x = block(x, time, audio)
    return x


def upsample2x(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def fourier_embedding(level: Tensor) -> Tensor:
    """Noise levels [B] in -1..1 as sines and cosines [B, 128] of wavelengths from 4 to 1/16."""
    frequency = 2 ** torch.linspace(-2, 4, 64, device=level.device) * (2 * torch.pi)
    phase = level[:, None] * frequency
    return torch.cat([phase.sin(), phase.cos()], 1)


def zero_module(layer: nn.Conv2d | nn.Linear) -> nn.Module:
    """Set a layer's weights to zero, so that a new block changes nothing."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
