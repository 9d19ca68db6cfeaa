"""The networks of a shot, loaded from the settings of an order."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from lipflap.core.analysis.detectors import Detectors, load_detectors
from lipflap.core.device import batching_pays, best_device, fast_precision
from lipflap.core.diffusion import checkpoint, sampler
from lipflap.core.diffusion.condition import Condition, Paint
from lipflap.core.diffusion.correction import CorrectionNetwork
from lipflap.core.errors import DubError
from lipflap.core.model_files import LIP_MOTION, locate, sha256
from lipflap.core.motion.lip_motion import LipMotion, load_lip_motion
from lipflap.core.order import DubSettings, Mode
from lipflap.core.paint import batching
from lipflap.core.paint.batching import BATCH_SIZES, find_deterministic_batch_sizes, in_batches
from lipflap.core.paint.lockstep import Request
from lipflap.core.paint.mouth_correction import load_correction
from lipflap.core.paint.rollout import fixed_noise, work_mask
from lipflap.core.voice.log_mel import HOPS, MELS, SILENCE


def make_guidance(weight: float) -> sampler.Guidance | None:
    """Return guidance away from the silent mouth; None for 1, which needs no second evaluation."""
    return None if weight == 1 else sampler.Guidance(weight, SILENCE)


@dataclass(frozen=True, slots=True)
class Networks:
    """All networks that a shot needs, loaded once for any number of shots.

    paint       Condition and noise -> pictures with new mouths
    motion      how lips move with a sound; None to paint with the network alone
    correction  of mouths that are laid; None to leave them as they are
    """

    detectors: Detectors
    paint: Paint
    motion: LipMotion | None = None
    correction: CorrectionNetwork | None = None


def load_networks(settings: DubSettings, weights: Path | None = None) -> Networks:
    """Load the networks that the settings of an order name.

    weights  folder of the tracker's weights, if it is not its own cache

    Raises DubError when a model is missing, broken or not the one that was ordered.
    """
    motion = correction = None
    if settings.mode == Mode.REFERENCE:
        motion = load_lip_motion(_locate_ordered(LIP_MOTION, settings.lip_motion_sha256))
        correction = load_correction()
    detectors = load_detectors(settings.tracker, weights, motion.encoder if motion else None)
    return Networks(detectors, load_painter(settings), motion, correction)


def batched_across_shots(networks: Networks, request: Request) -> Networks:
    """Return the networks for one of several shots in lockstep."""
    return replace(networks, paint=batching.batched_across_shots(networks.paint, request))


def load_painter(settings: DubSettings) -> Paint:
    """Load the model of an order, with its steps and guidance, on the best device there is.

    The picture of a row does not depend on the rows it is painted with. Raises DubError when the
    model is missing, broken or not the one that was ordered.
    """
    path = _locate_ordered(settings.model, settings.model_sha256)
    device = best_device()
    network = checkpoint.load(path, device).network
    guidance = make_guidance(settings.guidance)

    def paint(condition: Condition, noise: Tensor) -> Tensor:
        with torch.inference_mode(), fast_precision(device):
            painted = sampler.paint(
                network, condition.to(device), noise.to(device), settings.steps, guidance
            )
        return painted.float().cpu()

    sizes = (
        find_deterministic_batch_sizes(paint, dummy_batch(max(BATCH_SIZES)))
        if batching_pays(device)
        else (1,)
    )
    return in_batches(paint, sizes)


def _locate_ordered(model: str, expected_sha256: str) -> Path:
    """Return the file of a model. Raises DubError when it is not the one that was ordered."""
    path = locate(model)
    if sha256(path) != expected_sha256:
        raise DubError(
            "is not the model this shot was ordered with; its hash differs.",
            where=str(path),
            fix="Order the shot again, or put the model it was ordered with in place.",
        )
    return path


def dummy_batch(rows: int) -> tuple[Condition, Tensor]:
    """Return a random condition and noise, for where only the arithmetic matters."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn((rows, *fixed_noise(0).shape[1:]), generator=generator)
    plate, previous, identity = (torch.rand(noise.shape, generator=generator) for _ in range(3))
    sound = torch.randn((rows, MELS, HOPS), generator=generator)
    known = torch.arange(rows) % 2.0
    return Condition(plate, work_mask(), previous, known, identity, sound), noise
