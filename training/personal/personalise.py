"""A mouth model of one actor, from the production's own footage.

footage   |==== trains ====| gap |= evaluates =|
starter   --------------------------------------> metrics
starter   ---- trained for N minutes -----------> metrics     and the model, with its card
                                                              and a film of the actor's mouths
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lipflap.core.device import best_device
from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.errors import DubError
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.files.atomic import copy_file, write_text
from lipflap.core.model_files import locate, mouth_film, new_model_path
from lipflap.core.recording import Recording
from lipflap.training.data.cache import concat, open_set, unpack
from lipflap.training.data.dataset import ClipRecord, PreparedSet, open_prepared_set
from lipflap.training.data.prepare import parts_of, prepare_parts
from lipflap.training.data.set_files import read_eval_clips, write_set
from lipflap.training.data.split import SplitPart, seconds, split_by_seconds
from lipflap.training.evaluation import table
from lipflap.training.evaluation.evaluate import perform
from lipflap.training.evaluation.metrics import Metrics, metrics
from lipflap.training.evaluation.observe import (
    Evaluators,
    GroundTruth,
    ground_truth,
    load_evaluators,
)
from lipflap.training.evaluation.rollout import Generator
from lipflap.training.mouth.loop import MODEL, train
from lipflap.training.personal.find_actor import parts_of_actor, recordings_naming
from lipflap.training.personal.model_card import PersonaliseRequest, write_card
from lipflap.training.personal.mouth_film import write_mouth_film
from lipflap.training.recipe import Recipe

log = logging.getLogger(__name__)

PERSONAL = Recipe(
    swapped=1,
    learning_rate=2e-4,
    warm_up=10,
    average=0.99,
    own_previous=0.75,
    sync=0.005,
    adversarial=0.0,
)


def personalise(recordings: Sequence[Recording], request: PersonaliseRequest) -> tuple[Path, str]:
    """Make a model of one actor; return its path, and its metrics beside those of its start.

    Raises DubError.
    """
    path = new_model_path(request.model)
    start = checkpoint.load(locate(request.start), best_device()).network
    parts = find_actor(recordings, request.actor)
    with TemporaryDirectory(prefix="lipflap-") as name:
        folder = Path(name)
        write_set(prepare_parts(parts), folder / "set")
        evaluators = load_evaluators()
        truth = ground_truth(read_eval_clips(folder / "set"), evaluators)
        columns = {request.start: _measure(start, request, truth, evaluators)}
        unpack(folder / "set", folder / "unpacked")
        footage = with_others(open_prepared_set(folder / "unpacked"), request.others, folder)
        recipe = train_for(60 * request.minutes, footage, PERSONAL, start, folder / "run")
        model = folder / "run" / MODEL
        trained = checkpoint.load(model, best_device()).network
        columns[request.actor] = _measure(trained, request, truth, evaluators)
        write_mouth_film(parts, mouth_film(path))
        copy_file(model, path)
        write_text(path.with_suffix(".md"), write_card(request, parts, recipe, columns))
    return path, table.as_text(columns, table.ROWS)


def find_actor(recordings: Sequence[Recording], actor: str) -> list[SplitPart]:
    """Return the parts in which the actor is seen speaking; the last sixth validates.

    Raises DubError.
    """
    detectors, points_in = cascade_detectors(), load_landmarker().points
    speaking = (
        part
        for recording in recordings_naming(recordings, actor)
        for part in parts_of(recording, False, detectors, points_in)
    )
    parts = list(split_by_seconds(parts_of_actor(speaking)))
    training_s, validation_s = (seconds(parts, validates=validates) for validates in (False, True))
    if not training_s or not validation_s:
        raise DubError(
            "is seen speaking for too short a time: at least ten seconds are needed.",
            where=actor,
            fix="Choose longer footage.",
        )
    log.info("%s: %.1f s to train on, %.1f s to evaluate on", actor, training_s, validation_s)
    return parts


def with_others(footage: PreparedSet, others: Sequence[Path], folder: Path) -> PreparedSet:
    """Return the actor's footage with as much of other SETs together. Raises DubError."""
    if not others:
        return footage
    share = _frames(footage.split(validates=False)) // len(others)
    opened = [open_set(path) for path in others]
    chosen = [(other, list(_draw_clips(other, share))) for other in opened]
    return concat([(footage, footage.clips), *chosen], folder / "joined")


def _draw_clips(footage: PreparedSet, frames: int) -> Iterator[ClipRecord]:
    """Draw training clips that hold at least `frames` frames; the same ones every time."""
    clips = footage.split(validates=False)
    for number in np.random.default_rng(1).permutation(len(clips)):
        if frames > 0:
            frames -= clips[number].frame_count
            yield clips[number]


def _measure(
    network: MouthNetwork, request: PersonaliseRequest, truth: GroundTruth, evaluators: Evaluators
) -> Metrics:
    return metrics(perform(Generator(network, request.sampling), truth, evaluators), truth)


def _frames(clips: Sequence[ClipRecord]) -> int:
    return sum(clip.frame_count for clip in clips)


FIRST_ROUNDS = (1, 4)  # the first step is slower than those that follow
MIN_ROUND_STEPS = 20
MIN_STEPS = 10
UNKNOWN_STEPS = 1_000_000  # of a recipe whose end is not known: its learning rate stays high


def train_for(
    seconds: float, footage: PreparedSet, recipe: Recipe, start: MouthNetwork, run: Path
) -> Recipe:
    """Train from `start` for so many seconds; return the recipe with the steps that were made.

    run  an empty folder; holds the model afterwards, as after any run

    Raises DubError when the time is too short to learn anything.
    """
    deadline = time.monotonic() + seconds
    done, recipe = 0, replace(recipe, steps=UNKNOWN_STEPS)
    rounds = list(FIRST_ROUNDS)
    while done < recipe.steps:
        until, started = rounds.pop(0), time.monotonic()
        train(footage, recipe, start.shape, run, until=until, start=start)
        step_s, done = (time.monotonic() - started) / (until - done), until
        if not rounds:
            remaining = max(0, int((deadline - time.monotonic()) / step_s))
            recipe = replace(recipe, steps=done + remaining)
            rounds.append(done + (remaining if remaining < MIN_ROUND_STEPS else -(-remaining // 2)))
        if recipe.steps < MIN_STEPS:
            raise DubError(
                f"is too short to learn anything: a step takes {step_s:.1f} s.",
                where=f"{seconds / 60:g} minutes",
                fix="Give it more with --minutes.",
            )
    log.info("%d steps in %.0f s", done, seconds - (deadline - time.monotonic()))
    return recipe
