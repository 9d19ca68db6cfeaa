"""What a mouth model does on sentences it never saw, against the truth and against baselines.

The model walks frame by frame from its own previous frames, as it does at work. All sentences
walk in lockstep.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.diffusion.sampler import Guidance, paint
from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.detect import Search
from lipflap.core.face.matte import WORK
from lipflap.core.face.points import opening
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound
from lipflap.core.mouth_walk import work_mask
from lipflap.core.voice.features import log_mel
from lipflap.core.voice.window import window
from lipflap.training.prepare import see

WHOLE_CROP = np.array([0.0, 5.0, 128.0, 133.0])


@dataclass(frozen=True, slots=True)
class Sentences:
    """N sentences of T frames.

    crops  [N, T, 128, 128, 3] uint8
    sound  [N, T, 80, 32]
    """

    crops: NDArray[np.uint8]
    sound: NDArray[np.float32]

    def work(self) -> Tensor:
        """The work rectangles [N, T, 3, 64, 96] in -1..1."""
        pictures = torch.from_numpy(self.crops).permute(0, 1, 4, 2, 3).float() / 127.5 - 1
        rectangles: Tensor = WORK.of(pictures).contiguous()
        return rectangles


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; correlations are means over sentences of that of mouth openings.

    psnr_db             in the mask, painted against true
    first_frame_psnr_db the same for the first frame's mouth repeated
    own                 own sound: painted with true
    shuffled            own sound: painted with another sentence's truth
    cross               another sentence's sound: painted with that sentence's truth
    leak                another sentence's sound: painted with its own original mouth
    two_truths          one sentence's truth with another's: what chance gives
    sharpness           mean absolute gradient, painted / true
    reach               standard deviation of openings, painted / true
    """

    psnr_db: float
    first_frame_psnr_db: float
    own: float
    shuffled: float
    cross: float
    leak: float
    two_truths: float
    sharpness: float
    reach: float


def sentences(paths: Sequence[Path], searches: Sequence[Search], points_in: PointsIn) -> Sentences:
    """All cut to the shortest. Raises DubError as `prepare.see` does."""
    crops, sounds = [], []
    for path in paths:
        seen = see(path, searches, points_in)
        matrices = crop_from_plate(seen.points)
        crops.append([to_crop(p, m) for p, m in zip(seen.plates, matrices, strict=True)])
        told = probe_sound(str(path))
        mono = samples(str(path), 0, told.sample_count).mean(0)
        mel = log_mel(mono, told.sample_rate_hz)
        sounds.append([window(mel, frame, seen.rate) for frame in range(len(seen.plates))])
    shortest = min(len(film) for film in crops)
    return Sentences(
        np.stack([film[:shortest] for film in crops]),
        np.stack([sound[:shortest] for sound in sounds]),
    )


def walk(
    network: MouthNetwork,
    work: Tensor,
    sound: NDArray[np.float32],
    steps: int,
    guidance: Guidance | None = None,
) -> Tensor:
    """Painted work rectangles [N, T, 3, 64, 96]; the first frame is painted like the others."""
    count, frames = work.shape[:2]
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, *work.shape[2:], generator=generator).expand(count, -1, -1, -1)
    previous, known, painted = work[:, 0], torch.zeros(count), []
    for frame in range(frames):
        heard = torch.from_numpy(sound[:, frame])
        told = Condition(work[:, frame], work_mask(), previous, known, work[:, 0], heard)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            previous = paint(network, told, noise, steps, guidance).float()
        known = torch.ones(count)
        painted.append(previous)
    return torch.stack(painted, 1)


def measure(
    network: MouthNetwork,
    of: Sentences,
    steps: int,
    points_in: PointsIn,
    guidance: Guidance | None = None,
) -> Figures:
    work, other = of.work(), np.roll(of.sound, 1, 0)
    own = walk(network, work, of.sound, steps, guidance)
    true = openings(of.crops, work, points_in)
    own_openings = openings(of.crops, own, points_in)
    crossed = walk(network, work, other, steps, guidance)
    cross_openings = openings(of.crops, crossed, points_in)
    elsewhere = np.roll(true, 1, 0)
    return Figures(
        psnr_db=psnr_db(own, work),
        first_frame_psnr_db=psnr_db(work[:, :1].expand_as(work), work),
        own=correlation(own_openings, true),
        shuffled=correlation(own_openings, elsewhere),
        cross=correlation(cross_openings, elsewhere),
        leak=correlation(cross_openings, true),
        two_truths=correlation(true, elsewhere),
        sharpness=_gradient(own) / _gradient(work),
        reach=float(own_openings.std(1).mean() / true.std(1).mean()),
    )


def openings(crops: NDArray[np.uint8], work: Tensor, points_in: PointsIn) -> NDArray[np.float64]:
    """Mouth openings [N, T] of crops with these work rectangles in place of their own."""
    pasted = crops.copy()
    pixels = ((work + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 1, 3, 4, 2).numpy()
    pasted[:, :, WORK.top : WORK.bottom, WORK.left : WORK.right] = pixels
    rows = np.zeros(crops.shape[:2])
    for number, film in enumerate(pasted):
        points, _ = points_in(film[0], WHOLE_CROP)
        for frame, crop in enumerate(film):
            points, _ = points_in(crop, points)
            rows[number, frame] = opening(points)
    return rows


def psnr_db(painted: Tensor, true: Tensor) -> float:
    """Mean over sentences [N, T, 3, H, W] of the peak signal-to-noise ratio in the mask."""
    mask = work_mask()
    squared = (((painted - true) / 2) ** 2 * mask).sum((1, 2, 3, 4))
    samples_counted = mask.sum() * painted.shape[1] * painted.shape[2]
    return float((-10 * torch.log10(squared / samples_counted)).mean())


def correlation(one: NDArray, other: NDArray) -> float:
    pairs = zip(one, other, strict=True)
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs]))


def _gradient(work: Tensor) -> float:
    mask = work_mask()[:, 1:]
    return float(((work[..., 1:] - work[..., :-1]).abs() * mask).mean())


def as_text(figures: Figures) -> str:
    return "\n".join(f"{name:20} {value:8.3f}" for name, value in asdict(figures).items())
