"""`lipflap train`: what is asked for, in the words of lipflap.training, which is loaded for it."""

import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.recording import Recording
from lipflap.plugin.cli.types import face, help_options, positive, times
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.order.training_clips import training_clips
from lipflap.plugin.timeline.bundle_read import is_bundle


def run(asked: Namespace) -> list[str]:
    """Do what one of the training commands asks for; what to print. Raises DubError."""
    if find_spec("tensorboard") is None:
        raise DubError("training needs tensorboard.", fix="pip install 'lipflap[train]'")
    logging.getLogger("lipflap").setLevel(logging.INFO)
    return _COMMANDS[asked.training](asked)


def _prepare(asked: Namespace) -> list[str]:
    from lipflap.training import api

    with _footage(asked) as found:
        clips = api.prepare(
            found,
            asked.hold_out,
            asked.portraits,
            asked.animations,
            dict(asked.often),
            asked.set,
        )
    held = sum(clip.validates for clip in clips)
    return [f"{asked.set}: {len(clips)} clips, {held} of them validate"]


def _landmarks(asked: Namespace) -> list[str]:
    from lipflap.training import api

    error = api.train_landmarks(asked.portraits, asked.talker, asked.recipe, asked.model)
    return [f"{asked.model}: error on portraits never seen {error:.4f} of the eye distance"]


def _sync(asked: Namespace) -> list[str]:
    from lipflap.training import api

    api.train_sync(asked.set, asked.recipe, asked.model)
    return [str(asked.model)]


def _mouth(asked: Namespace) -> list[str]:
    from lipflap.training import api

    made = api.train_mouth(asked.set, asked.recipe, asked.run, asked.start, resume=asked.resume)
    return [str(made)]


def _distil(asked: Namespace) -> list[str]:
    from lipflap.training import api
    from lipflap.training.mouth.distil import Teacher

    teacher = Teacher(api.load_mouth(asked.teacher), asked.steps, asked.guidance)
    made = api.train_distil(asked.set, teacher, asked.recipe, asked.run, resume=asked.resume)
    return [str(made)]


def _personalise(asked: Namespace) -> list[str]:
    from lipflap.training import api
    from lipflap.training.personal.model_card import PersonaliseRequest
    from lipflap.training.personal.personalise import personalise

    preset = QUALITIES[STANDARD]
    wish = PersonaliseRequest(
        actor=asked.actor,
        model=asked.model or asked.actor,
        start=asked.start,
        minutes=asked.minutes,
        others=tuple(asked.set),
        quality=api.quality(preset.steps, preset.guidance),
        consent=asked.consent,
    )
    with _footage(asked) as found:
        place, shown = personalise(found, wish)
    return [shown, str(place)]


def _evaluate(asked: Namespace) -> list[str]:
    from lipflap.training import api
    from lipflap.training.evaluation.evaluate import Extras

    preset = QUALITIES[asked.quality]
    done = api.evaluate(
        asked.model,
        asked.set,
        api.quality(preset.steps, preset.guidance, framewise=asked.framewise),
        Extras(drift=asked.drift, steps=asked.sweep, speed=asked.speed),
        sentences=asked.sentences,
        html=asked.html,
    )
    return [done.as_text()]


_COMMANDS: dict[str, Callable[[Namespace], list[str]]] = {
    "prepare": _prepare,
    "landmarks": _landmarks,
    "sync": _sync,
    "mouth": _mouth,
    "distil": _distil,
    "personalise": _personalise,
    "evaluate": _evaluate,
}


@contextmanager
def _footage(asked: Namespace) -> Iterator[list[Recording]]:
    """The recordings that films, folders and cuts hold; bundles stay unpacked inside the block."""
    with TemporaryDirectory(prefix="lipflap-") as folder:
        found: list[Recording] = []
        for number, place in enumerate(asked.footage):
            found += _recordings(place, asked.sound, Path(folder) / str(number))
        yield _with_faces(found, asked.face)


def _recordings(place: Path, sound: str | None, bundle: Path) -> list[Recording]:
    from lipflap.training.data.films import films, is_film

    if is_film(place) or (place.is_dir() and not is_bundle(place)):
        return list(films(place))
    return training_clips(place, sound, bundle)


def _with_faces(found: Sequence[Recording], faces: Sequence[tuple[str, int]]) -> list[Recording]:
    """The recordings, the faces chosen by name of film or clip. Raises DubError."""
    names = {one.name for one in found}
    chosen = dict(faces)
    for name in chosen:
        if name not in names:
            raise DubError(
                "no film or clip has this name.",
                where=name,
                fix=f"There are: {', '.join(sorted(names))}.",
            )
    return [replace(one, face=chosen.get(one.name)) for one in found]


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
    torchrun --nproc-per-node 4 -m lipflap.plugin.cli.main train mouth --set SET -o RUN
"""


def train(command: ArgumentParser) -> None:
    """Adds the training commands; `training` in what is parsed names the one."""
    commands = command.add_subparsers(dest="training", required=True, metavar="COMMAND")
    add: Callable[..., ArgumentParser] = commands.add_parser
    _add_prepare(add("prepare", help="footage to a SET", **help_options(_PLACES)))
    _add_landmarks(add("landmarks", help="train what finds points in a face"))
    _add_sync(add("sync", help="train what judges whether lips and sound belong together"))
    _add_mouth(add("mouth", help="train a mouth model", **help_options(_RUN)))
    _add_distil(
        add("distil", help="teach a model to paint in one evaluation", **help_options(_RUN))
    )
    _add_personalise(add("personalise", help="a model of one actor", **help_options(_PLACES)))
    _add_evaluate(add("evaluate", help="figures on footage that never trained"))


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


def _add_prepare(command: ArgumentParser) -> None:
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


def _add_landmarks(command: ArgumentParser) -> None:
    add = command.add_argument
    add("--portraits", metavar="FOLDER", type=Path, required=True, help="with landmarks.npz")
    add("--talker", metavar="FOLDER", type=Path, required=True, help="films with landmarks.npz")
    add("-o", dest="model", metavar="FILE.safetensors", type=Path, required=True)
    _recipe(command)


def _add_sync(command: ArgumentParser) -> None:
    _set(command)
    command.add_argument("-o", dest="model", metavar="FILE.safetensors", type=Path, required=True)
    _recipe(command)


def _add_mouth(command: ArgumentParser) -> None:
    _set(command)
    _run(command)
    command.add_argument("--from", dest="start", metavar="MODEL", help="begin with its weights")


def _add_distil(command: ArgumentParser) -> None:
    _set(command)
    _run(command)
    add = command.add_argument
    add("--teacher", metavar="MODEL", required=True)
    add("--steps", metavar="N", type=positive, default=4, help="evaluations of the teacher")
    add("--guidance", metavar="WEIGHT", type=float, default=1.5, help="of the teacher")


def _add_personalise(command: ArgumentParser) -> None:
    add = command.add_argument
    add("footage", metavar="FOOTAGE", type=Path, nargs="+", help="see below")
    add("--actor", metavar="NAME", required=True, help="who the model is to be of")
    add("-o", dest="model", metavar="MODEL", help="a name or a .safetensors file; default: NAME")
    add("--minutes", metavar="N", type=float, default=10, help="all it may take")
    add("--from", dest="start", metavar="MODEL", default="starter", help="begin with its weights")
    add("--set", metavar="SET", type=Path, nargs="+", default=[], help="others to learn from too")
    add("--consent", metavar="TEXT", default="", help="who agreed; kept in the model's card")
    _faces(command)


def _add_evaluate(command: ArgumentParser) -> None:
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
