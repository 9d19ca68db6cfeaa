"""`lipflap train`: prepare footage, train and measure models. Torch is loaded when one runs."""

import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.recording import Recording
from lipflap.plugin.cli.arguments import (
    AddParser,
    Run,
    add_command,
    add_group,
    add_rate,
    add_timeline,
    face,
    positive,
    times,
)
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.order.recordings import recordings_from_cut
from lipflap.plugin.timeline.bundle.read import is_bundle
from lipflap.plugin.timeline.read import says_rate

_FOOTAGE_HELP = """\
FOOTAGE is any of
    FOLDER          movie files with sound; its subfolders are named like their speakers
    FILM            one such file
    CUT             a timeline: its clips with their production sound
"""

_SPLIT_HELP = """\
Who validates and never trains: every fifth of five and more speakers; of fewer, every 19th of
their files; of fewer than six files, the last sixth of all seconds.
"""

_MOTION_HELP = """\
What is found in the footage is kept in sentences/ beside the model: a second run begins there.
"""

_RUN_HELP = """\
RUN holds model.safetensors, the state of the run, and log/ for TensorBoard. With torchrun, many
processes train one model:
    torchrun --nproc-per-node 4 -m lipflap.plugin.cli.main train mouth --set SET -o RUN
"""


def add_commands(add_parser: AddParser) -> None:
    group = add_group(add_parser, "train", "Train models, on your own footage too.")

    def add(name: str, run: Run, about: str, epilog: str = "") -> ArgumentParser:
        return add_command(group, name, _with_tensorboard(run), about, epilog)

    about = "Turn footage into a SET: aligned mouths and their sound."
    _add_prepare(add("prepare", prepare, about, _FOOTAGE_HELP + _SPLIT_HELP))
    about = "Train the network that finds landmarks in a face."
    _add_landmarks(add("landmarks", train_landmarks, about))
    about = "Train a sync network on pictures, which is a loss of mouth models."
    _add_sync(add("sync", train_sync, about))
    about = "Make the speech encoder from a Whisper base model of CTranslate2."
    _add_encoder(add("encoder", convert_encoder, about))
    about = "Train how lips move, from sound."
    _add_motion(add("motion", train_motion, about, _FOOTAGE_HELP + _MOTION_HELP))
    about = "Train the judge of lips and sound, which says how well they fit."
    _add_motion(add("judge", train_judge, about, _FOOTAGE_HELP + _MOTION_HELP))
    _add_mouth(add("mouth", train_mouth, "Train a mouth model.", _RUN_HELP))
    about = "Train a mouth model that paints in one step what its teacher paints in several."
    _add_distil(add("distil", distil, about, _RUN_HELP))
    about = "Make a model of one actor from the production's own footage."
    _add_personalise(add("personalise", personalise, about, _FOOTAGE_HELP + _SPLIT_HELP))
    about = "Measure models on footage that was kept from training, or dubs of strangers."
    _add_evaluate(add("evaluate", evaluate, about))


def _with_tensorboard(run: Run) -> Run:
    """Return the command with its progress logged; it raises DubError without tensorboard."""

    def run_training(args: Namespace) -> int:
        if find_spec("tensorboard") is None:
            raise DubError("training needs tensorboard.", fix="pip install 'lipflap[train]'")
        logging.getLogger("lipflap").setLevel(logging.INFO)
        return run(args)

    return run_training


def prepare(args: Namespace) -> int:
    from lipflap.training import api

    with _footage(args) as recordings:
        clips = api.prepare(
            recordings,
            args.hold_out,
            args.portraits,
            args.animations,
            dict(args.often),
            args.set,
        )
    validating = sum(clip.validates for clip in clips)
    print(f"{args.set}: {len(clips)} clips, {validating} of them validate")
    return 0


def train_landmarks(args: Namespace) -> int:
    from lipflap.training import api

    error = api.train_landmarks(args.portraits, args.talker, args.recipe, args.model)
    print(f"{args.model}: error on portraits never seen {error:.4f} of the eye distance")
    return 0


def train_sync(args: Namespace) -> int:
    from lipflap.training import api

    api.train_sync(args.set, args.recipe, args.model)
    print(args.model)
    return 0


def convert_encoder(args: Namespace) -> int:
    from lipflap.training import api

    api.convert_encoder(args.parts, args.model)
    print(args.model)
    return 0


def train_motion(args: Namespace) -> int:
    from lipflap.training import api

    with _named_footage(args) as recordings:
        evaluation = api.train_motion(recordings, args.hold_out, args.recipe, args.model)
    print(args.model)
    if evaluation is not None:
        print(evaluation.as_text())
    return 0


def train_judge(args: Namespace) -> int:
    from lipflap.training import api

    with _named_footage(args) as recordings:
        figures = api.train_judge(recordings, args.hold_out, args.recipe, args.model)
    print(args.model)
    if figures is not None:
        print(figures.as_text())
    return 0


