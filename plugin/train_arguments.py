"""What `lipflap train` and `lipflap models` understand."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from lipflap.plugin.argument_words import face, positive, teach, times
from lipflap.plugin.quality import QUALITIES, STANDARD

_PLACES = """\
FOOTAGE is any of
    FOLDER          movie files with sound; folders in it are named like their speakers
    FILM            one such file
    CUT             a timeline: its clips with their production sound
Who validates and never trains: every fifth of five and more speakers; of fewer, every 19th of
their files; of fewer than six files, the last sixth of all seconds.
"""

_RUN = """\
RUN holds model.safetensors, the state of the run, and log/ for TensorBoard. With torchrun, many
processes train one model:
    torchrun --nproc-per-node 4 -m lipflap.plugin.cli train mouth --set SET -o RUN
"""


def train(command: ArgumentParser) -> None:
    """Adds the training commands; `training` in what is parsed names the one."""
    commands = command.add_subparsers(dest="training", required=True, metavar="COMMAND")
    add: Callable[..., ArgumentParser] = commands.add_parser
    _prepare(add("prepare", help="footage to a SET", **teach(_PLACES)))
    _landmarks(add("landmarks", help="train what finds points in a face"))
    _sync(add("sync", help="train what judges whether lips and sound belong together"))
    _mouth(add("mouth", help="train a mouth model", **teach(_RUN)))
    _distil(add("distil", help="teach a model to paint in one evaluation", **teach(_RUN)))
    _personalise(add("personalise", help="a model of one actor", **teach(_PLACES)))
    _evaluate(add("evaluate", help="figures on footage that never trained"))


def models(command: ArgumentParser) -> None:
    """Adds the commands about models; `deed` in what is parsed names the one."""
    commands = command.add_subparsers(dest="deed", required=True, metavar="COMMAND")
    commands.add_parser("list", help="all of them, shipped and yours")
    show = commands.add_parser("show", help="recipe and card of one")
    show.add_argument("model", metavar="MODEL", help="a name or a .safetensors file")
    verify = commands.add_parser("verify", help="whether they are whole, and as shipped")
    verify.add_argument("model", metavar="MODEL", nargs="*", help="default: all there are")
    put = commands.add_parser("add", help="copy one to your models, to use it by name")
    put.add_argument("file", metavar="FILE.safetensors", type=Path)
    put.add_argument("--name", help="default: that of the file")


def _prepare(command: ArgumentParser) -> None:
    add = command.add_argument
    add("footage", metavar="FOOTAGE", type=Path, nargs="+", help="see below")
    add("-o", dest="set", metavar="SET", type=Path, required=True)
    add("--hold-out", metavar="SPEAKER", nargs="+", default=[], help="who validates")
    add(
        "--often",
        metavar="SPEAKER=N",
        type=times,
        nargs="+",
        default=[],
        help="learn N times as often from this speaker, or from these portraits",
    )
    add("--portraits", metavar="FOLDER", type=Path, help="labelled portraits, taught to speak")
    add("--animations", metavar="N", type=positive, default=3, help="sentences each portrait says")
    _faces(command)


def _landmarks(command: ArgumentParser) -> None:
    add = command.add_argument
    add("--portraits", metavar="FOLDER", type=Path, required=True, help="with landmarks.npz")
    add("--talker", metavar="FOLDER", type=Path, required=True, help="films with landmarks.npz")
    add("-o", dest="model", metavar="FILE.safetensors", type=Path, required=True)
    _recipe(command)


def _sync(command: ArgumentParser) -> None:
    _set(command)
    command.add_argument("-o", dest="model", metavar="FILE.safetensors", type=Path, required=True)
    _recipe(command)


def _mouth(command: ArgumentParser) -> None:
    _set(command)
    _run(command)
    command.add_argument("--from", dest="start", metavar="MODEL", help="begin with its weights")


def _distil(command: ArgumentParser) -> None:
    _set(command)
    _run(command)
    add = command.add_argument
    add("--teacher", metavar="MODEL", required=True)
    add("--steps", metavar="N", type=positive, default=4, help="evaluations of the teacher")
    add("--guidance", metavar="WEIGHT", type=float, default=1.5, help="of the teacher")


def _personalise(command: ArgumentParser) -> None:
    add = command.add_argument
    add("footage", metavar="FOOTAGE", type=Path, nargs="+", help="see below")
    add("--actor", metavar="NAME", required=True, help="who the model is to be of")
    add("-o", dest="model", metavar="MODEL", help="a name or a .safetensors file; default: NAME")
    add("--minutes", metavar="N", type=float, default=10, help="all it may take")
    add("--from", dest="start", metavar="MODEL", default="starter", help="begin with its weights")
    add("--set", metavar="SET", type=Path, nargs="+", default=[], help="others to learn from too")
    add("--consent", metavar="TEXT", default="", help="who agreed; kept in the model's card")
    _faces(command)


def _evaluate(command: ArgumentParser) -> None:
    add = command.add_argument
    add("model", metavar="MODEL", nargs="+", help="models to see side by side")
    _set(command)
    add("--html", metavar="REPORT", type=Path, help="with pictures and plots")
    add("--sentences", metavar="N", type=positive, help="only the first")
    add("--quality", choices=tuple(QUALITIES), default=STANDARD)
    add("--framewise", action="store_true", help="each frame without the one before it")
    add("--drift", action="store_true", help="walk 1500 frames too")
    add("--sweep", action="store_true", help="quality over evaluations too")
    add("--speed", action="store_true", help="speed too; on a machine that does nothing else")


def _set(command: ArgumentParser) -> None:
    command.add_argument("--set", metavar="SET", type=Path, required=True)


def _run(command: ArgumentParser) -> None:
    command.add_argument("-o", dest="run", metavar="RUN", type=Path, required=True)
    command.add_argument("--resume", action="store_true", help="go on with what RUN holds")
    _recipe(command)


def _recipe(command: ArgumentParser) -> None:
    command.add_argument(
        "--recipe", metavar="FILE", type=Path, help="TOML; what it leaves out keeps its default"
    )


def _faces(command: ArgumentParser) -> None:
    command.add_argument(
        "--face",
        metavar="CLIP=N",
        type=face,
        nargs="+",
        action="extend",
        default=[],
        help="learn face N of a clip, not the one that is heard",
    )
    command.add_argument(
        "--sound", metavar="TRACK", help="the production track of a cut; * and ? match"
    )
