"""What the training commands do, one function each: footage to a SET, a SET to a model."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from lipflap.core.device import best_device
from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.files.atomic import refuse_existing
from lipflap.core.model_files import locate
from lipflap.core.paint.painter import make_guidance
from lipflap.core.recording import Recording
from lipflap.training import landmarks, sync
from lipflap.training.data.cache import open_set
from lipflap.training.data.dataset import ClipRecord
from lipflap.training.data.films import film_files
from lipflap.training.data.prepare import training_clips
from lipflap.training.data.set_files import read_eval_clips, write_set
from lipflap.training.data.split import EVERY_FILE
from lipflap.training.data.talking_portraits import talking
from lipflap.training.data.training_clip import TrainingClip
from lipflap.training.evaluation.evaluate import Evaluation, Extras, compare
from lipflap.training.evaluation.observe import load_evaluators
from lipflap.training.evaluation.report import check_report, write_report
from lipflap.training.evaluation.rollout import Generator, SamplingConfig
from lipflap.training.mouth.distil import Teacher, distil
from lipflap.training.mouth.loop import MODEL, STATE, train
from lipflap.training.recipe import Recipe, read_numbers

log = logging.getLogger(__name__)

HELD_PORTRAITS = 10  # every tenth judges landmarks
TALKER_SENTENCES = 4  # every fourth of the talker's is enough for landmarks


def prepare(
    recordings: Sequence[Recording],
    held_out: Sequence[str],
    portraits: Path | None,
    animations: int,
    often: Mapping[str, int],
    out: Path,
) -> tuple[ClipRecord, ...]:
    """Recordings as a SET, and labelled portraits that say what is said in them.

    animations  sentences each portrait says
    often       how many times as often as others a speaker is drawn, or the folder of portraits
    Raises DubError.
    """
    refuse_existing(out)
    searches, points_in = cascade_detectors(), load_landmarker().points
    made = training_clips(recordings, searches, points_in, held_out, often)
    return write_set(_with_portraits(made, portraits, animations, often), out)


def _with_portraits(
    made: Iterator[TrainingClip], portraits: Path | None, animations: int, often: Mapping[str, int]
) -> Iterator[TrainingClip]:
    spoken = []
    for take in made:
        yield take
        if portraits and not take.validates:
            spoken.append(take)
    if portraits:
        for take in talking(portraits, spoken, animations):
            yield replace(take, weight=often.get(portraits.name, 1))


def train_landmarks(portraits: Path, talker: Path, recipe: Path | None, out: Path) -> float:
    """A landmark network in a file; its mean error on portraits it never saw, in eye distances.

    Raises DubError.
    """
    numbers = read_numbers(recipe, landmarks.LandmarkRecipe)
    faces = landmarks.portraits(portraits)
    learnt = [face for number, face in enumerate(faces) if number % HELD_PORTRAITS]
    names = [path.stem for path in film_files(talker)]
    trained = [name for number, name in enumerate(names) if number % EVERY_FILE]
    spoken = landmarks.talker(talker, trained[::TALKER_SENTENCES])
    network = landmarks.train(learnt, spoken, numbers)
    landmarks.save(network, out)
    return float(landmarks.error(network, faces[::HELD_PORTRAITS]).mean())


def train_sync(footage: Path, recipe: Path | None, out: Path) -> None:
    """A sync network in a file. Raises DubError."""
    numbers = read_numbers(recipe, sync.SyncRecipe)
    sync.save(sync.train(open_set(footage), numbers), numbers, out)


def train_mouth(
    footage: Path, recipe: Path | None, run: Path, start: str | None, *, resume: bool
) -> Path:
    """A mouth model in a run's folder; its path.

    start   name or path of a model to begin with
    resume  go on with what `run` holds, by the recipe it was begun with
    Raises DubError.
    """
    numbers = _recipe_of_run(run, recipe, resume=resume)
    begin = load_mouth(start) if start else None
    train(open_set(footage), numbers, _shape(begin), run, start=begin)
    return run / MODEL


def train_distil(
    footage: Path, teacher: Teacher, recipe: Path | None, run: Path, *, resume: bool
) -> Path:
    """A model that paints in one evaluation what `teacher` does in several; its path.

    Raises DubError.
    """
    numbers = _recipe_of_run(run, recipe, resume=resume)
    distil(open_set(footage), teacher, numbers, run, teacher.network.shape)
    return run / MODEL


def evaluate(
    models: Sequence[str],
    footage: Path,
    asked: SamplingConfig,
    extras: Extras,
    *,
    sentences: int | None,
    html: Path | None,
) -> Evaluation:
    """Models side by side on what of a SET never trained, with their baselines.

    asked      how the models are asked
    sentences  only the first so many
    html       a report to write, with pictures and plots
    Raises DubError.
    """
    if html:
        check_report(html)
    judged = read_eval_clips(footage)
    generators = {name: Generator(load_mouth(name), asked) for name in models}
    done = compare(
        generators, judged.first(sentences or len(judged.names)), load_evaluators(), extras
    )
    if html:
        write_report(done, html)
    return done


def quality(steps: int, guidance: float, *, framewise: bool = False) -> SamplingConfig:
    """How a model is asked; a guidance of 1 is none."""
    return SamplingConfig(steps=steps, guidance=make_guidance(guidance), framewise=framewise)


def load_mouth(model: str) -> MouthNetwork:
    """A mouth network by name or path, on the best device there is. Raises DubError."""
    return checkpoint.load(locate(model), best_device()).network


def _shape(network: MouthNetwork | None) -> NetworkShape:
    return network.shape if network else NetworkShape()


def _recipe_of_run(run: Path, recipe: Path | None, *, resume: bool) -> Recipe:
    """The numbers of a run that begins, or goes on. Raises DubError."""
    begun = (run / STATE).exists()
    if begun and not resume:
        raise DubError(
            "holds a run that was begun.",
            where=str(run),
            fix="Go on with it with --resume, or choose another folder.",
        )
    if not begun:
        return read_numbers(recipe, Recipe)
    kept = checkpoint.load(run / MODEL, torch.device("cpu")).recipe
    numbers = Recipe(**kept)  # type: ignore[arg-type]
    if recipe and read_numbers(recipe, Recipe) != numbers:
        raise DubError(
            "is not the recipe this run was begun with.",
            where=str(recipe),
            fix="Leave --recipe out: a run goes on by its own.",
        )
    return numbers
