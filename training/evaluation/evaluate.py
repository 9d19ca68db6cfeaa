"""What mouth models do on sentences they never saw, against the truth and against baselines.

A model walks frame by frame from its own previous frames, as it does at work.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from lipflap.core.device import fast_precision
from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.sampler import Sampler, sample_ddim, sample_dpm_solver
from lipflap.core.paint.rollout import fixed_noise
from lipflap.core.voice.log_mel import HOPS, MELS, SILENCE
from lipflap.training.data.validation import EvalClips, mismatched
from lipflap.training.evaluation import table
from lipflap.training.evaluation.metrics import Metrics, Outputs, Speed, metrics
from lipflap.training.evaluation.observe import (
    Evaluators,
    GroundTruth,
    ground_truth,
    mismatched_truth,
    observe,
)
from lipflap.training.evaluation.rollout import Generator, paint_frame, roll_out, roll_out_long

log = logging.getLogger(__name__)

TRUTH, TRUTH_ELSEWHERE, STILL = "untouched", "another's truth", "frame 0 repeated"
SHUFFLED, FRAMEWISE = "sound of another", "frame by frame"
BASELINES = (TRUTH, TRUTH_ELSEWHERE, STILL, SHUFFLED)
LONG_SENTENCES = 2
STEPS_SENTENCES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What takes long and is measured on demand.

    drift  1500 frames of two sentences; about as long as all the rest
    steps  quality over evaluations, of four sentences and the first model; longer still
    speed  of eight shots in lockstep; true only on a machine that does nothing else
    """

    drift: bool = False
    steps: bool = False
    speed: bool = False


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """Figures with the own sound, of a sampler at so many evaluations a frame."""

    sampler: str
    evaluations: int
    figures: Metrics


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything measured, and the films it was measured on.

    columns  of the table, those of the models first
    shown    by column
    costs    quality over evaluations, of the first model
    """

    truth: GroundTruth
    columns: Mapping[str, Metrics]
    shown: Mapping[str, Outputs]
    costs: tuple[QualityPoint, ...] = ()

    def as_text(self) -> str:
        return table.as_text(self.columns)

    def as_markdown(self) -> str:
        return table.as_markdown(self.columns)


def compare(
    painters: Mapping[str, Generator],
    sentences: EvalClips,
    by: Evaluators,
    extras: Extras = Extras(),
) -> Evaluation:
    """Models side by side; the first of them also without the frame before and with wrong sound."""
    truth = ground_truth(sentences, by)
    shown = {name: perform(painter, truth, by, extras) for name, painter in painters.items()}
    first = next(iter(painters.values()))
    shown |= baselines(first, next(iter(shown.values())), truth, by)
    columns = {name: metrics(one, truth) for name, one in shown.items()}
    if not extras.steps:
        return Evaluation(truth, columns, shown)
    few = ground_truth(sentences.first(STEPS_SENTENCES), by)
    return Evaluation(truth, columns, shown, tuple(sweep(first, few, by)))


def perform(
    painter: Generator, truth: GroundTruth, by: Evaluators, extras: Extras = Extras()
) -> Outputs:
    """What a model shows with the own sound, another's, and silence."""
    mouths, sound, sentences = truth.seen.film, truth.sentences.sound, truth.sentences
    # Guidance leads away from the silent mouth: in silence there is nowhere to be led to.
    unled = replace(painter, quality=replace(painter.quality, guidance=None))
    log.info("painting %d sentences of %d frames", *mouths.shape[:2])
    own = observe(roll_out(painter, mouths, sound), sentences, by)
    cross = observe(roll_out(painter, mouths, mismatched(sound)), sentences, by)
    silent = observe(roll_out(unled, mouths, np.full_like(sound, SILENCE)), sentences, by)
    few = slice(LONG_SENTENCES)
    return Outputs(
        region=painter.mask.numpy() > 0,
        own=own,
        cross=cross,
        silent=silent,
        long=roll_out_long(painter, mouths[few], sound[few]) if extras.drift else None,
        speed=speed(painter) if extras.speed else None,
    )


def baselines(
    painter: Generator, performed: Outputs, truth: GroundTruth, by: Evaluators
) -> dict[str, Outputs]:
    """What the figures of a model are to be seen against.

    performed  what it showed
    """
    true, region = truth.seen, performed.region
    still = observe(np.repeat(true.film[:, :1], true.film.shape[1], 1), truth.sentences, by)
    shown = {
        TRUTH: Outputs(region=region, own=true, cross=true, silent=true),
        TRUTH_ELSEWHERE: Outputs(region=region, cross=mismatched_truth(truth, by)),
        STILL: Outputs(region=region, own=still, cross=still, silent=still),
        SHUFFLED: Outputs(region=region, own=performed.cross),
    }
    if not painter.quality.framewise:
        alone = replace(painter, quality=replace(painter.quality, framewise=True))
        shown[FRAMEWISE] = perform(alone, truth, by)
    return shown


SAMPLERS: dict[str, Sampler] = {"DDIM": sample_ddim, "DPM-Solver++": sample_dpm_solver}
STEPS = (25, 10, 8, 6, 4, 2, 1)


def sweep(painter: Generator, truth: GroundTruth, by: Evaluators) -> Iterator[QualityPoint]:
    """From many steps to one, for each sampler."""
    for name, sampler in SAMPLERS.items():
        for steps in STEPS:
            log.info("%s, %d steps a frame", name, steps)
            quality = replace(painter.quality, steps=steps, sampler=sampler)
            painted = roll_out(
                replace(painter, quality=quality), truth.seen.film, truth.sentences.sound
            )
            seen = observe(painted, truth.sentences, by)
            shown = Outputs(region=painter.mask.numpy() > 0, own=seen)
            yield QualityPoint(name, quality.evaluations, metrics(shown, truth))


SHOTS = 8
ROUNDS = 5
WAV2LIP_LAYERS, WAV2LIP_CHANNELS, WAV2LIP_PX = 12, 128, 48  # 8.2 GFLOP a frame


def speed(painter: Generator) -> Speed:
    """Measured on the device of the network; says nothing of a machine that does other work."""
    device = next(painter.network.parameters()).device
    noise = fixed_noise(0).expand(SHOTS, -1, -1, -1).to(device)
    picture, known = torch.zeros_like(noise), torch.ones(SHOTS, device=device)
    sound = torch.zeros(SHOTS, MELS, HOPS, device=device)
    told = Condition(picture, painter.mask.to(device), picture, known, picture, sound)
    paints = _seconds(lambda: paint_frame(painter, told, noise), device)
    passes = _seconds(_wav2lip_sized(device), device)
    return Speed(
        evaluations=painter.quality.evaluations,
        frames_a_second=SHOTS / paints,
        wav2lips=paints / passes,
    )


def _wav2lip_sized(device: torch.device) -> Callable[[], Tensor]:
    """Eight frames through convolutions that cost what Wav2Lip's do."""
    channels = WAV2LIP_CHANNELS
    layers = [
        nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(WAV2LIP_LAYERS)
    ]
    network = nn.Sequential(*layers).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    frames = torch.zeros(SHOTS, channels, WAV2LIP_PX, WAV2LIP_PX, device=device)
    frames = frames.contiguous(memory_format=torch.channels_last)

    def passed() -> Tensor:
        with torch.inference_mode(), fast_precision(device):
            done: Tensor = network(frames)
        return done

    return passed


def _seconds(work: Callable[[], Tensor], device: torch.device) -> float:
    """The shortest of some rounds, after one that warms up."""
    taken = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - start)
    return min(taken[1:])
