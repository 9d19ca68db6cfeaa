"""Rollouts: sentences painted from end to end, all in lockstep, as a dub paints them."""

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
    """Steps, guidance and sampler a network paints with.

    steps      evaluations a frame; twice as many with guidance
    framewise  each frame without the one before it
    """

    steps: int = 1
    guidance: Guidance | None = None
    framewise: bool = False
    sampler: Sampler = sample_dpm_solver

    @property
    def evaluations(self) -> int:
        """Evaluations of the network a frame."""
        return self.steps * (2 if self.guidance else 1)


@dataclass(frozen=True, slots=True)
class Generator:
    """A network, its sampling, and the mask [64, 96] it repaints."""

    network: MouthNetwork
    config: SamplingConfig
    mask: Tensor = field(default_factory=work_mask)


def roll_out(generator: Generator, mouths: Film, sound: NDArray[np.float32]) -> Film:
    """Paint work rectangles `mouths` [N, T, 64, 96, 3] to sound [N, T, 80, 32].

    The first frame is the identity frame, and is painted like the others.
    """
    device = next(generator.network.parameters()).device
    identity = to_tensor(mouths[:, 0]).to(device)
    noise = fixed_noise(0).expand(len(mouths), -1, -1, -1).to(device)
    mask = generator.mask.to(device)
    previous, painted = None, np.empty_like(mouths)
    for frame in range(mouths.shape[1]):
        plate = to_tensor(mouths[:, frame]).to(device)
        follows = previous is not None and not generator.config.framewise
        known = torch.full((len(plate),), float(follows), device=device)
        frame_sound = torch.from_numpy(sound[:, frame]).to(device)
        before = previous if previous is not None and follows else plate
        condition = Condition(plate, mask, before, known, identity, frame_sound)
        previous = paint_frame(generator, condition, noise)
        painted[:, frame] = to_pixels(previous)
    return painted


def paint_frame(generator: Generator, condition: Condition, noise: Tensor) -> Tensor:
    """Paint mouths [B, 3, H, W], in the precision this device is fast at."""
    config = generator.config
    with torch.inference_mode(), fast_precision(noise.device):
        mouths = paint(
            generator.network, condition, noise, config.steps, config.guidance, config.sampler
        )
    return mouths.float()


def to_tensor(mouths: Film) -> Tensor:
    """Turn pictures [..., H, W, 3] of 8 bits into [..., 3, H, W] in -1..1."""
    return torch.from_numpy(mouths).movedim(-1, -3).float() / 127.5 - 1


def to_pixels(pictures: Tensor) -> Film:
    """Turn pictures [..., 3, H, W] in -1..1 into [..., H, W, 3] of 8 bits."""
    levels = ((pictures + 1) * 127.5).round().clamp(0, 255).byte()
    return levels.movedim(-3, -1).cpu().numpy()


@dataclass(frozen=True, slots=True)
class LongRollout:
    """Sentences painted at the start and at the end of a rollout of more than LONG_FRAMES.

    true, first, last  [N, T, 64, 96, 3]
    """

    true: Film
    first: Film
    last: Film


LONG_FRAMES = 1500


def roll_out_long(generator: Generator, mouths: Film, sound: NDArray[np.float32]) -> LongRollout:
    """Paint plates forth and back, again and again, with other sentences heard in between.

        plates   >>>>> <<<<< >>>>> <<<<<  ...  >>>>>
        sound    own   other own   other       own
                 first                         last

    Plates and sound are the same in `first` and `last`, so what differs is what 1500 frames did.
    """
    frames = mouths.shape[1]
    turns = -(-LONG_FRAMES // (2 * frames))
    forth_and_back = np.concatenate([mouths, mouths[:, ::-1]], 1)
    sounds = np.concatenate([sound, mismatched(sound)], 1)
    plates = np.concatenate([forth_and_back] * turns + [mouths], 1)
    heard = np.concatenate([sounds] * turns + [sound], 1)
    painted = roll_out(generator, plates, heard)
    return LongRollout(mouths, painted[:, :frames], painted[:, -frames:])
