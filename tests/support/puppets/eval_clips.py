"""Sentences of a drawn talker, and evaluators that know only what pixels and sounds show.

A moment is a number in 0..1. It is written into a corner of the picture of its frame, and it is
the level of the sound of that frame, so that the stand-in sync scorer finds which belong together.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, draw, puppet_points
from torch import Tensor

from lipflap.core.face.align import CROP_PX
from lipflap.core.face.matte import WORK
from lipflap.core.voice.log_mel import HOPS, MELS
from lipflap.training.data.validation import EvalClips
from lipflap.training.evaluation.observe import Evaluators
from lipflap.training.evaluation.sync_scorer import SyncScorer

CORNER_PX = 4
CHEEK = (slice(100, 110), slice(24, 34))  # skin that is never quite still


def crop(opening: float, moment: float) -> NDArray[np.uint8]:
    """A face with its lips `opening` eye distances apart, at a moment."""
    picture = draw([Puppet(64, 34, 40, opening)], CROP_PX, CROP_PX)
    rows, columns = (slice(end - CORNER_PX, end) for end in (WORK.bottom, WORK.right))
    picture[rows, columns] = round(255 * moment)
    picture[CHEEK] = round(120 + 40 * moment)
    return picture


def sound_of(moments: NDArray) -> NDArray[np.float32]:
    """Sound [..., 80, 32] of moments [...]."""
    return np.broadcast_to(moments[..., None, None], (*moments.shape, MELS, HOPS)).astype(
        np.float32
    )


def make_eval_clips(openings: NDArray, seed: int = 1, **more: object) -> EvalClips:
    """Sentences with these openings [N, T], each frame a moment of its own."""
    moments = np.random.default_rng(seed).random(openings.shape)
    crops = [
        [crop(o, m) for o, m in zip(*row, strict=True)]
        for row in zip(openings, moments, strict=True)
    ]
    names = tuple(f"sentence {number}" for number in range(len(openings)))
    return EvalClips(names, np.array(crops), sound_of(moments), **more)  # type: ignore[arg-type]


def make_evaluators() -> Evaluators:
    """Evaluators that read drawn faces and moments."""
    return Evaluators(puppet_points, SyncScorer(_embed_video, _embed_audio))


def _embed_video(clips: Tensor) -> Tensor:
    corner = clips[:, clips.shape[1] // 2, :, -CORNER_PX:, -CORNER_PX:].mean((1, 2, 3))
    return _embedding((corner + 1) / 2)


def _embed_audio(sound: Tensor) -> Tensor:
    return _embedding(sound.mean((1, 2)))


def _embedding(moments: Tensor) -> Tensor:
    """Unit vectors [B, 128] that are alike only when moments are nearly the same."""
    phase = moments[:, None] * torch.arange(1, 65) * torch.pi
    return torch.cat([phase.sin(), phase.cos()], 1) / 8
