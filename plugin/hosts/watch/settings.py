"""The settings of a watched folder, in its own lipflap.toml.

dub = "dub_de.wav"          # as --dub; files are named from the folder
quality = "final"           # every option of `lipflap dub` below, with _ for -
consent = "release 2026-11"
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

from lipflap.core.encode.codecs import CODECS, SOURCE
from lipflap.core.errors import DubError
from lipflap.core.order import Mode
from lipflap.core.paint.burn_in import check_burn_in
from lipflap.plugin.cut.cast.speakers import check_shown, parse_face, parse_shown_face
from lipflap.plugin.cut.cuesheet import NO_DECISIONS, ShotFilter
from lipflap.plugin.cut.decisions import with_speaker
from lipflap.plugin.cut.dub_source import is_sound
from lipflap.plugin.dub_request import DubRequest, default_request
from lipflap.plugin.job.path_map import Rules, parse_local_rule
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.timeline.media.media_finder import MediaPlaces
from lipflap.plugin.timeline.patch.dubbed_shot import How

FILE_NAME = "lipflap.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """What is done with every cut of a folder; the names are those of options of `lipflap dub`.

    dub      a track, or a file or folder beside the cuts; empty for the one clear dub track
    dub_channel  the channel of a dub given as sound files that is the voice, from 1; 0 to find it
    face     faces to repaint whoever speaks, each as SHOT=N
    speaker  faces shown to be characters, each as WHO=SHOT:N
    references  more films of the actors, named from the folder
    map      folders of the editor's machine that lie here, each as FROM=TO, TO from the folder
    conform  how the dubbed cut takes the new pictures, as --as; empty for its format's default
    settle_s seconds for which a cut must not have changed before it is taken as complete
    """

    dub: str = ""
    dub_at: str = ""
    dub_channel: int = 0
    consent: str = ""
    require_consent: bool = False
    burn_in: str = ""
    quality: str = STANDARD
    codec: str = SOURCE
    mode: str = Mode.REFERENCE.value
    model: str = "starter"
    conform: str = ""
    timeline: str = ""
    rate: str = ""
    blink: bool = False
    seed: int = 0
    handles: int = 8
    settle_s: int = 5
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    face: tuple[str, ...] = ()
    speaker: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    map: tuple[str, ...] = ()


_Face = TypeVar("_Face")

_KINDS = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    tuple: "a list of texts",
}


def read_settings(folder: Path) -> WatchSettings:
    """Return a folder's settings; the standard ones without a file. Raises DubError."""
    path = folder / FILE_NAME
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return WatchSettings()
    except (OSError, ValueError) as problem:
        raise DubError(f"cannot be read: {problem}.", where=str(path), fix="Correct it.") from None
    return _checked(_settings(said, path), path)


def _settings(said: Mapping[str, object], path: Path) -> WatchSettings:
    defaults = {field.name: getattr(WatchSettings(), field.name) for field in fields(WatchSettings)}
    values: dict[str, Any] = {}
    for name, value in said.items():
        if name not in defaults:
            known = ", ".join(defaults)
            raise DubError(
                f"has a setting '{name}', which is none.", where=str(path), fix=f"Known: {known}."
            )
        wanted = type(defaults[name])
        if wanted is tuple and isinstance(value, list):
            value = tuple(value)
        is_texts = not isinstance(value, tuple) or all(isinstance(one, str) for one in value)
        if type(value) is not wanted or not is_texts:
            kind = _KINDS[wanted]
            raise DubError(
                f"has {name} = {value!r}, which is not {kind}.", where=str(path), fix="Correct it."
            )
        values[name] = value
    return replace(WatchSettings(), **values)


def _checked(settings: WatchSettings, path: Path) -> WatchSettings:
    """Return the settings. Raises DubError for a choice that there is not."""
    choices: Mapping[str, tuple[str, ...]] = {
        "quality": tuple(QUALITIES),
        "codec": (SOURCE, *CODECS),
        "mode": tuple(Mode),
        "conform": ("", *How),
    }
    for name, known in choices.items():
        if (value := getattr(settings, name)) not in known:
            listed = ", ".join(one for one in known if one)
            raise DubError(
                f"has {name} = {value!r}, which is none of them.",
                where=str(path),
                fix=f"Choose one of: {listed}.",
            )
    try:
        if settings.burn_in:
            check_burn_in(settings.burn_in)
    except DubError as problem:
        text = f"has a burn_in that {problem.problem}"
        raise DubError(text, where=str(path), fix=problem.fix) from None
    if settings.rate:
        _parsed(Fraction, settings.rate, "rate", path)
    _check_faces(settings, path)
    path_rules(settings, path.parent)
    if settings.references and settings.mode != Mode.REFERENCE:
        raise DubError(
            f"has references, which have no effect with mode = '{settings.mode}': it uses no "
            "filmed mouths.",
            where=str(path),
            fix="Leave one of the two out.",
        )
    _check_numbers(settings, path)
    return settings


