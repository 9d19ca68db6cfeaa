"""Batches for the mouth model: sequences of five frames, their conditions and their truth.

sequence    f-1 | f  f+1 f+2 f+3 f+4      one noise, one light, one identity frame
previous          ^   ^   ^   ^   ^       the frame before each: filmed, corrupted, own or none
sound             own sentence, or another one's in a swapped sequence
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.face.matte import WORK
from lipflap.core.paint.rollout import work_mask
from lipflap.core.voice.log_mel import to_log
from lipflap.training.data.augment import augment_audio, color_jitter, corrupt, random_affine
from lipflap.training.data.dataset import MARGIN_PX, ClipRecord, PreparedSet, sound_window
from lipflap.training.mouth.sync_network import CLIP_TICKS, TICKS_A_SECOND
from lipflap.training.recipe import Recipe

FRAMES = CLIP_TICKS
MIN_IDENTITY_DISTANCE = 5
MIN_NEGATIVE_OFFSET, MAX_NEGATIVE_OFFSET = 5, 15


@dataclass(frozen=True, slots=True)
class Batch:
    """S sequences of 5 frames; B = 5 S samples, a sequence after the other, the swapped first.

    true            [B, 3, 64, 96] in -1..1, the mouths as filmed
    condition       of each frame
    chain_start     condition of the frame before each, its own previous frame unknown: where the
                    network begins to paint a chain of its own
    negative_audio  [S, 80, 32] log-mel that the middle frame must not match: the filmed sentence
                    in a swapped sequence, another moment of the same clip in the rest
    """

    true: Tensor
    condition: Condition
    chain_start: Condition
    negative_audio: Tensor

    def to(self, device: torch.device) -> Self:
        """Return the batch on a device."""
        return type(self)(*(getattr(self, f.name).to(device) for f in fields(self)))


def make_batch(
    footage: PreparedSet, clips: list[ClipRecord], recipe: Recipe, step: int, rank: int = 0
) -> Batch:
    """Draw the batch of a step; the same seed, step and rank give the same batch."""
    rng = np.random.default_rng((recipe.seed, step, rank))
    mask = work_mask(wide=rng.random() < recipe.wide)
    weights = np.array([clip.frame_count * clip.weight for clip in clips])
    picked = rng.choice(len(clips), (2, recipe.sequences), p=weights / weights.sum())
    rows, sounds, earlier_sounds, negatives = [], [], [], []
    for number, (own, other) in enumerate(picked.T):
        clip, numbers = clips[own], _sequence(clips[own], rng)
        rows.append(_frames(footage, clip, numbers, recipe, rng))
        if number < recipe.swapped:
            heard_clip, heard = clips[other], _sequence(clips[other], rng)
            negative = numbers[FRAMES // 2]
        else:
            heard_clip, heard = clip, numbers
            negative = _nearby_frame(clip, numbers[FRAMES // 2], rng)
        sounds.append(augment_audio(_power(footage, heard_clip, heard), rng))
        earlier_sounds.append(to_log(_power(footage, heard_clip, heard - 1)))
        negatives.append(to_log(sound_window(footage, clip, negative)))
    filmed = torch.from_numpy(np.stack(rows, 1)).permute(0, 1, 4, 2, 3).float() / 255
    filmed = color_jitter(filmed, recipe.colour, rng)
    true, previous, other_mouth = (_samples(part) for part in filmed[:-1].split(FRAMES))
    face = random_affine(filmed[-1], recipe.pose, rng)
    identity = face.repeat_interleave(FRAMES, 0)
    condition = Condition(
        plate=true,
        mask=mask,
        previous=corrupt(previous, other_mouth, mask, recipe.spoil_previous, rng),
        previous_known=_previous_known(len(true), recipe, rng),
        identity=identity,
        sound=torch.from_numpy(np.concatenate(sounds)),
    )
    chain_start = Condition(
        plate=previous,
        mask=mask,
        previous=previous,
        previous_known=torch.zeros(len(true)),
        identity=identity,
        sound=torch.from_numpy(np.concatenate(earlier_sounds)),
    )
    return Batch(true, condition, chain_start, torch.from_numpy(np.stack(negatives)))


def _previous_known(count: int, recipe: Recipe, rng: np.random.Generator) -> Tensor:
    """Return whether the previous frame is known [B], alike in each sequence: a chain, or not."""
    hidden = rng.random(count // FRAMES) < recipe.hide_previous
    return torch.from_numpy(np.repeat(1 - hidden.astype(np.float32), FRAMES))


def _samples(sequences: Tensor) -> Tensor:
    """Turn [5, S, ...] into [5 S, ...], a sequence after the other."""
    return sequences.transpose(0, 1).flatten(0, 1).contiguous()


def _sequence(clip: ClipRecord, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw five frame numbers, 1/25 s apart, each with a frame before it in the clip."""
    stride = max(1, round(clip.rate / TICKS_A_SECOND))
    last = clip.frame_count - 1 - (FRAMES - 1) * stride
    return int(rng.integers(1, max(1, last) + 1)) + stride * np.arange(FRAMES)


def _power(
    footage: PreparedSet, clip: ClipRecord, numbers: NDArray[np.int64]
) -> NDArray[np.float32]:
    return np.stack([sound_window(footage, clip, int(number)) for number in numbers])


def _frames(
    footage: PreparedSet,
    clip: ClipRecord,
    numbers: NDArray[np.int64],
    recipe: Recipe,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Return [16, 64, 96, 3]: these five, the five before, five near those, the identity frame."""
    near = numbers - 1 + rng.integers(-4, 5, FRAMES)
    far = [k for k in range(clip.frame_count) if abs(k - numbers).min() > MIN_IDENTITY_DISTANCE]
    all_numbers = [*numbers, *(numbers - 1), *near, rng.choice(far or [0])]
    reach = min(recipe.shift_px, MARGIN_PX)
    place = np.array([rng.normal(0, reach / 2), rng.normal(0, reach / 3)]).round().astype(int)
    jitter_px = [0] * 2 * FRAMES + [1] * FRAMES + [2]
    rows = []
    for number, far_px in zip(all_numbers, jitter_px, strict=True):
        y, x = np.clip(place + rng.integers(-far_px, far_px + 1, 2), -reach, reach) + MARGIN_PX
        kept = footage.frames[clip.first_frame + min(max(0, number), clip.frame_count - 1)]
        rows.append(kept[y : y + WORK.bottom - WORK.top, x : x + WORK.right - WORK.left])
    mouths = np.stack(rows)
    return mouths[:, :, ::-1] if rng.random() < 0.5 else mouths


def _nearby_frame(clip: ClipRecord, frame: int, rng: np.random.Generator) -> int:
    """Draw another frame of the clip, near enough that only exact sync tells them apart."""
    offset = int(rng.integers(MIN_NEGATIVE_OFFSET, MAX_NEGATIVE_OFFSET + 1)) * int(
        rng.choice([-1, 1])
    )
    return frame + offset if 0 <= frame + offset < clip.frame_count else frame - offset
