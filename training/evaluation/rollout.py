"""Sentences painted from end to end, all in lockstep, as a dub would paint them."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.device import fast_precision
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.diffusion.sampler import Guidance, Sampler, paint, sample_dpm_solver
from lipflap.core.paint.rollout import fixed_noise, work_mask
from lipflap.training.data.validation import Film, mismatched


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """How the network is asked.

    steps      evaluations a frame; twice as many with guidance
    framewise  each frame without the one before it
    """

    steps: int = 1
    guidance: Guidance | None = None
    framewise: bool = False
    sampler: Sampler = sample_dpm_solver

    @property
    def evaluations(self) -> int:
        return self.steps * (2 if self.guidance else 1)


@dataclass(frozen=True, slots=True)
class Generator:
    """A network, how it is asked, and the mask [64, 96] it was trained to repaint."""

    network: MouthNetwork
    quality: SamplingConfig
    mask: Tensor = field(default_factory=work_mask)


def roll_out(painter: Generator, mouths: Film, sound: NDArray[np.float32]) -> Film:
    """Painted work rectangles of `mouths` [N, T, 64, 96, 3] said with sound [N, T, 80, 32].

    The first frame shows who it is and is painted like the others.
    """
    device = next(painter.network.parameters()).device
    identity = to_tensor(mouths[:, 0]).to(device)
    noise = fixed_noise(0).expand(len(mouths), -1, -1, -1).to(device)
    mask = painter.mask.to(device)
    previous, painted = None, np.empty_like(mouths)
    for frame in range(mouths.shape[1]):
        plate = to_tensor(mouths[:, frame]).to(device)
        follows = previous is not None and not painter.quality.framewise
        known = torch.full((len(plate),), float(follows), device=device)
        heard = torch.from_numpy(sound[:, frame]).to(device)
        before = previous if previous is not None and follows else plate
        told = Condition(plate, mask, before, known, identity, heard)
        previous = paint_frame(painter, told, noise)
        painted[:, frame] = to_pixels(previous)
    return painted


def paint_frame(painter: Generator, told: Condition, noise: Tensor) -> Tensor:
    """Mouths [B, 3, H, W], in the precision this device is fast at."""
    asked = painter.quality
    with torch.inference_mode(), fast_precision(noise.device):
        made = paint(painter.network, told, noise, asked.steps, asked.guidance, asked.sampler)
    return made.float()


def to_tensor(mouths: Film) -> Tensor:
    """Pictures [..., H, W, 3] as [..., 3, H, W] in -1..1."""
    return torch.from_numpy(mouths).movedim(-1, -3).float() / 127.5 - 1


def to_pixels(pictures: Tensor) -> Film:
    """Pictures [..., 3, H, W] in -1..1 as [..., H, W, 3]."""
    whole = ((pictures + 1) * 127.5).round().clamp(0, 255).byte()
    return whole.movedim(-3, -1).cpu().numpy()


@dataclass(frozen=True, slots=True)
class LongRollout:
    """A sentence said at the start and at the end of a walk through more than LONG_FRAMES.

    true, first, last  [N, T, 64, 96, 3]
    """

    true: Film
    first: Film
    last: Film


LONG_FRAMES = 1500


def roll_out_long(painter: Generator, mouths: Film, sound: NDArray[np.float32]) -> LongRollout:
    """Plates forth and back, again and again, while other sentences are heard in between.

        plates   >>>>> <<<<< >>>>> <<<<<  ...  >>>>>
        sound    own   other own   other       own
                 first                         last

    Plates and sound are the same in `first` and `last`, so what differs is what 1500 frames did.
    """
    frames = mouths.shape[1]
    turns = -(-LONG_FRAMES // (2 * frames))
    there_and_back = np.concatenate([mouths, mouths[:, ::-1]], 1)
    said = np.concatenate([sound, mismatched(sound)], 1)
    plates = np.concatenate([there_and_back] * turns + [mouths], 1)
    heard = np.concatenate([said] * turns + [sound], 1)
    painted = roll_out(painter, plates, heard)
    return LongRollout(mouths, painted[:, :frames], painted[:, -frames:])