@contextmanager
def _named_footage(args: Namespace) -> Iterator[Sequence[Recording]]:
    """Yield the footage with the speakers that a table names, if one is given."""
    from lipflap.training.data.films import name_speakers

    with _footage(args) as recordings:
        yield name_speakers(recordings, args.talkers) if args.talkers else recordings


def train_mouth(args: Namespace) -> int:
    from lipflap.training import api

    print(api.train_mouth(args.set, args.recipe, args.run_folder, args.start, resume=args.resume))
    return 0


def distil(args: Namespace) -> int:
    from lipflap.training import api

    model = api.train_distil(
        args.set,
        args.teacher,
        args.recipe,
        args.run_folder,
        steps=args.steps,
        guidance=args.guidance,
        resume=args.resume,
    )
    print(model)
    return 0


def personalise(args: Namespace) -> int:
    from lipflap.training import api
    from lipflap.training.personal.model_card import PersonaliseRequest

    preset = QUALITIES[STANDARD]
    request = PersonaliseRequest(
        actor=args.actor,
        model=args.model or args.actor,
        start=args.start,
        minutes=args.minutes,
        others=tuple(args.set),
        sampling=api.sampling_config(preset.steps, preset.guidance),
        consent=args.consent,
    )
    with _footage(args) as recordings:
        model, comparison = api.personalise(recordings, request)
    print(comparison.rstrip("\n"), model, sep="\n")
    return 0


def evaluate(args: Namespace) -> int:
    from lipflap.training import api
    from lipflap.training.evaluation.evaluate import Extras

    preset = QUALITIES[args.quality]
    if args.strangers:
        strangers = api.evaluate_strangers(
            args.strangers, preset.steps, preset.guidance, html=args.html
        )
        print(strangers.as_text())
        return 0
    if not args.model or not args.set:
        raise DubError(
            "`evaluate` needs models and a SET to measure them on, or films of strangers.",
            fix="Give MODEL... --set SET, or --strangers FOLDER.",
        )
    evaluation = api.evaluate(
        args.model,
        args.set,
        api.sampling_config(preset.steps, preset.guidance, framewise=args.framewise),
        Extras(drift=args.drift, sweep=args.sweep, speed=args.speed),
        sentences=args.sentences,
        html=args.html,
    )
    print(evaluation.as_text().rstrip("\n"))
    return 0


@contextmanager
def _footage(args: Namespace) -> Iterator[list[Recording]]:
    """Yield the recordings in films, folders and cuts; bundles stay unpacked inside the block."""
    with TemporaryDirectory(prefix="lipflap-") as folder:
        recordings: list[Recording] = []
        for number, path in enumerate(args.footage):
            bundle = Path(folder) / str(number)
            recordings += _read_recordings(path, args.sound, bundle, args.rate, args.timeline)
        yield _with_faces(recordings, args.face)


def _read_recordings(
    path: Path, sound: str | None, bundle: Path, rate: Fraction | None, timeline: str
) -> list[Recording]:
    from lipflap.training.data.films import is_film, recordings_from_films

    if is_film(path) or (path.is_dir() and not is_bundle(path)):
        return list(recordings_from_films(path))
    rate = None if says_rate(path) else rate
    return recordings_from_cut(path, sound, bundle, rate=rate, name=timeline)


def _with_faces(
    recordings: Sequence[Recording], faces: Sequence[tuple[str, int]]
) -> list[Recording]:
    """Return the recordings with the chosen face, by name of film or clip. Raises DubError."""
    names = {recording.name for recording in recordings}
    chosen = dict(faces)
    for name in chosen:
        if name not in names:
            raise DubError(
                "no film or clip has this name.",
                where=name,
                fix=f"There are: {', '.join(sorted(names))}.",
            )
    return [replace(one, face=chosen.get(one.name)) for one in recordings]


def _add_prepare(command: ArgumentParser) -> None:
    add = command.add_argument
    _add_footage(command)
    add("-o", dest="set", metavar="SET", type=Path, required=True, help="the folder to write")
    add("--hold-out", metavar="SPEAKER", nargs="+", default=[], help="speakers who only validate")
    add(
        "--often",
        metavar="SPEAKER=N",
        type=times,
        nargs="+",
        default=[],
        help="learn N times as often from this speaker, or from these portraits",
    )
    add("--portraits", metavar="FOLDER", type=Path, help="labelled portraits to animate")
    add(
        "--animations",
        metavar="N",
        type=positive,
        default=3,
        help="sentences that each portrait says; default: 3",
    )
    _add_faces(command)


def _add_landmarks(command: ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--portraits",
        metavar="FOLDER",
        type=Path,
        required=True,
        help="portraits, and landmarks.npz",
    )
    add(
        "--talker",
        metavar="FOLDER",
        type=Path,
        required=True,
        help="films of a talker, and landmarks.npz",
    )
    _add_model_file(command)
    _add_recipe(command)


