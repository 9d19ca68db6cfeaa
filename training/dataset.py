"""A prepared SET, and batches from it.

SET/clips.json    name, first frame, frame count, first hop, rate and split of each clip
SET/frames.npy    [frames, 80, 112, 3] uint8: the work rectangle and 8 px around it
SET/hops.npy      [hops, 80] float16: log10 of the mel power of the levelled sound
"""

import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK
from lipflap.core.mouth_walk import work_mask
from lipflap.core.voice.features import MELS, to_log
from lipflap.core.voice.window import HOPS, first_hop
from lipflap.training.recipe import Recipe

MARGIN_PX = 8
KEPT_PX = (WORK.bottom - WORK.top + 2 * MARGIN_PX, WORK.right - WORK.left + 2 * MARGIN_PX)
POWER_FLOOR_LOG10 = -8.0
FARTHEST_IDENTITY = 5


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames [first_frame, +frame_count) and hops [first_hop, +hop_count) of a SET."""

    name: str
    first_frame: int
    frame_count: int
    first_hop: int
    hop_count: int
    rate: str
    validates: bool


@dataclass(frozen=True, slots=True)
class Footage:
    """A SET, its arrays mapped from disk."""

    clips: tuple[Clip, ...]
    frames: NDArray[np.uint8]
    hops: NDArray[np.float16]

    def split(self, *, validates: bool) -> list[Clip]:
        return [clip for clip in self.clips if clip.validates is validates]


def open_footage(folder: Path) -> Footage:
    """Raises DubError when the folder holds no SET."""
    try:
        rows = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
        frames = np.memmap(folder / "frames.raw", np.uint8, "r").reshape(-1, *KEPT_PX, 3)
        hops = np.memmap(folder / "hops.raw", np.float16, "r").reshape(-1, MELS)
    except (OSError, ValueError) as problem:
        raise DubError(f"is not a prepared set: {problem}.", where=str(folder)) from problem
    return Footage(tuple(Clip(**row) for row in rows), frames, hops)


def write_clips(clips: list[Clip], folder: Path) -> None:
    rows = [asdict(clip) for clip in clips]
    (folder / "clips.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def sound_window(footage: Footage, clip: Clip, frame: int) -> NDArray[np.float32]:
    """Mel power [80, 32] around a frame of a clip; silence beyond its ends."""
    start = first_hop(frame, Fraction(clip.rate), Fraction(0))
    power = np.zeros((HOPS, MELS), np.float32)
    low, high = max(0, start), min(clip.hop_count, start + HOPS)
    kept = footage.hops[clip.first_hop + low : clip.first_hop + high].astype(np.float32)
    power[low - start : low - start + len(kept)] = 10**kept
    return power.T


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
