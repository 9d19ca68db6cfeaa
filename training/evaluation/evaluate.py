"""Mouth models measured on sentences they never saw, against the truth and against baselines.

A model paints frame by frame from its own previous frames, as it does in a dub.
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
    """Measurements that take long and are made on demand.

    drift  a rollout of 1500 frames of two sentences; takes about as long as all the rest
    sweep  quality over evaluations, of four sentences and the first model; takes longer still
    speed  of eight shots in lockstep; right only on a machine that does nothing else
    """

    drift: bool = False
    sweep: bool = False
    speed: bool = False


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """Metrics with the own sound, of a sampler at so many evaluations a frame."""

    sampler: str
    evaluations: int
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The metrics of models and baselines, and the films they were measured on.

    columns         of the table, those of the models first
    outputs         by column
    quality_points  quality over evaluations, of the first model
    """

    truth: GroundTruth
    columns: Mapping[str, Metrics]
    outputs: Mapping[str, Outputs]
    quality_points: tuple[QualityPoint, ...] = ()

    def as_text(self) -> str:
        """Return the table in fixed-width columns."""
        return table.as_text(self.columns, table.ROWS)

    def as_markdown(self) -> str:
        """Return the table as Markdown."""
        return table.as_markdown(self.columns, table.ROWS)


def compare(
    generators: Mapping[str, Generator],
    sentences: EvalClips,
    evaluators: Evaluators,
    extras: Extras = Extras(),
) -> Evaluation:
    """Measure models side by side, and the baselines of the first of them."""
    truth = ground_truth(sentences, evaluators)
    outputs = {name: perform(g, truth, evaluators, extras) for name, g in generators.items()}
    first = next(iter(generators.values()))
    outputs |= baselines(first, next(iter(outputs.values())), truth, evaluators)
    columns = {name: metrics(output, truth) for name, output in outputs.items()}
    if not extras.sweep:
        return Evaluation(truth, columns, outputs)
    few = ground_truth(sentences.first(STEPS_SENTENCES), evaluators)
    return Evaluation(truth, columns, outputs, tuple(sweep(first, few, evaluators)))


def perform(
    generator: Generator, truth: GroundTruth, evaluators: Evaluators, extras: Extras = Extras()
) -> Outputs:
    """Paint the sentences to their own sound, another's and silence; measure the films."""
    mouths, sound, sentences = truth.observation.film, truth.sentences.sound, truth.sentences
    # Guidance leads away from the silent mouth, so silence itself is painted without it.
    unguided = replace(generator, config=replace(generator.config, guidance=None))
    log.info("painting %d sentences of %d frames", *mouths.shape[:2])
    own = observe(roll_out(generator, mouths, sound), sentences, evaluators)
    cross = observe(roll_out(generator, mouths, mismatched(sound)), sentences, evaluators)
    silent = observe(
        roll_out(unguided, mouths, np.full_like(sound, SILENCE)), sentences, evaluators
    )
    few = slice(LONG_SENTENCES)
    return Outputs(
        region=generator.mask.numpy() > 0,
        own=own,
        cross=cross,
        silent=silent,
        long=roll_out_long(generator, mouths[few], sound[few]) if extras.drift else None,
        speed=speed(generator) if extras.speed else None,
    )


def baselines(
    generator: Generator, painted: Outputs, truth: GroundTruth, evaluators: Evaluators
) -> dict[str, Outputs]:
    """Return the outputs of the baselines.

    painted  the model's own
    """
    true, region = truth.observation, painted.region
    still = observe(np.repeat(true.film[:, :1], true.film.shape[1], 1), truth.sentences, evaluators)
    outputs = {
        TRUTH: Outputs(region=region, own=true, cross=true, silent=true),
        TRUTH_ELSEWHERE: Outputs(region=region, cross=mismatched_truth(truth, evaluators)),
        STILL: Outputs(region=region, own=still, cross=still, silent=still),
        SHUFFLED: Outputs(region=region, own=painted.cross),
    }
    if not generator.config.framewise:
        framewise = replace(generator, config=replace(generator.config, framewise=True))
        outputs[FRAMEWISE] = perform(framewise, truth, evaluators)
    return outputs


SAMPLERS: dict[str, Sampler] = {"DDIM": sample_ddim, "DPM-Solver++": sample_dpm_solver}
STEPS = (25, 10, 8, 6, 4, 2, 1)


def sweep(
    generator: Generator, truth: GroundTruth, evaluators: Evaluators
) -> Iterator[QualityPoint]:
    """Measure each sampler at many steps down to one."""
    for name, sampler in SAMPLERS.items():
        for steps in STEPS:
            log.info("%s, %d steps a frame", name, steps)
            config = replace(generator.config, steps=steps, sampler=sampler)
            painted = roll_out(
                replace(generator, config=config), truth.observation.film, truth.sentences.sound
            )
            own = observe(painted, truth.sentences, evaluators)
            output = Outputs(region=generator.mask.numpy() > 0, own=own)
            yield QualityPoint(name, config.evaluations, metrics(output, truth))


SHOTS = 8
ROUNDS = 5
WAV2LIP_LAYERS, WAV2LIP_CHANNELS, WAV2LIP_PX = 12, 128, 48  # 8.2 GFLOP a frame


def speed(generator: Generator) -> Speed:
    """Measure the sampler's speed on the device of the network, eight shots in lockstep."""
    device = next(generator.network.parameters()).device
    noise = fixed_noise(0).expand(SHOTS, -1, -1, -1).to(device)
    picture, known = torch.zeros_like(noise), torch.ones(SHOTS, device=device)
    sound = torch.zeros(SHOTS, MELS, HOPS, device=device)
    condition = Condition(picture, generator.mask.to(device), picture, known, picture, sound)
    frame_s = _seconds(lambda: paint_frame(generator, condition, noise), device)
    pass_s = _seconds(_wav2lip_sized(device), device)
    return Speed(
        evaluations=generator.config.evaluations,
        frames_a_second=SHOTS / frame_s,
        wav2lips=frame_s / pass_s,
    )


def _wav2lip_sized(device: torch.device) -> Callable[[], Tensor]:
    """Return a pass of eight frames through convolutions that cost what Wav2Lip's do."""
    channels = WAV2LIP_CHANNELS
    layers = [
        nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(WAV2LIP_LAYERS)
    ]
    network = nn.Sequential(*layers).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    frames = torch.zeros(SHOTS, channels, WAV2LIP_PX, WAV2LIP_PX, device=device)
    frames = frames.contiguous(memory_format=torch.channels_last)

    def run_pass() -> Tensor:
        with torch.inference_mode(), fast_precision(device):
            output: Tensor = network(frames)
        return output

    return run_pass


def _seconds(work: Callable[[], Tensor], device: torch.device) -> float:
    """Return the seconds of the shortest of some rounds, after one that warms up."""
    rounds = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        rounds.append(time.perf_counter() - start)
    return min(rounds[1:])
