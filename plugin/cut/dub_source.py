"""Where the dub comes from: tracks of the cut, one sound file, or a folder of files."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.order import Role
from lipflap.core.timecode import parse_timecode
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.cut.track_names import (
    language_of,
    names_dub,
    names_music_and_effects,
    without_language,
)

_log = logging.getLogger(__name__)

_TRACK = "track:"
_SOUND_SUFFIX = re.compile(
    r"\.(wav|bwf|w64|rf64|aiff?|caf|flac|mp3|m4a|aac|ogg|opus|mxf|mov|mp4)", re.IGNORECASE
)


class DubUnclear(DubError):
    """The cut does not tell which of its sound is the dub; someone has to say.

    tracks   the sound tracks there are to choose from
    """

    def __init__(self, problem: str, *, where: str, fix: str, tracks: tuple[str, ...]) -> None:
        super().__init__(problem, where=where, fix=fix)
        self.tracks = tracks


def assign_dub(
    cut: Cut,
    dub: str | None,
    *,
    dub_at: str | None,
    labels: Mapping[str, tuple[str, ...]],
    sound_seconds: Callable[[Path], Fraction],
) -> Cut:
    """The cut, its lines told apart: what is dub, what is production sound.

    dub            track:NAME (a name or a glob), a sound file, a folder; None: the cut tells
    dub_at         record timecode where a sound file starts; None for the cut's first frame
    labels         what the metadata of each sound track says, by track name
    sound_seconds  how long a sound file lasts
    Lines of tracks without dialogue, and of dub tracks that are not meant, are left out: they are
    no sound of the day. Raises DubError when it is not clear what is meant, listing the tracks.
    """
    if dub_at and (not dub or dub.startswith(_TRACK) or Path(dub).is_dir()):
        raise DubError(
            "says where a sound file starts, and the dub is not one sound file.",
            where=f"--dub-at {dub_at}",
            fix="Leave it out: tracks and folders say themselves where their sound lies.",
        )
    if dub is None:
        return _from_tracks(cut, _clear_tracks(cut, labels), labels)
    if dub.startswith(_TRACK):
        return _from_tracks(cut, _named_tracks(cut, dub.removeprefix(_TRACK)), labels)
    path = Path(dub)
    if not path.exists():
        raise MediaMissing(
            "is no sound file and no folder.", where=dub, fix=f"For a track write {_TRACK}NAME."
        )
    spoken = production(cut, labels)
    if path.is_dir():
        lines = _from_folder(cut, path, sound_seconds)
    else:
        lines = (_from_file(cut, path, dub_at, sound_seconds),)
    return replace(cut, lines=(*lines, *spoken))


def _from_tracks(cut: Cut, tracks: set[str], labels: Mapping[str, tuple[str, ...]]) -> Cut:
    dubbed = tuple(replace(line, role=Role.DUB) for line in cut.lines if line.track in tracks)
    spoken = tuple(line for line in production(cut, labels) if line.track not in tracks)
    return replace(cut, lines=(*dubbed, *spoken))


def production(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> tuple[DubLine, ...]:
    """The lines in which the actors of the day may be heard: no dub, and not without dialogue."""
    return tuple(
        line
        for line in cut.lines
        if not any(map(names_dub, _track_texts(line.track, labels)))
        and not any(map(names_music_and_effects, _track_texts(line.track, labels)))
    )


def _track_texts(track: str, labels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (track, *labels.get(track, ()))


def _tracks(cut: Cut) -> list[str]:
    return list(dict.fromkeys(line.track for line in cut.lines))


def lines_on_tracks(cut: Cut, pattern: str) -> tuple[DubLine, ...]:
    """The lines of the sound tracks of this name, which may hold * and ?. Raises DubError."""
    tracks = _named_tracks(cut, pattern)
    return tuple(line for line in cut.lines if line.track in tracks)


def _named_tracks(cut: Cut, pattern: str) -> set[str]:
    wanted = pattern.casefold()
    found = {
        track
        for track in _tracks(cut)
        if track.casefold() == wanted or fnmatchcase(track.casefold(), wanted)
    }
    if not found:
        raise DubError(
            f"names no sound track of the cut; {_list_tracks(_tracks(cut))}.",
            where=_TRACK + pattern,
        )
    return found


def _clear_tracks(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The tracks that say dub, else those that name a language; all must name the same one."""
    spoken = [
        track
        for track in _tracks(cut)
        if not any(map(names_music_and_effects, _track_texts(track, labels)))
    ]
    dubbed = [track for track in spoken if any(map(names_dub, _track_texts(track, labels)))]
    named = [track for track in spoken if any(map(language_of, _track_texts(track, labels)))]
    found = dubbed or named
    languages = {language_of(text) for track in found for text in _track_texts(track, labels)} - {
        None
    }
    if not found or len(languages) > 1:
        said = "no sound track says it is a dub" if not found else "several tracks could be the dub"
        raise DubUnclear(
            f"{said}; {_list_tracks(_tracks(cut))}.",
            where=cut.name,
            fix=f"Say which with --dub {_TRACK}NAME, or give a sound file or a folder.",
            tracks=tuple(track for track in labels if track in _tracks(cut)),
        )
    return set(found)


