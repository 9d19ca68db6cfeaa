"""`lipflap train`: what is asked for, in the words of lipflap.training, which is loaded for it."""

import logging
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.recording import Recording
from lipflap.plugin.quality import QUALITIES, STANDARD
from lipflap.plugin.recordings import recordings
from lipflap.plugin.unbundle import is_bundle


def run(asked: Namespace) -> list[str]:
    """Do what one of the training commands asks for; what to print. Raises DubError."""
    if find_spec("tensorboard") is None:
        raise DubError("training needs tensorboard.", fix="pip install 'lipflap[train]'")
    logging.getLogger("lipflap").setLevel(logging.INFO)
    return _COMMANDS[asked.training](asked)


def _prepare(asked: Namespace) -> list[str]:
    from lipflap.training import train

    with _footage(asked) as found:
        clips = train.prepare(
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
    from lipflap.training import train

    error = train.train_landmarks(asked.portraits, asked.talker, asked.recipe, asked.model)
    return [f"{asked.model}: error on portraits never seen {error:.4f} of the eye distance"]


def _sync(asked: Namespace) -> list[str]:
    from lipflap.training import train

    train.train_sync(asked.set, asked.recipe, asked.model)
    return [str(asked.model)]


def _mouth(asked: Namespace) -> list[str]:
    from lipflap.training import train

    made = train.train_mouth(asked.set, asked.recipe, asked.run, asked.start, resume=asked.resume)
    return [str(made)]


def _distil(asked: Namespace) -> list[str]:
    from lipflap.training import train
    from lipflap.training.distil import Teacher

    teacher = Teacher(train.load_mouth(asked.teacher), asked.steps, asked.guidance)
    made = train.train_distil(asked.set, teacher, asked.recipe, asked.run, resume=asked.resume)
    return [str(made)]


def _personalise(asked: Namespace) -> list[str]:
    from lipflap.training import train
    from lipflap.training.personal_card import Wish
    from lipflap.training.personalise import personalise

    preset = QUALITIES[STANDARD]
    wish = Wish(
        actor=asked.actor,
        model=asked.model or asked.actor,
        start=asked.start,
        minutes=asked.minutes,
        others=tuple(asked.set),
        quality=train.quality(preset.steps, preset.guidance),
        consent=asked.consent,
    )
    with _footage(asked) as found:
        place, shown = personalise(found, wish)
    return [shown, str(place)]


def _evaluate(asked: Namespace) -> list[str]:
    from lipflap.training import train
    from lipflap.training.evaluate import Extras

    preset = QUALITIES[asked.quality]
    done = train.evaluate(
        asked.model,
        asked.set,
        train.quality(preset.steps, preset.guidance, framewise=asked.framewise),
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
    from lipflap.training.films import films, is_film

    if is_film(place) or (place.is_dir() and not is_bundle(place)):
        return list(films(place))
    return recordings(place, sound, bundle)


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