def _check_numbers(settings: WatchSettings, path: Path) -> None:
    for name in ("handles", "settle_s", "seed", "dub_channel"):
        if getattr(settings, name) < 0:
            raise DubError(f"has {name} below 0.", where=str(path), fix="Correct it.")
    if settings.dub_channel and not (settings.dub and is_sound(settings.dub)):
        raise DubError(
            "has a dub_channel, which chooses a channel of sound files, but its dub is none.",
            where=str(path),
            fix="Leave it out: tracks and sessions say which channels are heard.",
        )


def _check_faces(settings: WatchSettings, path: Path) -> None:
    listed = "`lipflap faces` lists the faces of a shot by number."
    _parsed_faces(parse_face, settings.face, path, "face", f"Write it as SH010=1; {listed}")
    fix = f"Write it as ANNA=SH010:1; {listed}"
    shown = _parsed_faces(parse_shown_face, settings.speaker, path, "speaker", fix)
    try:
        check_shown(shown)
    except ValueError as problem:
        fix = "Leave one of the two out."
        raise DubError(f"has speakers of which {problem}.", where=str(path), fix=fix) from None


def _parsed_faces(
    parse: Callable[[str], _Face], texts: Sequence[str], path: Path, name: str, fix: str
) -> list[_Face]:
    """Return what the texts of a setting say. Raises DubError that names the one that is wrong."""
    parsed = []
    for text in texts:
        try:
            parsed.append(parse(text))
        except ValueError as problem:
            reason = str(problem).removeprefix(repr(text)).strip()
            what = f"has {name} = [{text!r}], which {reason}."
            raise DubError(what, where=str(path), fix=fix) from None
    return parsed


def _parsed(kind: Callable[[str], Fraction], text: str, name: str, path: Path) -> Fraction:
    try:
        return kind(text)
    except (ValueError, ZeroDivisionError):
        raise DubError(
            f"has {name} = {text!r}, which is no number.",
            where=str(path),
            fix="Write it as 25 or 24000/1001.",
        ) from None


def make_request(settings: WatchSettings, cut: Path) -> DubRequest:
    """Return the request to dub a cut of the folder."""
    faces, shown = map(parse_face, settings.face), tuple(map(parse_shown_face, settings.speaker))
    request = default_request(cut, reduce(with_speaker, shown, NO_DECISIONS))
    quality = QUALITIES[settings.quality]
    painting = replace(
        request.settings.dub_settings,
        model=_model(settings.model, cut.parent),
        steps=quality.steps,
        guidance=quality.guidance,
        mode=Mode(settings.mode),
        seed=settings.seed,
        blink=settings.blink,
    )
    folder = cut.parent
    return replace(
        request,
        dub=_dub(settings.dub, folder),
        dub_at=settings.dub_at or None,
        dub_channel=settings.dub_channel - 1 if settings.dub_channel else None,
        consent=settings.consent,
        require_consent=settings.require_consent,
        shots=ShotFilter(settings.only, settings.skip, tuple(faces), shown, settings.extend),
        settings=replace(
            request.settings,
            handles=settings.handles,
            codec=settings.codec,
            dub_settings=painting,
            references=tuple(str((folder / film).absolute()) for film in settings.references),
            burn_in=settings.burn_in,
        ),
        places=MediaPlaces(
            path_rules(settings, folder), tuple(folder / one for one in settings.media)
        ),
        rate=Fraction(settings.rate) if settings.rate else None,
        timeline=settings.timeline,
    )


def path_rules(settings: WatchSettings, folder: Path) -> Rules:
    """Return the rules of `map`. Raises DubError for what is none, or leads to no folder."""
    found = []
    for text in settings.map:
        source, mark, target = text.partition("=")
        try:
            found.append(parse_local_rule(f"{source}{mark}{folder / target if target else ''}"))
        except ValueError:
            raise DubError(
                f"has map = '{text}', which is not a whole path and a folder here.",
                where=str(folder / FILE_NAME),
                fix=r"Write it as 'P:\show=/mnt/show'.",
            ) from None
    return tuple(found)


def _model(model: str, folder: Path) -> str:
    """Return a model's name, or the path of its file, which is named from the folder."""
    return str(folder / model) if model.endswith(".safetensors") else model


def _dub(dub: str, folder: Path) -> str | None:
    if not dub or dub.startswith("track:"):
        return dub or None
    return str(folder / dub)
