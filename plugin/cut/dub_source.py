"""The dub of a cut: some of its sound tracks, sound files, a cue list, or a session of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.spelling import name_key
from lipflap.core.order import Role
from lipflap.plugin.cut.cut import TIMELINE_SUFFIXES, Cut, DubLine, LeftOut
from lipflap.plugin.cut.delivery.foreign_files import check_kind
from lipflap.plugin.cut.delivery.laid_dub import LaidDub, SoundFiles
from lipflap.plugin.cut.delivery.lay_cues import lay_cue_list
from lipflap.plugin.cut.delivery.session import ReadSession, lay_session
from lipflap.plugin.cut.delivery.sound_folder import lay_file, lay_folder
from lipflap.plugin.cut.delivery.table import TABLE_SUFFIXES
from lipflap.plugin.cut.name_pattern import fits
from lipflap.plugin.cut.track_names import (
    character_of,
    language_of,
    names_dub,
    names_music_and_effects,
)

_NO_TRACKS = "Give the dub as a sound file, a folder of them, a cue list or a session."
_TRACK = "track:"


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
    sounds: SoundFiles,
    read_session: ReadSession,
) -> Cut:
    """Return the cut with its lines divided into dub and production sound.

    dub            track:NAME (a name or a glob, or several with commas), a sound file, a folder, a
                   cue list, a session; None: by track names
    dub_at         record timecode where a sound file starts; None for the time it says, else the
                   cut's first frame
    labels         texts in the metadata of each sound track, by track name
    Lines of tracks without dialogue, and of other dub tracks, are left out: they are no production
    sound. Raises DubError when it is not clear which tracks are the dub, listing the tracks.
    """
    if dub is None:
        _check_single_file(dub_at, is_file=False)
        return _from_tracks(cut, _clear_tracks(cut, labels), labels)
    if dub.startswith(_TRACK):
        _check_single_file(dub_at, is_file=False)
        return _from_tracks(cut, _named_tracks(cut, dub.removeprefix(_TRACK), labels), labels)
    path = Path(dub)
    if not path.exists():
        raise MediaMissing(
            "does not exist, neither as a sound file nor as a folder.",
            where=dub,
            fix=f"For a sound track of the cut write {_TRACK}NAME.",
        )
    laid = _lay(cut, path, dub_at, sounds, read_session)
    return replace(
        cut,
        lines=(*laid.lines, *production_lines(cut, labels)),
        left_out=laid.left_out,
        notes=(*laid.notes, *_notes_on_missing(cut, set(), labels)),
    )


def is_sound(dub: str) -> bool:
    """Return whether a dub is given as sound files: one, a folder of them, or a list of cues."""
    return not dub.startswith(_TRACK) and Path(dub).suffix.casefold() not in TIMELINE_SUFFIXES


def _lay(
    cut: Cut, path: Path, dub_at: str | None, sounds: SoundFiles, read_session: ReadSession
) -> LaidDub:
    check_kind(path)
    suffix = path.suffix.casefold()
    is_file = suffix not in {*TIMELINE_SUFFIXES, *TABLE_SUFFIXES} and not path.is_dir()
    _check_single_file(dub_at, is_file=is_file)
    if is_file:
        return lay_file(cut, path, dub_at, sounds)
    if suffix in TIMELINE_SUFFIXES:
        return lay_session(cut, path, read_session(path))
    return lay_folder(cut, path, sounds) if path.is_dir() else lay_cue_list(cut, path, sounds)


def _check_single_file(dub_at: str | None, *, is_file: bool) -> None:
    if dub_at and not is_file:
        raise DubError(
            "gives the start of a sound file, but the dub is no single sound file.",
            where=f"--dub-at {dub_at}",
            fix="Leave it out: tracks, folders, lists and sessions have their place in the cut.",
        )


def is_beside_cut(dub: str | None) -> bool:
    """Return whether a dub is given as files, and not as sound tracks of the cut."""
    return dub is not None and not dub.startswith(_TRACK)


def _from_tracks(cut: Cut, tracks: set[str], labels: Mapping[str, tuple[str, ...]]) -> Cut:
    """Return the cut with the lines of some tracks for its dub; muted ones of them are heard."""
    lines = (*cut.lines, *(line for line in cut.muted if line.track in tracks))
    characters = {track: character_of(track) for track in tracks}
    dub = tuple(
        replace(line, role=Role.DUB, character=characters[line.track])
        for line in lines
        if line.track in tracks
    )
    production = production_lines(cut, labels)
    return replace(
        cut,
        lines=(*dub, *(line for line in production if line.track not in tracks)),
        left_out=tuple(item for item in _not_followed(cut) if item.track in tracks),
        notes=(
            *_notes_on_muted(cut, tracks, labels),
            *_notes_on_missing(cut, tracks, labels),
        ),
    )


def _notes_on_muted(
    cut: Cut, tracks: set[str], labels: Mapping[str, tuple[str, ...]]
) -> Iterable[str]:
    for track in dict.fromkeys(line.track for line in cut.muted):
        if track in tracks:
            yield f"Sound track '{track}' is muted in the cut; as the dub, it is heard."
        elif any(map(names_dub, _track_texts(track, labels))):
            left = f"Sound track '{track}' is muted in the cut, and left"
            yield f"{left}: --dub '{_TRACK}{track}' takes it."


def _notes_on_missing(
    cut: Cut, tracks: set[str], labels: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Return a note on production sound of which no file is found; `tracks` are the dub's."""
    missing = [
        item
        for item in cut.missing
        if item.track not in tracks and _may_be_production(item.track, labels)
    ]
    if not missing:
        return []
    first, more = missing[0], len(missing) - 1
    others = "one other clip" if more == 1 else f"{more} other clips"
    also = f" The sound of {others} is missing, too." if more else ""
    return [f"Production sound {first.name} on {first.track} is left out: {first.why}{also}"]


