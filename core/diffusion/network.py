"""The U-Net: frame and audio conditioning.

After SDVE (Bigioi et al. 2023, arXiv:2301.04474): noisy frame, previous frame and identity
frame in, noise level and sound through every residual block. What differs from it: works on the
mouth's surroundings alone, folded 2 x 2 into channels; on the residual against the identity frame;
a mask channel; log-SNR instead of gamma; v instead of eps (Salimans and Ho 2022,
arXiv:2202.00512); 400 ms of sound, half of it ahead.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from lipflap.core.diffusion.condition import Condition, pictures
from lipflap.core.diffusion.schedule import LOG_SNR_LIMIT, log_snr

PICTURE_CHANNELS = 3 + 11
FOLD = 2
MAX_DIMS = dict.fromkeys(("fine", "middle", "coarse", "told", "mels", "hops"), 1 << 14)
MAX_DIMS |= {"blocks": 64, "heads": 256}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """Everything needed to build the network again."""

    fine: int = 64
    middle: int = 128
    coarse: int = 224
    blocks: int = 2
    heads: int = 4
    told: int = 256
    mels: int = 80
    hops: int = 32

    def __post_init__(self) -> None:
        for name, number in asdict(self).items():
            if type(number) is not int or not 1 <= number <= MAX_DIMS[name]:
                raise ValueError(f"{name} goes from 1 to {MAX_DIMS[name]}, is {number!r:.40}")


class MouthNetwork(nn.Module):
    """v [B, 3, H, W] for noisy residuals at times t [B], given a Condition; H, W multiples of 8."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = s = shape
        self.level = nn.Sequential(nn.Linear(128, s.told), nn.SiLU(), nn.Linear(s.told, s.told))
        self.sound = SoundEncoder(s.mels, s.hops, s.told)
        self.enter = nn.Conv2d(PICTURE_CHANNELS * FOLD**2, s.fine, 3, padding=1)
        self.to_middle = nn.Conv2d(s.fine, s.middle, 4, 2, 1)
        self.middle_down = _blocks(s.middle, s.middle, s)
        self.to_coarse = nn.Conv2d(s.middle, s.coarse, 4, 2, 1)
        self.coarse_down = _blocks(s.coarse, s.coarse, s)
        self.attention = SelfAttention(s.coarse, s.heads)
        self.coarse_up = _blocks(s.coarse, s.coarse, s)
        self.from_coarse = nn.Conv2d(s.coarse, s.middle, 3, padding=1)
        self.middle_up = _blocks(2 * s.middle, s.middle, s)
        self.from_middle = nn.Conv2d(s.middle, s.fine, 3, padding=1)
        self.fine_up = ResidualBlock(2 * s.fine, s.fine, s.told)
        self.leave_norm = nn.GroupNorm(8, s.fine)
        self.leave = _zero_module(nn.Conv2d(s.fine, 3 * FOLD**2, 3, padding=1))

    def forward(self, noisy: Tensor, t: Tensor, condition: Condition) -> Tensor:
        level = functional.silu(self.level(_fourier_embedding(log_snr(t) / LOG_SNR_LIMIT)))
        sound = functional.silu(self.sound(condition.sound))
        folded = functional.pixel_unshuffle(torch.cat([noisy, pictures(condition)], 1), FOLD)
        fine = self.enter(folded.contiguous(memory_format=torch.channels_last))
        middle = _run(self.middle_down, self.to_middle(fine), level, sound)
        coarse = _run(self.coarse_down, self.to_coarse(middle), level, sound)
        coarse = _run(self.coarse_up, self.attention(coarse), level, sound)
        middle = torch.cat([self.from_coarse(_upsample2x(coarse)), middle], 1)
        middle = _run(self.middle_up, middle, level, sound)
        fine = self.fine_up(
            torch.cat([self.from_middle(_upsample2x(middle)), fine], 1), level, sound
        )
        out = self.leave(functional.silu(self.leave_norm(fine)))
        return functional.pixel_shuffle(out, FOLD).float()


class ResidualBlock(nn.Module):
    """Conditional residual block: GN, then noise level, then sound, each a scale and a shift."""

    def __init__(self, channels_in: int, channels: int, told: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(8, channels_in)
        self.conv_in = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.norm_out = nn.GroupNorm(8, channels, affine=False)
        self.by_level = nn.Linear(told, 2 * channels)
        self.by_sound = nn.Linear(told, 2 * channels)
        self.conv_out = _zero_module(nn.Conv2d(channels, channels, 3, padding=1))
        same = channels_in == channels
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels, 1)

    def forward(self, x: Tensor, level: Tensor, sound: Tensor) -> Tensor:
        h = self.conv_in(functional.silu(self.norm_in(x)))
        level_scale, level_shift = self.by_level(level)[:, :, None, None].chunk(2, 1)
        sound_scale, sound_shift = self.by_sound(sound)[:, :, None, None].chunk(2, 1)
        # (h (1 + a) + b)(1 + c) + d in one pass over the pixels
        scale = (1 + level_scale) * (1 + sound_scale)
        shift = level_shift * (1 + sound_scale) + sound_shift
        h = functional.silu(torch.addcmul(shift.to(h.dtype), self.norm_out(h), scale.to(h.dtype)))
        return self.skip(x) + self.conv_out(h)


class SelfAttention(nn.Module):
    """Every place of [B, C, H, W] looks at every other."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.ask = nn.Linear(channels, 3 * channels)
        self.answer = _zero_module(nn.Linear(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        places = self.norm(x).flatten(2).transpose(1, 2)
        asked = self.ask(places).view(batch, height * width, 3, self.heads, -1)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        said = self.answer(seen.transpose(1, 2).flatten(2))
        return x + said.transpose(1, 2).view(batch, channels, height, width)


class SoundEncoder(nn.Module):
    """Log-mel [B, mels, hops] to what the blocks are told, [B, told]."""

    def __init__(self, mels: int, hops: int, told: int) -> None:
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
            nn.Linear(192 * hops // 4, told),
        )

    def forward(self, sound: Tensor) -> Tensor:
        return self.layers(sound)


def _blocks(channels_in: int, channels: int, shape: NetworkShape) -> nn.ModuleList:
    first = ResidualBlock(channels_in, channels, shape.told)
    rest = (ResidualBlock(channels, channels, shape.told) for _ in range(shape.blocks - 1))
    return nn.ModuleList([first, *rest])


def _run(blocks: nn.ModuleList, x: Tensor, level: Tensor, sound: Tensor) -> Tensor:
    for block in blocks:
        x = block(x, level, sound)
    return x


def _upsample2x(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _fourier_embedding(level: Tensor) -> Tensor:
    """Levels [B] in -1..1 as sines and cosines [B, 128] of wavelengths from 4 to 1/16."""
    frequency = 2 ** torch.linspace(-2, 4, 64, device=level.device) * (2 * torch.pi)
    phase = level[:, None] * frequency
    return torch.cat([phase.sin(), phase.cos()], 1)


def _zero_module(layer: nn.Conv2d | nn.Linear) -> nn.Module:
    """The layer starting at zero, so that a new block changes nothing."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
