"""Train core.voice.sync: which sound belongs to which lips.

A batch is a few seconds each of several clips; each look must find its own sound among all
sounds of the batch, those of the same clip a frame earlier and later included, and the reverse
(InfoNCE, van den Oord et al. 2018, arXiv:1807.03748).
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

from lipflap.core.analysis.sync_scorer import frame_at
from lipflap.core.device import best_device, fast_precision
from lipflap.core.errors import DubError
from lipflap.core.face.matte import WORK
from lipflap.core.voice.log_mel import to_log
from lipflap.core.voice.syncnet import (
    CLIP_TICKS,
    KIND,
    TICKS_A_SECOND,
    Agreement,
    SyncNetwork,
    agreement,
)
from lipflap.training.data.augment import augment_audio, color_jitter
from lipflap.training.data.dataset import MARGIN_PX, ClipRecord, PreparedSet, sound_window
from lipflap.training.fit import fit, save_weights
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
        clips, sound = batch
        with fast_precision(device):
            return contrast(network, clips.to(device), sound.to(device))

    return fit(network, prefetch(batches(footage, recipe)), loss_of, recipe).cpu()


def contrast(network: SyncNetwork, looks: Tensor, sound: Tensor) -> Tensor:
    """Cross entropy of looks [B, 5, 3, H, W] finding their sounds [B, 80, 32], and the reverse."""
    scores = network.embed_video(looks) @ network.embed_audio(sound).T * network.logit_scale.exp()
    right = torch.arange(len(scores), device=scores.device)
    found = functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)
    return found / 2


def batches(footage: PreparedSet, recipe: SyncRecipe) -> Iterator[tuple[Tensor, Tensor]]:
    """Looks [B, 5, 3, 64, 96] in -1..1 and log-mel [B, 80, 32], tick by tick of each clip.

    Raises DubError when too few clips are long enough.
    """
    rng = np.random.default_rng((recipe.seed, 77))
    count = recipe.ticks + 2 * REACH
    of_this_half = footage.split(validates=False)[recipe.half :: 2]
    clips = [clip for clip in of_this_half if len(shown_at_ticks(clip)) >= count]
    if len(clips) < recipe.clips:
        raise DubError(
            f"has {len(clips)} clips of {count / TICKS_A_SECOND:.1f} s in this half;"
            f" a batch takes {recipe.clips}.",
            where="the set",
            fix="Prepare more footage, or lower `clips` or `ticks` in the recipe.",
        )
    while True:
        picked = rng.choice(len(clips), recipe.clips, replace=False)
        stretches = [_stretch(footage, clips[number], recipe, rng) for number in picked]
        looks, sounds = zip(*stretches, strict=True)
        yield torch.cat(looks), torch.cat(sounds)


def shown_at_ticks(clip: ClipRecord) -> NDArray[np.int64]:
    """Numbers of the frames that a clip shows at the middle of each tick."""
    ticks = range(int(clip.frame_count * TICKS_A_SECOND / clip.rate))
    return np.array([frame_at(tick, clip.rate) for tick in ticks], np.int64)


def _stretch(
    footage: PreparedSet, clip: ClipRecord, recipe: SyncRecipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    shown = shown_at_ticks(clip)
    start = int(rng.integers(0, len(shown) - recipe.ticks - 2 * REACH + 1))
    shown = shown[start : start + recipe.ticks + 2 * REACH]
    kept = cut_mouths(footage, clip, shown, rng.integers(-MARGIN_PX, MARGIN_PX + 1, 2))
    kept = kept[:, :, ::-1] if rng.random() < 0.5 else kept
    pictures = torch.from_numpy(np.ascontiguousarray(kept)).permute(0, 3, 1, 2).float() / 255
    pictures = color_jitter(pictures[:, None], recipe.colour, rng)[:, 0]
    grain = rng.uniform(0, recipe.grain) * rng.standard_normal(pictures.shape, np.float32)
    power = np.stack([sound_window(footage, clip, int(frame)) for frame in shown[REACH:-REACH]])
    looks = looks_of(pictures + torch.from_numpy(grain.astype(np.float32)))
    return looks, torch.from_numpy(augment_audio(power, rng))


def cut_mouths(
    footage: PreparedSet, clip: ClipRecord, numbers: NDArray[np.int64], moved_px: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Work rectangles [N, 64, 96, 3] of frames of a clip, moved by rows and columns."""
    y, x = MARGIN_PX + moved_px
    kept = footage.frames[clip.first_frame + numbers]
    return kept[:, y : y + WORK.bottom - WORK.top, x : x + WORK.right - WORK.left]


def looks_of(mouths: Tensor) -> Tensor:
    """Mouths [T, 3, H, W] as looks [T - 4, 5, 3, H, W], each about its middle frame."""
    return mouths.unfold(0, CLIP_TICKS, 1).permute(0, 4, 1, 2, 3)


def judge(
    network: SyncNetwork, mouths: Tensor, sound: NDArray[np.float32], late: int = 0
) -> Agreement | None:
    """Agreement of mouths [T, 3, 64, 96] with sound windows [T, 80, 32], made `late` by ticks."""
    with torch.inference_mode():
        seen = network.embed_video(looks_of(mouths))
        heard = network.embed_audio(torch.from_numpy(sound[REACH : len(sound) - REACH]))
    if late:
        seen, heard = (seen[:-late], heard[late:]) if late > 0 else (seen[-late:], heard[:late])
    return agreement(seen, heard)


def validate(
    network: SyncNetwork, footage: PreparedSet, shifts: Sequence[int]
) -> dict[int, list[int]]:
    """Offsets found in the validating clips at each shift, in ticks, that was made."""
    found: dict[int, list[int]] = {shift: [] for shift in shifts}
    for clip in footage.split(validates=True):
        shown = shown_at_ticks(clip)
        kept = cut_mouths(footage, clip, shown, np.zeros(2, np.int64))
        mouths = torch.from_numpy(kept.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
        sound = np.stack([to_log(sound_window(footage, clip, int(frame))) for frame in shown])
        for shift in shifts:
            heard = judge(network, mouths, sound, shift)
            if heard is not None:
                found[shift].append(heard.offset_ticks)
    return found


def save(network: SyncNetwork, recipe: SyncRecipe, path: Path) -> None:
    """Write a sync network, its recipe beside its weights, in half precision. Raises DubError."""
    weights = {name: value.half() for name, value in network.state_dict().items()}
    save_weights(weights, path, {"kind": KIND, "recipe": json.dumps(asdict(recipe))})
