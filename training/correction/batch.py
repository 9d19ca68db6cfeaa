"""Batches of laid mouths, each sample in a light, texture and size of its own."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lipflap.training.correction.laid_takes import LaidTake

COLOUR, LIGHT, COLOURFUL = 0.12, 0.2, 0.35  # spreads of the logarithms of gains
FIELD, GRAIN, OTHER_LIGHT = 0.15, 0.02, 0.02
SOFT, SMALL = 0.35, 0.3  # shares of samples
PROCESSOR = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class LaidBatch:
    """B frames: pictures [B, 3, 64, 96] in -1..1, and the matte [B, 1, 64, 96] of the mouth."""

    filmed: Tensor
    laid: Tensor
    matte: Tensor

    def to(self, device: torch.device) -> "LaidBatch":
        return LaidBatch(self.filmed.to(device), self.laid.to(device), self.matte.to(device))


@dataclass(frozen=True, slots=True)
class _Take:
    """A take in 8 bits on the device that trains: pictures [N, 64, 96, 3], matte [N, 64, 96]."""

    filmed: Tensor
    laid: Tensor
    matte: Tensor


def draw_batches(
    takes: Sequence[LaidTake], size: int, seed: int, device: torch.device = PROCESSOR
) -> Iterator[LaidBatch]:
    """Draw batches on a device without end; talkers of whom there is little count."""
    rng = np.random.default_rng(seed)
    frames: Counter[str] = Counter()
    for take in takes:
        frames[take.talker] += len(take.filmed)
    share = np.array([len(take.filmed) * frames[take.talker] ** -0.5 for take in takes])
    held = [
        _Take(*(torch.from_numpy(part).to(device) for part in (take.filmed, take.laid, take.matte)))
        for take in takes
    ]
    while True:
        chosen = [held[n] for n in rng.choice(len(takes), size, p=share / share.sum())]
        rows = [int(rng.integers(len(take.filmed))) for take in chosen]
        yield vary(_batch(chosen, rows))


def _batch(takes: Sequence[_Take], rows: Sequence[int]) -> LaidBatch:
    filmed, laid, matte = (
        torch.stack([getattr(take, name)[row] for take, row in zip(takes, rows, strict=True)])
        for name in ("filmed", "laid", "matte")
    )
    filmed, laid = (part.permute(0, 3, 1, 2) / 127.5 - 1 for part in (filmed, laid))
    return LaidBatch(filmed, laid, matte[:, None] / 255)


def vary(batch: LaidBatch) -> LaidBatch:
    """Vary light, texture and size, a sample's pictures alike: transport is to be learnt.

    Else one talker would teach his own teeth. Only what was laid is a little lighter or darker, as
    mouths of another shot are.
    """
    size = len(batch.matte)
    rand = partial(torch.rand, device=batch.matte.device)
    randn = partial(torch.randn, device=batch.matte.device)
    flip = rand(size) < 0.5
    colour = torch.exp(COLOUR * randn(size, 3, 1, 1) + LIGHT * randn(size, 1, 1, 1))
    gamma = torch.exp(0.25 * randn(size, 1, 1, 1))
    colourful = torch.exp(COLOURFUL * randn(size, 1, 1, 1))
    field = functional.interpolate(randn(size, 1, 2, 3), (64, 96), mode="bicubic")
    gain = colour * (1 + FIELD * field)
    soft, small = rand(size) < SOFT, rand(size) < SMALL
    grain = GRAIN * rand(size, 1, 1, 1) * (rand(size, 1, 1, 1) < 0.5)
    other_light = OTHER_LIGHT * randn(size, 3, 1, 1)

    def picture(x: Tensor, brighter: Tensor | float) -> Tensor:
        x = ((x + 1) / 2).clamp(1e-3, 1) ** gamma
        grey = x.mean(1, keepdim=True)
        x = (grey + colourful * (x - grey)) * gain * (1 + brighter)
        x = torch.where(soft[:, None, None, None], _softer(x), x)
        x = torch.where(small[:, None, None, None], _smaller(x), x)
        return _flipped((x + grain * torch.randn_like(x)) * 2 - 1, flip).clamp(-1, 1)

    return LaidBatch(
        picture(batch.filmed, 0),
        picture(batch.laid, batch.matte * other_light),
        _flipped(batch.matte, flip),
    )


def _softer(x: Tensor) -> Tensor:
    return functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _smaller(x: Tensor) -> Tensor:
    small = functional.interpolate(x, scale_factor=0.6, mode="bilinear", antialias=True)
    return functional.interpolate(small, x.shape[2:], mode="bicubic")


def _flipped(x: Tensor, flip: Tensor) -> Tensor:
    return torch.where(flip[:, None, None, None], x.flip(-1), x)
