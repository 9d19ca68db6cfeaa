"""Command line of training: prepare | landmarks | mouth | evaluate."""

import argparse
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.face.detect import embedded_searches
from lipflap.core.face.landmark import load_landmarker
from lipflap.core.kit import GUIDANCE
from lipflap.core.weights import locate
from lipflap.training import landmark
from lipflap.training.evaluate import evaluate
from lipflap.training.footage import open_footage
from lipflap.training.judged import sentences
from lipflap.training.loop import train
from lipflap.training.observed import load_observer
from lipflap.training.prepare import VALIDATE_EVERY, Take, take, write_set
from lipflap.training.recipe import Recipe, read_recipe
from lipflap.training.talking_portraits import talking
from lipflap.training.walks import Quality

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    told = _parser().parse_args(arguments)
    try:
        told.run(told)
    except DubError as problem:
        print(f"train: {problem}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lipflap.training.train", description=__doc__)
    commands = parser.add_subparsers(required=True)

    prepare = commands.add_parser("prepare", help="footage of one talker to a SET")
    prepare.add_argument("footage", type=Path, help="folder of movie files with sound")
    prepare.add_argument("--portraits", type=Path, help="folder of labelled portraits to animate")
    prepare.add_argument("--animations", type=int, default=3, help="sentences a portrait says")
    prepare.add_argument("-o", "--set", type=Path, required=True)
    prepare.set_defaults(run=_prepare)

    landmarks = commands.add_parser("landmarks", help="train the landmark network")
    landmarks.add_argument("--portraits", type=Path, required=True)
    landmarks.add_argument("--talker", type=Path, required=True)
    landmarks.add_argument("-o", "--output", type=Path, required=True)
    landmarks.set_defaults(run=_landmarks)

    mouth = commands.add_parser("mouth", help="train a mouth model; resumes by itself")
    mouth.add_argument("--set", type=Path, required=True)
    mouth.add_argument("--recipe", type=Path, help="TOML; what it leaves out keeps its default")
    mouth.add_argument("-o", "--run-folder", type=Path, required=True)
    mouth.set_defaults(run=_mouth)

    evaluate = commands.add_parser("evaluate", help="figures on sentences that never trained")
    evaluate.add_argument("model")
    evaluate.add_argument("footage", type=Path)
    evaluate.add_argument("--sentences", type=int, default=20)
    evaluate.add_argument("--steps", type=int, default=1)
    evaluate.add_argument("--unguided", action="store_true", help="without guidance from silence")
    evaluate.set_defaults(run=_evaluate)
    return parser


def _prepare(told: argparse.Namespace) -> None:
    clips = write_set(_takes(told), told.set)
    log.info("%d clips in %s", len(clips), told.set)


def _takes(told: argparse.Namespace) -> Iterator[Take]:
    searches, points_in = embedded_searches(), load_landmarker().points
    spoken = []
    for number, path in enumerate(_films(told.footage)):
        try:
            held = number % VALIDATE_EVERY == 0
            made = take(path, searches, points_in, validates=held)
        except DubError as problem:
            log.warning("left out: %s", problem)
            continue
        yield made
        if not made.validates:
            spoken.append(made)
    if told.portraits:
        yield from talking(told.portraits, spoken, told.animations)


def _films(folder: Path) -> list[Path]:
    suffixes = {".mkv", ".mov", ".mp4", ".mpg", ".mxf"}
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)
    if not found:
        raise DubError("holds no movie files.", where=str(folder))
    return found


def _landmarks(told: argparse.Namespace) -> None:
    faces = landmark.portraits(told.portraits)
    held = faces[::10]
    learnt = [face for number, face in enumerate(faces) if number % 10]
    names = [path.stem for path in _films(told.talker)]
    trained = [name for number, name in enumerate(names) if number % VALIDATE_EVERY][::4]
    spoken = landmark.talker(told.talker, trained)
    network = landmark.train(learnt, spoken, landmark.LandmarkRecipe()).network
    landmark.save(network, told.output)
    log.info("error on portraits never seen: %.4f", landmark.error(network, held).mean())


def _mouth(told: argparse.Namespace) -> None:
    recipe = read_recipe(told.recipe) if told.recipe else Recipe()
    train(open_footage(told.set), recipe, NetworkShape(), told.run_folder)


def _evaluate(told: argparse.Namespace) -> None:
    network = checkpoint.load(locate(told.model), torch.device("cpu")).network
    paths = _films(told.footage)[::VALIDATE_EVERY][: told.sentences]
    by = load_observer()
    judged = sentences(paths, embedded_searches(), by.points_in)
    quality = Quality(steps=told.steps, guidance=None if told.unguided else GUIDANCE)
    print(evaluate(network, judged, quality, by, name=told.model).as_text())


if __name__ == "__main__":
    sys.exit(main())
