"""Lip motion and the correction trained from a packed SET, one after the other, in so many minutes.

    sound --other voices, one processor core each--> --encoder, on the device--> features

The recipes are those of the commands that train one of them. Lip motion takes its recipe's steps;
more of them make it worse on strangers (core/models/lip_motion.md). The correction takes as many
as fit into the minutes.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import count, repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.correction import CorrectionNetwork
from lipflap.core.files.atomic import write_text
from lipflap.core.model_files import locate
from lipflap.core.motion import lip_motion
from lipflap.core.voice.speech_encoder import encode_speech, load_speech_encoder
from lipflap.training.correction.laid_takes import LaidTake
from lipflap.training.correction.train import CorrectionRecipe, save_correction, train_correction
from lipflap.training.fit import Machine
from lipflap.training.gpu.lockstep_speed import SECONDS, TOGETHER, measure_lockstep
from lipflap.training.gpu.packed_set import PackedSet
from lipflap.training.gpu.weight_parts import split_weights
from lipflap.training.motion.features import encode_voice
from lipflap.training.motion.reading.read_words import VOICES, ReadSentence
from lipflap.training.motion.talkers import SpokenLips, save_network
from lipflap.training.motion.train import MotionRecipe, train_motion
from lipflap.training.motion.voices import Sound, voices_of
from lipflap.training.mouth.efficientnet import EfficientNetLite, load_efficientnet

log = logging.getLogger(__name__)

MOTION, CORRECTION, MEASURED = "lip_motion", "mouth_correction", "measured.json"
TRIAL_STEPS = 40  # once to compile, once to time
LEFT_S = 45  # of the minutes, for measuring
PAINTING = "starter"

Result = TypeVar("Result")


@dataclass(slots=True)
class Trained:
    """What a training came to: losses by step, as they were noted."""

    steps: int
    seconds: float = 0.0
    losses: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuRun:
    """How a packed set is trained.

    minutes   all in all
    compiled  networks are compiled first
    together  shots in lockstep that are measured, each for `seconds`
    """

    device: torch.device
    compiled: bool
    minutes: float
    motion: MotionRecipe = field(default_factory=MotionRecipe)
    correction: CorrectionRecipe | None = None
    together: Sequence[int] = TOGETHER
    seconds: float = SECONDS


def train_packed(packed: PackedSet, run: GpuRun, folder: Path) -> list[Path]:
    """Train both networks into a folder; return the files that travel back.

    The recipe of the correction is None for as many steps as fit. Raises DubError.
    """
    started = time.monotonic()
    features = load_efficientnet(run.device)
    motion = Trained(run.motion.steps)
    spoken, read = encode_packed(packed, run.motion, run.device)
    encoded = time.monotonic() - started
    log.info("speech: %d sentences in %.0f s", len(spoken) + len(read), encoded)
    network, basis = _timed(
        motion, run, lambda machine: train_motion(spoken, run.motion, machine, read)
    )
    files = [folder / f"{name}.safetensors" for name in (MOTION, CORRECTION)]
    save_network(network, basis, lip_motion.KIND, run.motion, packed.facts, files[0])
    recipe = run.correction
    if recipe is None:
        end = started + run.minutes * 60 - LEFT_S
        recipe = _fitting(packed.takes, features, run, end)
    correction = Trained(recipe.steps)
    corrected = _timed(
        correction,
        run,
        lambda machine: train_correction(packed.takes, features, recipe, machine=machine),
    )
    save_correction(corrected, recipe, files[1])
    travelling = split_weights(files)
    measured = folder / MEASURED
    speeds = _speeds(corrected, run)
    told = {
        "device": _name(run.device),
        "torch": torch.__version__,
        "compiled": run.compiled,
        "encoding_seconds": round(encoded, 1),
        MOTION: asdict(motion),
        CORRECTION: asdict(correction),
        "lockstep": speeds,
        "seconds": round(time.monotonic() - started, 1),
    }
    write_text(measured, json.dumps(told, indent=2) + "\n")
    return [*travelling, measured]


def encode_packed(
    packed: PackedSet, recipe: MotionRecipe, device: torch.device
) -> tuple[list[SpokenLips], list[ReadSentence]]:
    """Return the sentences of a packed set as lip motion learns them, in their own voice first.

    On CUDA other voices are made by all processor cores. Raises DubError without the encoder.
    """
    encoder = load_speech_encoder().to(device)
    filmed = [one.filmed for one in packed.sentences]
    with _pool(device) as voices_for:
        own = voices_for([one.sound for one in filmed], recipe)
        spoken = []
        for one, voices in zip(packed.sentences, own, strict=True):
            features = np.stack([encode_voice(encoder, voice, one.filmed) for voice in voices])
            lips = SpokenLips(
                one.filmed.talker,
                features.astype(np.float16),
                one.filmed.points,
                float(one.filmed.rate),
                phones=one.phones,
            )
            spoken.append(lips)
        read = []
        fewer = replace(recipe, voices=VOICES)
        for sentence, voices in zip(
            packed.read, voices_for([one.sound for one in packed.read], fewer), strict=True
        ):
            features = np.stack([encode_speech(encoder, voice) for voice in voices])
            read.append(ReadSentence(features.astype(np.float16), sentence.phones))
    return spoken, read


VoicesFor = Callable[[Sequence[Sound], MotionRecipe], Iterator[list[Sound]]]


@contextmanager
def _pool(device: torch.device) -> Iterator[VoicesFor]:
    """Yield what makes the voices of sounds, in their order."""
    if device.type != "cuda":
        yield lambda sounds, recipe: map(voices_of, sounds, repeat(recipe), count())
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield lambda sounds, recipe: pool.map(
            voices_of, sounds, repeat(recipe), range(len(sounds)), chunksize=4
        )


def _timed(trained: Trained, run: GpuRun, train: Callable[[Machine], Result]) -> Result:
    """Train; note the seconds, compiling among them, and the losses."""
    started = time.monotonic()
    result = train(Machine(run.device, run.compiled, trained.losses.__setitem__))
    trained.seconds = round(time.monotonic() - started, 1)
    return result


def _fitting(
    takes: Sequence[LaidTake], features: EfficientNetLite | None, run: GpuRun, end: float
) -> CorrectionRecipe:
    """Return the recipe with as many steps as are done by `end`, of the monotonic clock."""
    trial = CorrectionRecipe(steps=TRIAL_STEPS)
    for _ in range(2):
        started = time.monotonic()
        train_correction(takes, features, trial, machine=Machine(run.device, run.compiled))
        now = time.monotonic()
    steps = int(max(0, end - now) / (now - started) * TRIAL_STEPS)
    log.info("the correction: %d steps", max(TRIAL_STEPS, steps))
    return replace(trial, steps=max(TRIAL_STEPS, steps))


def _speeds(correction: CorrectionNetwork, run: GpuRun) -> list[dict[str, object]]:
    painting = checkpoint.load(locate(PAINTING), run.device).network
    speeds = measure_lockstep(painting, correction, run.together, run.seconds)
    return [asdict(speed) for speed in speeds]


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
