"""The arguments of `lipflap train`."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from lipflap.plugin.cli.arguments import (
    add_media_places,
    add_rate,
    add_timeline,
    face,
    positive,
    times,
)
from lipflap.plugin.order.quality import QUALITIES, STANDARD


def add_prepare_arguments(command: ArgumentParser) -> None:
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
    add(
        "--portraits",
        metavar="FOLDER",
        type=Path,
        nargs="+",
        default=[],
        help="portraits to animate, labelled or not; teeth that one shows are its own",
    )
    add(
        "--animations",
        metavar="N",
        type=positive,
        default=3,
        help="sentences that each portrait says; default: 3",
    )
    _add_faces(command)


def add_landmarks_arguments(command: ArgumentParser) -> None:
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


def add_sync_arguments(command: ArgumentParser) -> None:
    _add_set(command)
    _add_model_file(command)
    _add_recipe(command)


def add_encoder_arguments(command: ArgumentParser) -> None:
    command.add_argument(
        "parts",
        metavar="PART",
        type=Path,
        nargs="+",
        help="model.bin, whole or in parts in their order",
    )
    _add_model_file(command)


def add_judge_arguments(command: ArgumentParser) -> None:
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
    _add_talkers(command)
    _add_recipe(command)
    _add_faces(command)


def add_motion_arguments(command: ArgumentParser) -> None:
    add_judge_arguments(command)
    _add_words(command)


def _add_words(command: ArgumentParser) -> None:
    command.add_argument(
        "--words",
        metavar="VOICE=FILE",
        type=_words_of_voice,
        nargs="+",
        action="extend",
        default=[],
        help="words, one a line, that a voice of espeak-ng reads aloud, to learn its language too",
    )


def _words_of_voice(text: str) -> tuple[str, Path]:
    voice, equals, file = text.partition("=")
    if not (voice and equals and file):
        raise ArgumentTypeError(f"{text!r} is not VOICE=FILE, such as de=words/german")
    return voice, Path(file)


def add_correction_arguments(command: ArgumentParser) -> None:
    _add_footage(command)
    _add_model_file(command)
    _add_talkers(command)
    _add_recipe(command)
    _add_faces(command)


def add_gpu_pack_arguments(command: ArgumentParser) -> None:
    add = command.add_argument
    _add_footage(command)
    add("-o", dest="set", metavar="FILE.safetensors", type=Path, required=True, help="the SET")
    add("--hold-out", metavar="SPEAKER", nargs="+", default=[], help="speakers who are left out")
    _add_talkers(command)
    _add_words(command)
    _add_faces(command)


def add_gpu_run_arguments(command: ArgumentParser) -> None:
    add = command.add_argument
    add("set", metavar="SET", type=Path, help="the file that `lipflap train gpu pack` wrote")
    add("-o", dest="folder", metavar="FOLDER", type=Path, required=True, help="where weights go")
    add("--minutes", metavar="N", type=positive, default=8, help="all in all; default: 8")
    add("--eager", action="store_true", help="do not compile: where there is no C compiler")
    add(
        "--steps",
        metavar="N",
        type=positive,
        help="steps of each training, for a try; without CUDA it must be given",
    )


def add_heads_arguments(command: ArgumentParser) -> None:
    add_judge_arguments(command)
    command.add_argument(
        "--autoregressive",
        action="store_true",
        help="train the prior that says one tick after the other, to compare with",
    )


def add_mouth_arguments(command: ArgumentParser) -> None:
    _add_set(command)
    _add_run_folder(command)
    command.add_argument(
        "--from", dest="start", metavar="MODEL", help="begin with the weights of this model"
    )


def add_distil_arguments(command: ArgumentParser) -> None:
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


def add_personalise_arguments(command: ArgumentParser) -> None:
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


def add_evaluate_arguments(command: ArgumentParser) -> None:
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
        "--motion",
        metavar="FOLDER",
        type=Path,
        help="measure how heads move in gaps of films that never trained; MODELs are of `train "
        "heads`, the shipped one if none is given",
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


def _add_talkers(command: ArgumentParser) -> None:
    command.add_argument(
        "--talkers",
        metavar="FILE.tsv",
        type=Path,
        help="who speaks in which film: a table with the columns file and talker",
    )


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
    add_media_places(command)