def _list_tracks(tracks: Iterable[str]) -> str:
    names = ", ".join(f"'{track}'" for track in tracks)
    return f"its sound tracks are {names}" if names else "it has no sound tracks that play"


def _from_file(
    cut: Cut, path: Path, dub_at: str | None, sound_seconds: Callable[[Path], Fraction]
) -> DubLine:
    start = Fraction(0)
    if dub_at:
        start = (parse_timecode(dub_at, cut.rate) - cut.first_frame) / cut.rate
    line = _line(path, start, sound_seconds)
    end = max((shot.record.end for shot in cut.shots), default=Fraction(0))
    if line.record.start >= end or line.record.end <= 0:
        raise DubError(
            "plays before the cut starts or after it ends.",
            where=f"{path} at {dub_at}",
            fix="Give the record timecode of the sound's first sample.",
        )
    return line


def _from_folder(
    cut: Cut, folder: Path, sound_seconds: Callable[[Path], Fraction]
) -> tuple[DubLine, ...]:
    """A line at the start of each shot that a file of the folder is named like."""
    shots = {shot.name.casefold(): shot for shot in cut.shots}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not _SOUND_SUFFIX.fullmatch(path.suffix):
            continue
        shot = _shot_of(path.stem, shots)
        if shot is None:
            _log.warning("%s is named like no clip of the cut, and is left out.", path)
        elif shot.name in found:
            raise DubError(
                f"is meant by two files: {found[shot.name].name} and {path.name}.",
                where=shot.name,
                fix="Keep one language in the folder.",
            )
        else:
            found[shot.name] = path
    if not found:
        names = ", ".join(shot.name for shot in cut.shots[:5])
        raise DubError(
            "holds no sound file named like a clip.",
            where=str(folder),
            fix=f"Name the files like the clips: {names} …",
        )
    return tuple(
        _line(found[shot.name], shot.record.start, sound_seconds)
        for shot in cut.shots
        if shot.name in found
    )


def _shot_of(stem: str, shots: Mapping[str, Shot]) -> Shot | None:
    whole, bare = stem.casefold(), without_language(stem).casefold()
    return shots.get(whole) or shots.get(bare)


def _line(path: Path, start: Fraction, sound_seconds: Callable[[Path], Fraction]) -> DubLine:
    length = sound_seconds(path)
    if length <= 0:
        raise DubError("holds no sound.", where=str(path))
    return DubLine(
        name=path.stem,
        path=str(path.absolute()),
        role=Role.DUB,
        track=path.parent.name,
        sound_start=Fraction(0),
        record=TimeRange(start, start + length),
    )
