"""A judge of drawn faces: lips far apart say loud sounds, whoever's they are."""

import numpy as np
import torch
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, points_of
from support.puppets.puppet_shot import HZ
from torch import Tensor

from lipflap.core.motion.lip_shape import LATENTS, LipBasis, relative_shapes
from lipflap.core.motion.lip_sync import EMBEDDING, LipSync
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND


def puppet_judge() -> LipSync:
    """Return a judge that hears how loud a tick is, and sees how far lips are apart."""
    return LipSync(_basis(), lambda said: circle(said[:, 0]), _embed_sound)


def circle(level: Tensor) -> Tensor:
    """Levels [T], in units of their own spread, as unit vectors [T, 64]: nearer the more alike."""
    angle = level.float().clamp(-2, 2) * 0.75
    rows = torch.zeros(len(level), EMBEDDING)
    rows[:, 0], rows[:, 1] = torch.cos(angle), torch.sin(angle)
    return rows


def standard(levels: NDArray) -> Tensor:
    """Levels [T] about their mean, in units of their spread."""
    return torch.from_numpy((levels - levels.mean()) / max(float(levels.std()), 1e-6))


def _basis() -> LipBasis:
    closed, open_ = (relative_shapes(points_of(Puppet(64, 45, 40, o))[None]) for o in (0.0, 0.3))
    components = np.zeros((LATENTS, closed.size))
    components[0] = (open_ - closed).ravel() / np.linalg.norm(open_ - closed)
    return LipBasis(components, np.ones(LATENTS))


def _embed_sound(mono: NDArray[np.float32]) -> Tensor:
    size = HZ // TICKS_A_SECOND
    ticks = mono[: len(mono) // size * size].reshape(-1, size)
    loud = np.sqrt((ticks**2).mean(1))
    heard = loud[loud > 0]
    return circle(torch.from_numpy((loud - heard.mean()) / max(float(heard.std()), 1e-6)))