def _add_sync(command: ArgumentParser) -> None:
    _add_set(command)
    _add_model_file(command)
    _add_recipe(command)


def _add_encoder(command: ArgumentParser) -> None:
    command.add_argument(
        "parts",
        metavar="PART",
        type=Path,
        nargs="+",
        help="model.bin, whole or in parts in their order",
    )
    _add_model_file(command)


def _add_motion(command: ArgumentParser) -> None:
    add = command.add_argument
    _add_footage(command)
    _add_model_file(command)
    add(
        "--hold-out",
        metavar="SPEAKER",
        nargs="+",
        default=[],
        help="speakers who are measured and never train",
    )
    add(
        "--talkers",
        metavar="FILE.tsv",
        type=Path,
        help="who speaks in which film: a table with the columns file and talker",
    )
    _add_recipe(command)
    _add_faces(command)


def _add_mouth(command: ArgumentParser) -> None:
    _add_set(command)
    _add_run_folder(command)
    command.add_argument(
        "--from", dest="start", metavar="MODEL", help="begin with the weights of this model"
    )


def _add_distil(command: ArgumentParser) -> None:
    _add_set(command)
    _add_run_folder(command)
    add = command.add_argument
    add("--teacher", metavar="MODEL", required=True, help="the model to learn from")
    add(
        "--steps",
        metavar="N",
        type=positive,
        default=4,
        help="sampling steps of the teacher; default: 4",
    )
    add(
        "--guidance",
        metavar="WEIGHT",
        type=float,
        default=1.5,
        help="guidance of the teacher; default: 1.5",
    )


def _add_personalise(command: ArgumentParser) -> None:
    add = command.add_argument
    _add_footage(command)
    add("--actor", metavar="NAME", required=True, help="the actor, for the model's card and name")
    add(
        "-o",
        dest="model",
        metavar="MODEL",
        help="the model to write: a name or a .safetensors file; default: NAME",
    )
    add("--minutes", metavar="N", type=float, default=10, help="how long to train; default: 10")
    add(
        "--from",
        dest="start",
        metavar="MODEL",
        default="starter",
        help="begin with the weights of this model; default: starter",
    )
    add(
        "--set",
        metavar="SET",
        type=Path,
        nargs="+",
        default=[],
        help="prepared footage of others, to learn from too",
    )
    add("--consent", metavar="TEXT", default="", help="who agreed; kept in the model's card")
    _add_faces(command)


def _add_evaluate(command: ArgumentParser) -> None:
    add = command.add_argument
    add("model", metavar="MODEL", nargs="*", help="the models to compare")
    _add_set(command, required=False)
    add(
        "--strangers",
        metavar="FOLDER",
        type=Path,
        help="measure finished frames of films of people who never trained; needs no MODEL or SET",
    )
    add(
        "--html",
        metavar="REPORT",
        type=Path,
        help="write a report with pictures and plots to this file",
    )
    add("--sentences", metavar="N", type=positive, help="measure the first N sentences only")
    add("--quality", choices=tuple(QUALITIES), default=STANDARD, help="default: standard")
    add("--framewise", action="store_true", help="paint each frame without the one before it")
    add("--drift", action="store_true", help="measure drift over 1500 frames too")
    add("--sweep", action="store_true", help="measure quality against sampling steps too")
    add(
        "--speed",
        action="store_true",
        help="measure speed too, on a machine that does nothing else",
    )


def _add_footage(command: ArgumentParser) -> None:
    command.add_argument(
        "footage", metavar="FOOTAGE", type=Path, nargs="+", help="films, folders or cuts; see below"
    )
    add_timeline(command)
    add_rate(command)


def _add_set(command: ArgumentParser, *, required: bool = True) -> None:
    command.add_argument(
        "--set",
        metavar="SET",
        type=Path,
        required=required,
        help="the folder that `lipflap train prepare` wrote",
    )


def _add_model_file(command: ArgumentParser) -> None:
    command.add_argument(
        "-o",
        dest="model",
        metavar="FILE.safetensors",
        type=Path,
        required=True,
        help="the model to write",
    )


def _add_run_folder(command: ArgumentParser) -> None:
    command.add_argument(
        "-o",
        dest="run_folder",
        metavar="RUN",
        type=Path,
        required=True,
        help="the folder of the run",
    )
    command.add_argument("--resume", action="store_true", help="continue the run in RUN")
    _add_recipe(command)


def _add_recipe(command: ArgumentParser) -> None:
    command.add_argument(
        "--recipe",
        metavar="FILE",
        type=Path,
        help="TOML with the numbers of the run; those it leaves out keep their default",
    )


def _add_faces(command: ArgumentParser) -> None:
    command.add_argument(
        "--face",
        metavar="CLIP=N",
        type=face,
        nargs="+",
        action="extend",
        default=[],
        help="learn face N of a clip, whoever speaks",
    )
    command.add_argument(
        "--sound", metavar="TRACK", help="the production track of a cut; * and ? match"
    )
