"""The training commands, a function each: from footage to a SET, from a SET to a model.

    prepare                    films and clips of cuts  ->  SET
    train_landmarks            labelled faces           ->  landmark network
    train_sync                 SET                      ->  sync network, a loss of mouth models
    train_mouth, train_distil  SET                      ->  mouth model
    personalise                films and clips of cuts  ->  mouth model of one actor
    evaluate                   mouth models and a SET   ->  metrics and a report
    evaluate_strangers         films of strangers       ->  figures of finished frames

`lips_api.py` has those that learn lips from people who speak, `head_api.py` those of heads, and
`gpu_api.py` those for a GPU that is at hand for a while. `plugin/cli/train.py` calls only these.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from lipflap.core.device import best_device
from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.face.detect import Detector, cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import PointsIn
from lipflap.core.files.atomic import refuse_existing
from lipflap.core.model_files import locate
from lipflap.core.paint.painter import make_guidance
from lipflap.core.recording import Recording
from lipflap.core.serialize import from_dict
from lipflap.training import landmarks, sync
from lipflap.training.data.cache import open_set
from lipflap.training.data.dataset import ClipRecord
from lipflap.training.data.films import film_files
from lipflap.training.data.portraits import EVERY_PORTRAIT, read_portraits
from lipflap.training.data.prepare import training_clips
from lipflap.training.data.set_files import read_eval_clips, write_set
from lipflap.training.data.split import EVERY_FILE
from lipflap.training.data.talking_portraits import animate_portraits
from lipflap.training.data.training_clip import TrainingClip
from lipflap.training.evaluation.evaluate import Evaluation, Extras, compare
from lipflap.training.evaluation.observe import load_evaluators
from lipflap.training.evaluation.report import check_report, write_report, write_strangers_report
from lipflap.training.evaluation.rollout import Generator, SamplingConfig
from lipflap.training.evaluation.strangers.measure import evaluate_strangers as measure_strangers
from lipflap.training.evaluation.strangers.table import StrangersEvaluation
from lipflap.training.mouth.distil import Teacher, distil
from lipflap.training.mouth.loop import MODEL, STATE, train
from lipflap.training.personal import personalise as personal
from lipflap.training.personal.model_card import PersonaliseRequest
from lipflap.training.recipe import Recipe, read_recipe

EVERY_SENTENCE = 4  # every fourth of the talker's is enough for landmarks


def prepare(
    recordings: Sequence[Recording],
    held_out: Sequence[str],
    portraits: Sequence[Path],
    animations: int,
    weights: Mapping[str, int],
    out: Path,
) -> tuple[ClipRecord, ...]:
    """Prepare a SET from recordings, and from portraits animated to say the same.

    portraits   folders of them
    held_out    speakers who validate; () to choose
    animations  number of sentences for each portrait
    weights     how many times as often as others a speaker, or the folder of portraits, is drawn
    Raises DubError.
    """
    refuse_existing(out)
    finders = cascade_detectors(), load_landmarker().points
    clips = training_clips(recordings, *finders, held_out, weights)
    return write_set(_with_portraits(clips, portraits, animations, weights, finders), out)


def train_landmarks(portraits: Path, talker: Path, recipe: Path | None, out: Path) -> float:
    """Train a landmark network; return its mean error on portraits it never saw.

    The error is in eye distances. Raises DubError.
    """
    settings = read_recipe(recipe, landmarks.LandmarkRecipe)
    faces = landmarks.read_portraits(portraits)
    training_faces = [face for number, face in enumerate(faces) if number % EVERY_PORTRAIT]
    films = enumerate(film_files(talker))
    training_films = [film for number, film in films if number % EVERY_FILE]
    talker_faces = landmarks.read_talker(talker, training_films[::EVERY_SENTENCE])
    network = landmarks.train(training_faces, talker_faces, settings)
    landmarks.save(network, out)
    return float(landmarks.relative_errors(network, faces[::EVERY_PORTRAIT]).mean())


def train_sync(footage: Path, recipe: Path | None, out: Path) -> None:
    """Train a sync network and write it to a file. Raises DubError."""
    settings = read_recipe(recipe, sync.SyncRecipe)
    sync.save(sync.train(open_set(footage), settings), settings, out)


def train_mouth(
    footage: Path, recipe: Path | None, run: Path, start: str | None, *, resume: bool
) -> Path:
    """Train a mouth model in the folder `run`; return the model's path.

    start   name or path of a model to begin with
    resume  continue the run in `run`, with the recipe it was begun with
    Raises DubError.
    """
    settings = _recipe_of_run(run, recipe, resume=resume)
    network = load_mouth(start) if start else None
    shape = network.shape if network else NetworkShape()
    train(open_set(footage), settings, shape, run, start=network)
    return run / MODEL


def train_distil(
    footage: Path,
    teacher: str,
    recipe: Path | None,
    run: Path,
    *,
    steps: int,
    guidance: float,
    resume: bool,
) -> Path:
    """Train a model that paints in one evaluation what a teacher paints in `steps` of them.

    teacher   name or path of a model
    guidance  of the teacher; 1 is none
    Returns the model's path. Raises DubError.
    """
    network = load_mouth(teacher)
    settings = _recipe_of_run(run, recipe, resume=resume)
    distil(open_set(footage), Teacher(network, steps, guidance), settings, run, network.shape)
    return run / MODEL


def personalise(recordings: Sequence[Recording], request: PersonaliseRequest) -> tuple[Path, str]:
    """Make a model of one actor; return its path, and its metrics beside the first model's.

    Raises DubError.
    """
    return personal.personalise(recordings, request)


def evaluate(
    models: Sequence[str],
    footage: Path,
    sampling: SamplingConfig,
    extras: Extras,
    *,
    sentences: int | None,
    html: Path | None,
) -> Evaluation:
    """Measure models side by side, and their baselines, on the part of a SET that never trained.

    sampling   steps, guidance and mode the models paint with
    sentences  number of sentences to measure, the first ones; None for all
    html       a report to write, with pictures and plots
    Raises DubError.
    """
    if html:
        check_report(html)
    clips = read_eval_clips(footage)
    generators = {name: Generator(load_mouth(name), sampling) for name in models}
    evaluation = compare(
        generators, clips.first(sentences or len(clips.names)), load_evaluators(), extras
    )
    if html:
        write_report(evaluation, html)
    return evaluation


def evaluate_strangers(
    folder: Path, steps: int, guidance: float, *, html: Path | None
) -> StrangersEvaluation:
    """Measure finished frames of every film of a folder, of people who never trained.

    steps, guidance  that the network alone paints with
    html             a report to write
    Raises DubError.
    """
    if html:
        check_report(html)
    evaluation = measure_strangers(folder, steps, guidance)
    if html:
        write_strangers_report(evaluation, html)
    return evaluation


def sampling_config(steps: int, guidance: float, *, framewise: bool = False) -> SamplingConfig:
    """Return how a model is to paint; a guidance of 1 is none."""
    return SamplingConfig(steps=steps, guidance=make_guidance(guidance), framewise=framewise)


def load_mouth(model: str) -> MouthNetwork:
    """Load a mouth network by name or path, on the best device there is. Raises DubError."""
    return checkpoint.load(locate(model), best_device()).network


def _with_portraits(
    clips: Iterator[TrainingClip],
    folders: Sequence[Path],
    animations: int,
    weights: Mapping[str, int],
    finders: tuple[Sequence[Detector], PointsIn],
) -> Iterator[TrainingClip]:
    """Yield the clips, then portraits that say what is said in those that train."""
    sentences = []
    for clip in clips:
        yield clip
        if folders and not clip.validates:
            sentences.append(clip)
    for folder in folders:
        for clip in animate_portraits(read_portraits(folder, *finders), sentences, animations):
            yield replace(clip, weight=weights.get(folder.name, 1))


def _recipe_of_run(run: Path, recipe: Path | None, *, resume: bool) -> Recipe:
    """Return the recipe of a new run, or of one to resume. Raises DubError."""
    is_begun = (run / STATE).exists()
    if is_begun and not resume:
        raise DubError(
            "holds a run already.",
            where=str(run),
            fix="Continue it with --resume, or choose another folder.",
        )
    if not is_begun:
        if resume:
            raise DubError(
                "holds no run to continue.",
                where=str(run),
                fix="Leave out --resume to begin one, or give the folder of the run.",
            )
        return read_recipe(recipe, Recipe)
    saved = checkpoint.load(run / MODEL, torch.device("cpu")).recipe
    settings = from_dict(Recipe, saved, where=str(run / MODEL))
    if recipe and read_recipe(recipe, Recipe) != settings:
        raise DubError(
            "is not the recipe this run was begun with.",
            where=str(recipe),
            fix="Leave out --recipe: a run continues with its own.",
        )
    return settings
