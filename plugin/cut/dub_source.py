"""The dub of a cut: some of its sound tracks, one sound file, or a folder of files."""

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
    """It is not clear which sound tracks of the cut are the dub; the user has to say.

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
    """Return the cut with its lines divided into dub and production sound.

    dub            track:NAME (a name or a glob), a sound file, a folder; None: by track names
    dub_at         record timecode where a sound file starts; None for the cut's first frame
    labels         texts in the metadata of each sound track, by track name
    sound_seconds  how long a sound file lasts
    Lines of tracks without dialogue, and of other dub tracks, are left out: they are no production
    sound. Raises DubError when it is not clear which tracks are the dub, listing the tracks.
    """
    if dub_at and (not dub or dub.startswith(_TRACK) or Path(dub).is_dir()):
        raise DubError(
            "gives the start of a sound file, but the dub is no single sound file.",
            where=f"--dub-at {dub_at}",
            fix="Leave it out: the sound of tracks and folders has its place in the cut.",
        )
    if dub is None:
        return _from_tracks(cut, _clear_tracks(cut, labels), labels)
    if dub.startswith(_TRACK):
        return _from_tracks(cut, _named_tracks(cut, dub.removeprefix(_TRACK)), labels)
    path = Path(dub)
    if not path.exists():
        raise MediaMissing(
            "does not exist, neither as a sound file nor as a folder.",
            where=dub,
            fix=f"For a sound track of the cut write {_TRACK}NAME.",
        )
    if path.is_dir():
        lines = _from_folder(cut, path, sound_seconds)
    else:
        lines = (_from_file(cut, path, dub_at, sound_seconds),)
    return replace(cut, lines=(*lines, *production_lines(cut, labels)))


def is_beside_cut(dub: str | None) -> bool:
    """Return whether a dub is given as files, and not as sound tracks of the cut."""
    return dub is not None and not dub.startswith(_TRACK)


def _from_tracks(cut: Cut, tracks: set[str], labels: Mapping[str, tuple[str, ...]]) -> Cut:
    dub = tuple(replace(line, role=Role.DUB) for line in cut.lines if line.track in tracks)
    lines = production_lines(cut, labels)
    return replace(cut, lines=(*dub, *(line for line in lines if line.track not in tracks)))


def production_lines(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> tuple[DubLine, ...]:
    """Return the lines that may be production sound: on no dub track, nor on one of M&E."""
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
    """Return the lines of the sound tracks of this name, which may hold * and ?.

    Raises DubError when no sound track has it.
    """
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
            f"matches no sound track of the cut; {_list_tracks(_tracks(cut))}.",
            where=_TRACK + pattern,
            fix="Give one of these names; * and ? match.",
        )
    return found


def _clear_tracks(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the tracks named a dub, else those that name a language; all must name the same."""
    dialogue = [
        track
        for track in _tracks(cut)
        if not any(map(names_music_and_effects, _track_texts(track, labels)))
    ]
    dubs = [track for track in dialogue if any(map(names_dub, _track_texts(track, labels)))]
    named = [track for track in dialogue if any(map(language_of, _track_texts(track, labels)))]
    clear = dubs or named
    languages = {language_of(text) for track in clear for text in _track_texts(track, labels)} - {
        None
    }
    if not clear or len(languages) > 1:
        problem = "several tracks could be the dub" if clear else "no sound track is named as a dub"
        raise DubUnclear(
            f"{problem}; {_list_tracks(_tracks(cut))}.",
            where=cut.name,
            fix=f"Choose with --dub {_TRACK}NAME, or give a sound file or a folder.",
            tracks=tuple(track for track in labels if track in _tracks(cut)),
        )
    return set(clear)


def _list_tracks(tracks: Iterable[str]) -> str:
    names = ", ".join(f"'{track}'" for track in tracks)
    return f"its sound tracks are {names}" if names else "it has no sound that can be used"


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
            fix="Give the record timecode at which the sound file starts with --dub-at.",
        )
    return line


def _from_folder(
    cut: Cut, folder: Path, sound_seconds: Callable[[Path], Fraction]
) -> tuple[DubLine, ...]:
    """Return a line at the start of each shot that a file of the folder is named like."""
    shots = {shot.name.casefold(): shot for shot in cut.shots}
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not _SOUND_SUFFIX.fullmatch(path.suffix):
            continue
        shot = _shot_of(path.stem, shots)
        if shot is None:
            _log.warning("%s is named like no clip of the cut, and is left out.", path)
        elif shot.name in files:
            raise DubError(
                f"has two dub files: {files[shot.name].name} and {path.name}.",
                where=shot.name,
                fix="Keep one language in the folder.",
            )
        else:
            files[shot.name] = path
    if not files:
        names = ", ".join(shot.name for shot in cut.shots[:5])
        raise DubError(
            "holds no sound file named like a clip.",
            where=str(folder),
            fix=f"Name the files like the clips: {names} …",
        )
    return tuple(
        _line(files[shot.name], shot.record.start, sound_seconds)
        for shot in cut.shots
        if shot.name in files
    )


def _shot_of(stem: str, shots: Mapping[str, Shot]) -> Shot | None:
    whole, bare = stem.casefold(), without_language(stem).casefold()
    return shots.get(whole) or shots.get(bare)


def _line(path: Path, start: Fraction, sound_seconds: Callable[[Path], Fraction]) -> DubLine:
    length = sound_seconds(path)
    if length <= 0:
        raise DubError("holds no sound.", where=str(path), fix="Export the dub again.")
    return DubLine(
        name=path.stem,
        path=str(path.absolute()),
        role=Role.DUB,
        track=path.parent.name,
        sound_start=Fraction(0),
        record=TimeRange(start, start + length),
    )