def production_lines(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> tuple[DubLine, ...]:
    """Return the lines that may be production sound: on no dub track, nor on one of M&E."""
    tracks = {track for track in _tracks(cut) if _may_be_production(track, labels)}
    return tuple(line for line in cut.lines if line.track in tracks and not names_dub(line.name))


def _may_be_production(track: str, labels: Mapping[str, tuple[str, ...]]) -> bool:
    texts = _track_texts(track, labels)
    return not any(map(names_dub, texts)) and not any(map(names_music_and_effects, texts))


def _not_followed(cut: Cut) -> tuple[LeftOut, ...]:
    return (*cut.left_out, *cut.missing)


def _track_texts(track: str, labels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (track, *labels.get(track, ()))


def _tracks(cut: Cut) -> list[str]:
    """Return the names of the sound tracks that are heard, those that cannot be followed too."""
    followed = [line.track for line in cut.lines]
    return list(dict.fromkeys([*followed, *(item.track for item in _not_followed(cut))]))


def _muted_tracks(cut: Cut) -> list[str]:
    heard = _tracks(cut)
    return list(dict.fromkeys(line.track for line in cut.muted if line.track not in heard))


def lines_on_tracks(
    cut: Cut, pattern: str, labels: Mapping[str, tuple[str, ...]]
) -> tuple[DubLine, ...]:
    """Return the lines of the sound tracks of this name, which may hold * and ?.

    labels   texts in the metadata of each sound track, by track name
    Raises DubError when no sound track has it.
    """
    tracks = _named_tracks(cut, pattern, labels)
    return tuple(line for line in cut.lines if line.track in tracks)


def _named_tracks(cut: Cut, pattern: str, labels: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the tracks of names or globs with commas between; a name may hold a comma itself."""
    found: set[str] = set()
    parts = pattern.split(",")
    while parts:
        for count in range(len(parts), 0, -1):
            if fitting := _fitting_tracks(cut, ",".join(parts[:count]).strip()):
                break
        else:
            raise DubError(
                f"matches no sound track of the cut; {_list_tracks(cut, labels)}.",
                where=_TRACK + parts[0].strip(),
                fix="Give some of these names, with commas between; * and ? match."
                if _tracks(cut) or _muted_tracks(cut)
                else _NO_TRACKS,
            )
        found |= fitting
        parts = parts[count:]
    return found


def _fitting_tracks(cut: Cut, pattern: str) -> set[str]:
    wanted = name_key(pattern)
    tracks = (*_tracks(cut), *_muted_tracks(cut))
    return {track for track in tracks if fits(name_key(track), wanted)}


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
        problem = "several tracks could be the dub" if clear else _no_dub(cut, labels)
        raise DubUnclear(
            f"{problem}; {_list_tracks(cut, labels)}.",
            where=cut.name,
            fix=f"Choose with --dub {_TRACK}NAME, or give a sound file or a folder."
            if _tracks(cut) or _muted_tracks(cut)
            else _NO_TRACKS,
            tracks=tuple(t for t in labels if t in (*_tracks(cut), *_muted_tracks(cut))),
        )
    return set(clear)


def _no_dub(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> str:
    """Return why no sound track is the dub: none is named as one, or it is not heard."""
    for track in _muted_tracks(cut):
        if any(map(names_dub, _track_texts(track, labels))):
            return f"sound track '{track}', which is named as a dub, is muted or beside a solo"
    return "no sound track is named as a dub"


def _list_tracks(cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> str:
    """Return the sound tracks of the cut in words, from the first one down."""
    order = {track: place for place, track in enumerate(labels)}
    heard, muted = (
        ", ".join(
            f"'{track}'" for track in sorted(tracks, key=lambda one: order.get(one, len(order)))
        )
        for tracks in (_tracks(cut), _muted_tracks(cut))
    )
    text = f"its sound tracks are {heard}" if heard else "the cut has no sound that can be used"
    return f"{text}; muted: {muted}" if muted else text
