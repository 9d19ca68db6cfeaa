"""Batches from a prepared SET."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.face.matte import WORK
from lipflap.core.mouth_walk import work_mask
from lipflap.core.voice.features import to_log
from lipflap.training.footage import (
    KEPT_PX,
    MARGIN_PX,
    POWER_FLOOR_LOG10,
    Clip,
    Footage,
    open_footage,
    sound_window,
    write_clips,
)
from lipflap.training.recipe import Recipe

__all__ = [
    "KEPT_PX",
    "MARGIN_PX",
    "POWER_FLOOR_LOG10",
    "Clip",
    "Footage",
    "batch",
    "open_footage",
    "recoloured",
    "sound_window",
    "to_log",
    "varied_sound",
    "write_clips",
]

FARTHEST_IDENTITY = 5


def batch(
    footage: Footage, clips: list[Clip], recipe: Recipe, step: int
) -> tuple[Tensor, Condition, Condition]:
    """True frames [B, 3, 64, 96], their condition, and that of the frames before them.

    The frames before are as a chain begins, their own previous unknown. All is a function of
    the seed and the step.
    """
    rng = np.random.default_rng((recipe.seed, step))
    weights = np.array([clip.frame_count for clip in clips], float)
    picked = rng.choice(len(clips), recipe.batch, p=weights / weights.sum())
    rows, sounds, earlier = [], [], []
    for clip in (clips[k] for k in picked):
        frame = int(rng.integers(1, clip.frame_count))
        rows.append(_frames(footage, clip, frame, recipe, rng))
        sounds.append(varied_sound(sound_window(footage, clip, frame), rng))
        earlier.append(to_log(sound_window(footage, clip, frame - 1)))
    pictures = torch.from_numpy(np.stack(rows)).permute(1, 0, 4, 2, 3).float() / 255
    pictures = recoloured(pictures, recipe.colour, rng)
    now, before, other, identity = pictures
    previous, known = _spoiled(before, other, recipe, rng)
    sound, sound_before = torch.from_numpy(np.stack(sounds)), torch.from_numpy(np.stack(earlier))
    start = Condition(before, work_mask(), before, torch.zeros(len(now)), identity, sound_before)
    return now, Condition(now, work_mask(), previous, known, identity, sound), start


def _frames(
    footage: Footage, clip: Clip, frame: int, recipe: Recipe, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """This frame, the one before, one near it and one far from it: [4, 64, 96, 3]."""
    near = int(np.clip(frame - 1 + rng.integers(-4, 5), 0, clip.frame_count - 1))
    far = [k for k in range(clip.frame_count) if abs(k - frame) > FARTHEST_IDENTITY]
    identity = int(rng.choice(far or [0]))
    reach = min(recipe.shift_px, MARGIN_PX)
    down = int(np.clip(round(rng.normal(0, reach / 2)), -reach, reach))
    across = int(np.clip(round(rng.normal(0, reach / 3)), -reach, reach))
    rows = []
    for number, wander in ((frame, 0), (frame - 1, 0), (near, 1), (identity, 2)):
        y = MARGIN_PX + _held(down + int(rng.integers(-wander, wander + 1)))
        x = MARGIN_PX + _held(across + int(rng.integers(-wander, wander + 1)))
        kept = footage.frames[clip.first_frame + number]
        rows.append(kept[y : y + WORK.bottom - WORK.top, x : x + WORK.right - WORK.left])
    turned = np.stack(rows)
    return turned[:, :, ::-1] if rng.random() < 0.5 else turned


def _held(offset: int) -> int:
    return max(-MARGIN_PX, min(MARGIN_PX, offset))


def recoloured(pictures: Tensor, reach: float, rng: np.random.Generator) -> Tensor:
    """Pictures [K, B, 3, H, W] in 0..1 under other light, each of B its own, as -1..1."""
    size = pictures.shape[1]
    draw = rng.normal(0, reach, (8, size)).astype(np.float32)
    gain = torch.from_numpy(np.exp(draw[0] + draw[1:4] / 2)).T[None, :, :, None, None]
    lift = torch.from_numpy(draw[4] / 4)[None, :, None, None, None]
    gamma = torch.from_numpy(np.exp(draw[5]))[None, :, None, None, None]
    colourful = torch.from_numpy(np.exp(2 * draw[6]))[None, :, None, None, None]
    grey = pictures.mean(2, keepdim=True)
    pictures = (grey + colourful * (pictures - grey)).clamp(0, 1) ** gamma
    return (pictures * gain + lift).clamp(0, 1) * 2 - 1


def _spoiled(
    before: Tensor, other: Tensor, recipe: Recipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """The previous frame [B, 3, H, W] as a walk may have painted it, and whether it is known.

    In the mask: noise, another moment's mouth, or nothing. Without this the network copies a
    previous mouth that at work is its own, errors and all.
    """
    size = len(before)
    mask = work_mask()
    known = torch.from_numpy((rng.random(size) > recipe.hide_previous).astype(np.float32))
    spoil = rng.random(size) < recipe.spoil_previous
    swap = torch.from_numpy((spoil & (rng.random(size) < 0.4)).astype(np.float32))
    level = torch.from_numpy(np.where(spoil, rng.uniform(0, 0.2, size), 0).astype(np.float32))
    grain = torch.from_numpy(rng.standard_normal(before.shape, np.float32))
    mouth = torch.lerp(before, other, swap[:, None, None, None])
    mouth = mouth + level[:, None, None, None] * grain
    return torch.where(mask > 0, mouth, before), known


def varied_sound(power: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Log-mel [80, 32] of the sound louder or softer, gated, or in noise."""
    power = power * 10 ** (rng.uniform(-0.8, 0.5))
    kind = rng.random()
    if kind < 0.3:
        tilt = np.linspace(0, rng.uniform(-2, 0.5), power.shape[0], dtype=np.float32)[:, None]
        noise = 10 ** (rng.uniform(-7, -3.5) + tilt) * rng.chisquare(4, power.shape) / 4
        power = power + noise.astype(np.float32)
    elif kind < 0.5:
        power = np.where(power.sum(0) < 10 ** rng.uniform(-6, -4), 0, power)
    return to_log(power)
