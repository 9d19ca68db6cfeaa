"""Augmentation: the light, poses and noise that one talker's footage lacks.

All random numbers come from the generator passed in.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lipflap.core.voice.log_mel import to_log


def color_jitter(pictures: Tensor, reach: float, rng: np.random.Generator) -> Tensor:
    """Change the light of pictures [K, B, 3, H, W] in 0..1, each of B its own way; return -1..1."""
    size = pictures.shape[1]
    draw = rng.normal(0, reach, (8, size)).astype(np.float32)
    gain = torch.from_numpy(np.exp(draw[0] + draw[1:4] / 2)).T[None, :, :, None, None]
    lift = torch.from_numpy(draw[4] / 4)[None, :, None, None, None]
    gamma = torch.from_numpy(np.exp(draw[5]))[None, :, None, None, None]
    colourful = torch.from_numpy(np.exp(2 * draw[6]))[None, :, None, None, None]
    grey = pictures.mean(2, keepdim=True)
    pictures = (grey + colourful * (pictures - grey)).clamp(0, 1) ** gamma
    return (pictures * gain + lift).clamp(0, 1) * 2 - 1


def random_affine(pictures: Tensor, reach: float, rng: np.random.Generator) -> Tensor:
    """Warp pictures [B, C, H, W] as if each head had been held a little otherwise.

    A nod stretches what lies below the nose, a turn squeezes it sideways, a tilt shears it:
    `reach` is their spread, as a part of the picture.
    """
    size = len(pictures)
    draw = rng.normal(0, reach, (6, size)) * (rng.random(size) < 0.6)
    matrix = np.zeros((size, 2, 3), np.float32)
    matrix[:, 0, 0] = 1 + draw[0] / 2
    matrix[:, 1, 1] = 1 + draw[1]
    matrix[:, 0, 1] = draw[2] / 2
    matrix[:, 1, 0] = draw[3] / 2
    # The nose, at the top of the work rectangle, is where the crop is held.
    matrix[:, 0, 2] = draw[4] / 3 + matrix[:, 0, 1] * 0.9
    matrix[:, 1, 2] = draw[5] / 3 + (matrix[:, 1, 1] - 1) * 0.9
    field = functional.affine_grid(
        torch.from_numpy(matrix), list(pictures.shape), align_corners=False
    )
    return functional.grid_sample(
        pictures, field, mode="bicubic", padding_mode="border", align_corners=False
    ).clamp(-1, 1)


def corrupt(
    previous: Tensor, other: Tensor, mask: Tensor, share: float, rng: np.random.Generator
) -> Tensor:
    """Corrupt a share of previous frames [B, 3, H, W] in the mask [H, W]: noise or `other` mouths.

    Without this the network copies the previous mouth, which in a rollout is its own with its
    errors.
    """
    size = len(previous)
    corrupted = rng.random(size) < share
    swap = torch.from_numpy((corrupted & (rng.random(size) < 0.4)).astype(np.float32))
    level = torch.from_numpy(np.where(corrupted, rng.uniform(0, 0.2, size), 0).astype(np.float32))
    grain = torch.from_numpy(rng.standard_normal(previous.shape, np.float32))
    mouth = torch.lerp(previous, other, swap[:, None, None, None])
    mouth = mouth + level[:, None, None, None] * grain
    return torch.where(mask > 0, mouth, previous)


def augment_audio(power: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return log-mel [K, 80, 32] of mel power at another level, gated, or with noise or music."""
    power = power * np.float32(10 ** rng.uniform(-0.8, 0.5))
    kind = rng.random()
    if kind < 0.2:
        tilt = np.linspace(0, rng.uniform(-2, 0.5), power.shape[1], dtype=np.float32)[:, None]
        noise = 10 ** (rng.uniform(-7, -3.5) + tilt) * rng.chisquare(4, power.shape) / 4
        power = power + noise.astype(np.float32)
    elif kind < 0.35:
        power = power + _chord(power.shape, rng)
    elif kind < 0.5:
        power = np.where(power.sum(1, keepdims=True) < 10 ** rng.uniform(-6, -4), 0, power)
    return to_log(power)


def _chord(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return mel power of held tones with their overtones: steady lines, as in music."""
    line = np.zeros(shape[1], np.float32)
    for root in rng.uniform(2, 30, 3):
        for overtone in range(1, 6):
            band = int(root + 12 * math.log2(overtone))
            if band < shape[1]:
                line[band] += 10 ** rng.uniform(-6.5, -3.5) / overtone**2
    return np.broadcast_to(line[:, None], shape).astype(np.float32)
