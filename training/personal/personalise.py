"""A mouth model of one actor, from the production's own footage.

footage   |==== learns ====| gap |= judges =|
starter   ------------------------------------> figures
starter   ---- trained for N minutes ---------> figures     and the model, with its card
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
from lipflap.core.model_files import locate, new_model_path
from lipflap.core.recording import Recording
from lipflap.training.data.cache import concat, open_set, unpack
from lipflap.training.data.dataset import ClipRecord, PreparedSet, open_prepared_set
from lipflap.training.data.prepare import parts_of, prepare_recordings
from lipflap.training.data.set_files import read_eval_clips, write_set
from lipflap.training.data.split import SplitPart, by_seconds, seconds
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
from lipflap.training.personal.find_actor import naming, parts_of_actor
from lipflap.training.personal.model_card import PersonaliseRequest, write_card
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


def personalise(recordings: Sequence[Recording], wish: PersonaliseRequest) -> tuple[Path, str]:
    """Where the new model lies, and its figures beside those of the one it began with.

    Raises DubError.
    """
    place = new_model_path(wish.model)
    start = checkpoint.load(locate(wish.start), best_device()).network
    parts = find(recordings, wish.actor)
    with TemporaryDirectory(prefix="lipflap-") as name:
        folder = Path(name)
        write_set(prepare_recordings(parts), folder / "set")
        evaluators, judged = load_evaluators(), read_eval_clips(folder / "set")
        truth = ground_truth(judged, evaluators)
        columns = {wish.start: _figures(start, wish, truth, evaluators)}
        unpack(folder / "set", folder / "unpacked")
        footage = with_others(open_prepared_set(folder / "unpacked"), wish.others, folder)
        recipe = train_for(60 * wish.minutes, footage, PERSONAL, start, folder / "run")
        model = folder / "run" / MODEL
        made = checkpoint.load(model, best_device()).network
        columns[wish.actor] = _figures(made, wish, truth, evaluators)
        _put(model, write_card(wish, parts, recipe, columns), place)
    return place, table.as_text(columns)


def find(recordings: Sequence[Recording], actor: str) -> list[SplitPart]:
    """Where the actor is seen speaking, the last sixth to judge by. Raises DubError."""
    searches, points_in = cascade_detectors(), load_landmarker().points
    seen = (
        part
        for recording in naming(recordings, actor)
        for part in parts_of(recording, False, searches, points_in)
    )
    parts = list(by_seconds(parts_of_actor(seen)))
    learns, judges = (seconds(parts, validates=validates) for validates in (False, True))
    if not learns or not judges:
        raise DubError(
            "too little is seen of the actor speaking: ten seconds are the least.",
            where=actor,
            fix="Choose longer footage.",
        )
    log.info("%s: %.1f s to learn from, %.1f s to judge by", actor, learns, judges)
    return parts


def with_others(footage: PreparedSet, others: Sequence[Path], folder: Path) -> PreparedSet:
    """The actor's footage, and as much of other SETs together. Raises DubError."""
    if not others:
        return footage
    share = _frames(footage.split(validates=False)) // len(others)
    opened = [open_set(path) for path in others]
    chosen = [(other, list(_some(other, share))) for other in opened]
    return concat([(footage, footage.clips), *chosen], folder / "joined")


def _put(model: Path, said: str, place: Path) -> None:
    """The model in its place, whole or not at all, its card beside it."""
    copy_file(model, place)
    write_text(place.with_suffix(".md"), said)


def _some(footage: PreparedSet, frames: int) -> Iterator[ClipRecord]:
    """Training clips drawn until they hold so many frames; the same ones every time."""
    clips = footage.split(validates=False)
    for number in np.random.default_rng(1).permutation(len(clips)):
        if frames > 0:
            frames -= clips[number].frame_count
            yield clips[number]


def _figures(
    network: MouthNetwork, wish: PersonaliseRequest, truth: GroundTruth, evaluators: Evaluators
) -> Metrics:
    return metrics(perform(Generator(network, wish.quality), truth, evaluators), truth)


def _frames(clips: Sequence[ClipRecord]) -> int:
    return sum(clip.frame_count for clip in clips)


FIRST_ROUNDS = (1, 4)  # the first step is slower than those that follow
MIN_ROUND_STEPS = 20
MIN_STEPS = 10
FOR_NOW = 1_000_000  # steps of a recipe whose end is not known: its rate stays high


def train_for(
    seconds: float, footage: PreparedSet, recipe: Recipe, start: MouthNetwork, run: Path
) -> Recipe:
    """Train from `start` for so many seconds; the recipe with the steps that were made.

    run  an empty folder; holds the model afterwards, as after any run

    Raises DubError when the time is too short to learn anything.
    """
    ends = time.monotonic() + seconds
    done, recipe = 0, replace(recipe, steps=FOR_NOW)
    legs = list(FIRST_ROUNDS)
    while done < recipe.steps:
        until, began = legs.pop(0), time.monotonic()
        train(footage, recipe, start.shape, run, until=until, start=start)
        step_s, done = (time.monotonic() - began) / (until - done), until
        if not legs:
            left = max(0, int((ends - time.monotonic()) / step_s))
            recipe = replace(recipe, steps=done + left)
            legs.append(done + (left if left < MIN_ROUND_STEPS else -(-left // 2)))
        if recipe.steps < MIN_STEPS:
            raise DubError(
                f"a step takes {step_s:.1f} s: there is no time to learn anything.",
                where=f"{seconds / 60:g} minutes",
                fix="Give it more, with --minutes.",
            )
    log.info("%d steps in %.0f s", done, seconds - (ends - time.monotonic()))
    return recipe
