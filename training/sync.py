"""Train training.mouth.sync_network: which sound belongs to which lips.

A batch is a few seconds each of several clips; each mouth clip (five frames) must find its own
sound among all sounds of the batch, those of the same clip a frame earlier and later included,
and the reverse (InfoNCE, van den Oord et al. 2018, arXiv:1807.03748).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lipflap.core.device import best_device, fast_precision
from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK
from lipflap.core.voice.log_mel import to_log
from lipflap.training.data.augment import augment_audio, color_jitter
from lipflap.training.data.dataset import MARGIN_PX, ClipRecord, PreparedSet, sound_window
from lipflap.training.evaluation.sync_scorer import frame_at
from lipflap.training.fit import fit, save_weights
from lipflap.training.mouth.sync_network import (
    CLIP_TICKS,
    KIND,
    TICKS_A_SECOND,
    Agreement,
    SyncNetwork,
    agreement,
)
from lipflap.training.prefetch import prefetch

REACH = CLIP_TICKS // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRecipe:
    """Every number of a run.

    half  train on even or odd clips only (0, 1), so that two networks share no sentence
    """

    steps: int = 2500
    clips: int = 10
    ticks: int = 24
    learning_rate: float = 1.5e-3
    average: float = 0.998
    colour: float = 0.2
    grain: float = 0.06
    half: int = 0
    seed: int = 1


def train(footage: PreparedSet, recipe: SyncRecipe) -> SyncNetwork:
    """Train a new sync network; return its averaged weights, on the CPU."""
    torch.manual_seed(recipe.seed)
    device = best_device()
    network = SyncNetwork().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def loss_of(network: SyncNetwork, batch: tuple[Tensor, Tensor]) -> Tensor:
        mouths, sound = batch
        with fast_precision(device):
            return contrastive_loss(network, mouths.to(device), sound.to(device))

    return fit(network, prefetch(draw_batches(footage, recipe)), loss_of, recipe).cpu()


def contrastive_loss(network: SyncNetwork, mouths: Tensor, sound: Tensor) -> Tensor:
    """Return the cross entropy of mouth clips [B, 5, 3, H, W] finding their sounds [B, 80, 32].

    And the reverse: the mean of both.
    """
    scores = network.embed_video(mouths) @ network.embed_audio(sound).T * network.logit_scale.exp()
    right = torch.arange(len(scores), device=scores.device)
    loss = functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)
    return loss / 2


def draw_batches(footage: PreparedSet, recipe: SyncRecipe) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw mouth clips [B, 5, 3, 64, 96] in -1..1 and log-mel [B, 80, 32], tick by tick.

    Raises DubError when too few clips are long enough.
    """
    rng = np.random.default_rng((recipe.seed, 77))
    count = recipe.ticks + 2 * REACH
    half = footage.split(validates=False)[recipe.half :: 2]
    clips = [clip for clip in half if len(frames_at_ticks(clip)) >= count]
    if len(clips) < recipe.clips:
        raise DubError(
            f"has {len(clips)} clips of {count / TICKS_A_SECOND:.1f} s in this half;"
            f" a batch takes {recipe.clips}.",
            where="the set",
            fix="Prepare more footage, or lower `clips` or `ticks` in the recipe.",
        )
    while True:
        picked = rng.choice(len(clips), recipe.clips, replace=False)
        excerpts = [_draw_excerpt(footage, clips[number], recipe, rng) for number in picked]
        mouths, sounds = zip(*excerpts, strict=True)
        yield torch.cat(mouths), torch.cat(sounds)


def frames_at_ticks(clip: ClipRecord) -> NDArray[np.int64]:
    """Return the numbers of the frames that a clip shows at the middle of each tick."""
    ticks = range(int(clip.frame_count * TICKS_A_SECOND / clip.rate))
    return np.array([frame_at(tick, clip.rate) for tick in ticks], np.int64)


def _draw_excerpt(
    footage: PreparedSet, clip: ClipRecord, recipe: SyncRecipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    numbers = frames_at_ticks(clip)
    start = int(rng.integers(0, len(numbers) - recipe.ticks - 2 * REACH + 1))
    numbers = numbers[start : start + recipe.ticks + 2 * REACH]
    kept = cut_mouths(footage, clip, numbers, rng.integers(-MARGIN_PX, MARGIN_PX + 1, 2))
    kept = kept[:, :, ::-1] if rng.random() < 0.5 else kept
    pictures = torch.from_numpy(np.ascontiguousarray(kept)).permute(0, 3, 1, 2).float() / 255
    pictures = color_jitter(pictures[:, None], recipe.colour, rng)[:, 0]
    grain = rng.uniform(0, recipe.grain) * rng.standard_normal(pictures.shape, np.float32)
    power = np.stack([sound_window(footage, clip, int(frame)) for frame in numbers[REACH:-REACH]])
    mouths = to_mouth_clips(pictures + torch.from_numpy(grain.astype(np.float32)))
    return mouths, torch.from_numpy(augment_audio(power, rng))


def cut_mouths(
    footage: PreparedSet, clip: ClipRecord, numbers: NDArray[np.int64], shift_px: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Cut the work rectangles [N, 64, 96, 3] of frames of a clip, shifted by rows and columns."""
    y, x = MARGIN_PX + shift_px
    kept = footage.frames[clip.first_frame + numbers]
    return kept[:, y : y + WORK.bottom - WORK.top, x : x + WORK.right - WORK.left]


def to_mouth_clips(mouths: Tensor) -> Tensor:
    """Turn mouths [T, 3, H, W] into clips [T - 4, 5, 3, H, W], each about its middle frame."""
    return mouths.unfold(0, CLIP_TICKS, 1).permute(0, 4, 1, 2, 3)


def measure_sync(
    network: SyncNetwork, mouths: Tensor, sound: NDArray[np.float32], late: int = 0
) -> Agreement | None:
    """Measure sync of mouths [T, 3, 64, 96] and sound [T, 80, 32], made `late` by ticks."""
    with torch.inference_mode():
        video = network.embed_video(to_mouth_clips(mouths))
        audio = network.embed_audio(torch.from_numpy(sound[REACH : len(sound) - REACH]))
    if late:
        video, audio = (video[:-late], audio[late:]) if late > 0 else (video[-late:], audio[:late])
    return agreement(video, audio)


def validate(
    network: SyncNetwork, footage: PreparedSet, shifts: Sequence[int]
) -> dict[int, list[int]]:
    """Return the offsets measured in the validating clips, at each shift made, in ticks."""
    offsets: dict[int, list[int]] = {shift: [] for shift in shifts}
    for clip in footage.split(validates=True):
        numbers = frames_at_ticks(clip)
        kept = cut_mouths(footage, clip, numbers, np.zeros(2, np.int64))
        mouths = torch.from_numpy(kept.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
        sound = np.stack([to_log(sound_window(footage, clip, int(frame))) for frame in numbers])
        for shift in shifts:
            sync = measure_sync(network, mouths, sound, shift)
            if sync is not None:
                offsets[shift].append(sync.offset_ticks)
    return offsets


def save(network: SyncNetwork, recipe: SyncRecipe, path: Path) -> None:
    """Write a sync network, its recipe beside its weights, in half precision. Raises DubError."""
    weights = {name: value.half() for name, value in network.state_dict().items()}
    save_weights(weights, path, {"kind": KIND, "recipe": json.dumps(asdict(recipe))})
