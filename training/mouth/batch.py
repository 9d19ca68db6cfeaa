"""Batches for the mouth model: sequences of five frames, what is told of them, and what is true.

sequence    f-1 | f  f+1 f+2 f+3 f+4      one noise, one light, one identity frame
previous          ^   ^   ^   ^   ^       the frame before each: filmed, spoiled, own or none
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
from lipflap.core.voice.syncnet import CLIP_TICKS, TICKS_A_SECOND
from lipflap.training.data.augment import augment_audio, color_jitter, corrupt, random_affine
from lipflap.training.data.dataset import MARGIN_PX, ClipRecord, PreparedSet, sound_window
from lipflap.training.recipe import Recipe

FRAMES = CLIP_TICKS
FARTHEST_IDENTITY = 5
NEAREST_WRONG, FARTHEST_WRONG = 5, 15


@dataclass(frozen=True, slots=True)
class Batch:
    """S sequences of 5 frames; B = 5 S samples, a sequence after the other, the swapped first.

    true    [B, 3, 64, 96] in -1..1, what was filmed
    told    condition of each frame
    before  condition of the frame before each, as a chain begins: its own previous unknown
    wrong   [S, 80, 32] log-mel that the middle frame must not seem to say: the sentence that was
            filmed in a swapped sequence, another moment of its own in the rest
    """

    true: Tensor
    told: Condition
    before: Condition
    wrong: Tensor

    def to(self, device: torch.device) -> Self:
        return type(self)(*(getattr(self, f.name).to(device) for f in fields(self)))


def make_batch(
    footage: PreparedSet, clips: list[ClipRecord], recipe: Recipe, step: int, rank: int = 0
) -> Batch:
    """All is a function of the seed, the step and the rank."""
    rng = np.random.default_rng((recipe.seed, step, rank))
    mask = work_mask(wide=rng.random() < recipe.wide)
    weights = np.array([clip.frame_count * clip.weight for clip in clips])
    picked = rng.choice(len(clips), (2, recipe.sequences), p=weights / weights.sum())
    rows, sounds, earlier, wrong = [], [], [], []
    for number, (own, other) in enumerate(picked.T):
        clip, numbers = clips[own], _sequence(clips[own], rng)
        rows.append(_frames(footage, clip, numbers, recipe, rng))
        if number < recipe.swapped:
            said, heard, elsewhere = (
                clips[other],
                _sequence(clips[other], rng),
                numbers[FRAMES // 2],
            )
        else:
            said, heard, elsewhere = clip, numbers, _elsewhere(clip, numbers[FRAMES // 2], rng)
        sounds.append(augment_audio(_power(footage, said, heard), rng))
        earlier.append(to_log(_power(footage, said, heard - 1)))
        wrong.append(to_log(sound_window(footage, clip, elsewhere)))
    filmed = torch.from_numpy(np.stack(rows, 1)).permute(0, 1, 4, 2, 3).float() / 255
    filmed = color_jitter(filmed, recipe.colour, rng)
    true, before, other_mouth = (_samples(part) for part in filmed[:-1].split(FRAMES))
    face = random_affine(filmed[-1], recipe.pose, rng)
    identity = face.repeat_interleave(FRAMES, 0)
    told = Condition(
        plate=true,
        mask=mask,
        previous=corrupt(before, other_mouth, mask, recipe.spoil_previous, rng),
        previous_known=_known(len(true), recipe, rng),
        identity=identity,
        sound=torch.from_numpy(np.concatenate(sounds)),
    )
    start_of_chain = Condition(
        before,
        mask,
        before,
        torch.zeros(len(true)),
        identity,
        torch.from_numpy(np.concatenate(earlier)),
    )
    return Batch(true, told, start_of_chain, torch.from_numpy(np.stack(wrong)))


def _known(count: int, recipe: Recipe, rng: np.random.Generator) -> Tensor:
    """[B], alike in each sequence: a chain, or the frame-wise mode."""
    hidden = rng.random(count // FRAMES) < recipe.hide_previous
    return torch.from_numpy(np.repeat(1 - hidden.astype(np.float32), FRAMES))


def _samples(sequences: Tensor) -> Tensor:
    """[5, S, ...] as [5 S, ...], a sequence after the other."""
    return sequences.transpose(0, 1).flatten(0, 1).contiguous()


def _sequence(clip: ClipRecord, rng: np.random.Generator) -> NDArray[np.int64]:
    """Numbers [5] of frames of a clip, each with one before it, a tick of 25 a second apart."""
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
    """[16, 64, 96, 3]: these five, the ones before them, five near those, the identity."""
    near = numbers - 1 + rng.integers(-4, 5, FRAMES)
    far = [k for k in range(clip.frame_count) if abs(k - numbers).min() > FARTHEST_IDENTITY]
    all_of_them = [*numbers, *(numbers - 1), *near, rng.choice(far or [0])]
    reach = min(recipe.shift_px, MARGIN_PX)
    place = np.array([rng.normal(0, reach / 2), rng.normal(0, reach / 3)]).round().astype(int)
    wander = [0] * 2 * FRAMES + [1] * FRAMES + [2]
    rows = []
    for number, far_px in zip(all_of_them, wander, strict=True):
        y, x = np.clip(place + rng.integers(-far_px, far_px + 1, 2), -reach, reach) + MARGIN_PX
        kept = footage.frames[clip.first_frame + min(max(0, number), clip.frame_count - 1)]
        rows.append(kept[y : y + WORK.bottom - WORK.top, x : x + WORK.right - WORK.left])
    turned = np.stack(rows)
    return turned[:, :, ::-1] if rng.random() < 0.5 else turned


def _elsewhere(clip: ClipRecord, frame: int, rng: np.random.Generator) -> int:
    """Another frame of the clip, near enough that only exact sync tells them apart."""
    away = int(rng.integers(NEAREST_WRONG, FARTHEST_WRONG + 1)) * int(rng.choice([-1, 1]))
    return frame + away if 0 <= frame + away < clip.frame_count else frame - away
