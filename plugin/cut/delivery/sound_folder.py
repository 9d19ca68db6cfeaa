"""A dub that is one sound file, or a folder of one file a line, laid by what the files say.

A file of a folder lies at its BWF time reference or timecode, else at the timecode in its name,
else at the start of the shot that it is named like.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath

from lipflap.core.errors import DubError
from lipflap.core.files.spelling import name_key
from lipflap.core.timecode import counts_in_drop_frame, parse_timecode
from lipflap.plugin.cut.cut import Cut, DubLine, LeftOut, Shot
from lipflap.plugin.cut.delivery.chosen_files import choose_files
from lipflap.plugin.cut.delivery.file_names import (
    character_in,
    newest_versions,
    times_in,
    without_date,
    without_take,
    without_version,
)
from lipflap.plugin.cut.delivery.laid_dub import (
    LaidDub,
    SoundFiles,
    extent_of,
    laid_line,
    other_count,
    own_record_time,
    plays_in,
    timecode_in,
)
from lipflap.plugin.cut.delivery.table import TABLE_SUFFIXES
from lipflap.plugin.cut.track_names import (
    character_of,
    is_name_word,
    names_dialogue,
    names_music_and_effects,
    without_language,
)

WAYS = (
    "Lines are laid by a BWF time reference or timecode that lies in the cut, by a timecode in "
    "their names (01-00-02-12, 01000212, TC_01h00m02s12f), by the name of the shot at whose start "
    "they begin (SH010_de.wav), or by a cue list: --dub cues.csv or cues.xlsx with the columns "
    "cue, character, in, out, file."
)

_SOUND_SUFFIX = re.compile(
    r"\.(wav|bwf|w64|rf64|aiff?|caf|flac|mp3|m4a|aac|ogg|opus|mxf|mov|mp4)", re.IGNORECASE
)
_MAX_NAMES = 2  # words of a character behind the name of a shot
_NEAR_END_S = 1  # a file that ends later than this before the cut does is long enough


def is_sound_file(path: PurePath) -> bool:
    """Return whether a file is named like one that holds sound."""
    return _SOUND_SUFFIX.fullmatch(path.suffix) is not None


def sound_files(folder: Path) -> list[Path]:
    """Return the sound files of a folder; where it has none itself, of those in it."""
    here = _sounds_in(folder)
    if here:
        return here
    inside = (path for path in sorted(folder.iterdir()) if path.is_dir())
    seen = (path for path in inside if not path.is_symlink() and _is_shown(path.name))
    return [file for child in seen for file in sound_files(child)]


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"  # which macOS packs into archives


def _sounds_in(folder: Path) -> list[Path]:
    named = (path for path in folder.iterdir() if is_sound_file(path))
    return sorted(path for path in named if path.is_file() and not path.name.startswith("."))


def lay_file(cut: Cut, path: Path, dub_at: str | None, sounds: SoundFiles) -> LaidDub:
    """Lay one sound file: at `dub_at`, else at the time that it says, else at the cut's start.

    Raises DubError when it plays outside the cut.
    """
    start, note = _start_of_file(cut, path, dub_at, sounds)
    line, channels = laid_line(path, start, sounds, track=path.parent.name)
    if not plays_in(cut, start, line.record.seconds):
        raise DubError(
            "plays before the cut starts or after it ends.",
            where=f"{path} at {dub_at}" if dub_at else str(path),
            fix="Give the record timecode at which the sound file starts with --dub-at.",
        )
    notes = [note, channels, _ends_early(cut, line)]
    return LaidDub((line,), notes=tuple(filter(None, notes)))


def _start_of_file(
    cut: Cut, path: Path, dub_at: str | None, sounds: SoundFiles
) -> tuple[Fraction, str]:
    """Return where a file is laid, and a note where that is not what it says itself."""
    own = sounds.start(path, cut.rate)
    start = None if own is None else own_record_time(cut, own, sounds.seconds(path))
    if dub_at:
        given = (parse_timecode(dub_at, cut.rate) - cut.first_frame) / cut.rate
        if start is None or abs(given - start) * cut.rate < 1:
            return given, ""
        return given, f"{_says(path, cut, start)}; it is laid at {dub_at}, as --dub-at says."
    if start is None:
        return Fraction(0), ""
    if plays_in(cut, start, sounds.seconds(path)):
        return start, f"{_says(path, cut, start)}, and is laid there; --dub-at lays it elsewhere."
    at = timecode_in(cut, Fraction(0))
    assert own is not None
    return Fraction(0), (
        f"{_says(path, cut, start)}, outside the cut ({extent_of(cut)}); it is laid at the cut's "
        f"start, {at}. --dub-at lays it elsewhere.{other_count(cut, path, own, sounds)}"
    )


def _says(path: Path, cut: Cut, start: Fraction) -> str:
    return f"{path.name} says that it starts at {timecode_in(cut, start)}"


def _ends_early(cut: Cut, line: DubLine) -> str:
    if cut.end - line.record.end <= _NEAR_END_S:
        return ""
    end, cut_end = timecode_in(cut, line.record.end), timecode_in(cut, cut.end)
    return f"{Path(line.path).name} ends at {end}; the cut goes on to {cut_end}."


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file is to be laid, or why it cannot be.

    shot       named by the file, which then starts with it
    character  named by the file, or by its folder
    is_broken  whether the file cannot be read
    """

    start: Fraction | None
    why: str = ""
    shot: str = ""
    is_broken: bool = False
    character: str = ""


def lay_folder(cut: Cut, folder: Path, sounds: SoundFiles) -> LaidDub:
    """Lay the files of a folder, one a line.

    Raises DubError when none can be laid, and when two files are named like one shot.
    """
    files, notes = newest_versions(sound_files(folder))
    shots = cut.shots_by_key
    places = {file: _place(cut, file, shots, sounds) for file in files}
    if all(place.start is None for place in places.values()):
        places, said = _from_start(cut, places, sounds)
        notes += said
    started = {file: place.start for file, place in places.items() if place.start is not None}
    not_chosen, said = choose_files(started)
    places = {file: place for file, place in places.items() if file not in not_chosen}
    notes += said
    _check_one_file_a_shot(places)
    folders = _characters_of_folders(folder, files)
    lines, left_out = [], []
    for file, place in places.items():
        if place.start is None:
            left_out.append(LeftOut(file.name, folder.name, None, place.why))
            continue
        character = place.character or folders.get(file.parent, "")
        if not place.shot:
            character = character_in(file.stem) or character
        line, note = laid_line(
            file, place.start, sounds, track=character or file.parent.name, character=character
        )
        lines.append(line)
        notes += [note] if note else []
    if not lines:
        raise _nothing_laid(folder, left_out)
    ordered = sorted(lines, key=lambda line: (line.record, line.name))
    return LaidDub(tuple(ordered), tuple(left_out), tuple(notes))


def _characters_of_folders(root: Path, files: Iterable[Path]) -> dict[Path, str]:
    """Return the characters that folders of files are named after, where these tell them apart."""
    named = {}
    for folder in dict.fromkeys(file.parent for file in files):
        parts = folder.relative_to(root).parts
        named[folder] = next(filter(None, map(character_of, parts)), "")
    return named if len(set(named.values())) > 1 else {}


def _place(cut: Cut, file: Path, shots: Mapping[str, Shot], sounds: SoundFiles) -> _Place:
    if names_music_and_effects(file.stem) and not names_dialogue(file.stem):
        return _Place(None, "Its name says that it is music or effects.", is_broken=True)
    try:
        own, length = sounds.start(file, cut.rate), sounds.seconds(file)
    except DubError as problem:
        return _Place(None, f"It {problem.problem} {problem.fix}".strip(), is_broken=True)
    start = None if own is None else own_record_time(cut, own, length)
    if start is not None and plays_in(cut, start, length):
        return _Place(start)
    named = [time - cut.first_frame / cut.rate for time in _times_of(cut, file)]
    for at in named:
        if plays_in(cut, at, length):
            return _Place(at)
    shot, character = _shot_of(file.stem, shots)
    if shot is not None:
        return _Place(shot.record.start, shot=shot.name, character=character)
    if own is not None and start is not None:
        text = f"It says that it starts at {timecode_in(cut, start)}, outside the cut "
        other = other_count(cut, file, own, sounds)
        return _Place(None, f"{text}({extent_of(cut)}).{other}")
    if named and without_date(file.stem) == file.stem:
        at_name = timecode_in(cut, named[0])
        return _Place(None, f"Its name says {at_name}, outside the cut ({extent_of(cut)}).")
    beginning = [one.name for key, one in shots.items() if name_key(file.stem).startswith(key)]
    if beginning:
        longest = max(beginning, key=len)
        return _Place(
            None,
            f"It has no time in it or in its name, which begins like that of {longest}, but goes "
            f"on: '{file.stem[len(longest) :]}'. Rename it to {longest}{file.suffix} if it is that "
            "shot's.",
        )
    return _Place(None, "It has no time in it or in its name, and is named like no shot.")


def _times_of(cut: Cut, file: Path) -> list[Fraction]:
    """Return the times of day that the name of a file may hold, in seconds."""
    drop = counts_in_drop_frame(cut.first_frame, cut.rate)
    return list(times_in(file.stem, cut.rate, drop=drop))


def _from_start(
    cut: Cut, places: Mapping[Path, _Place], sounds: SoundFiles
) -> tuple[dict[Path, _Place], list[str]]:
    """Return the places of files whose names count time from the start of the cut, and a note."""
    found = dict(places)
    for file in (file for file, place in places.items() if not place.is_broken):
        own = sounds.start(file, cut.rate)
        times = [*([] if own is None else [own]), *_times_of(cut, file)]
        length = sounds.seconds(file)
        if (time := next((t for t in times if plays_in(cut, t, length)), None)) is not None:
            found[file] = _Place(time)
    if found == places:
        return found, []
    return found, [
        "The times of the files, or those in their names, lie outside the cut, which starts at "
        f"{timecode_in(cut, Fraction(0))}; they are counted from there."
    ]


def _shot_of(stem: str, shots: Mapping[str, Shot]) -> tuple[Shot | None, str]:
    """Return the shot that a file is named after, and the character that follows in its name."""
    bare = without_take(without_version(stem))
    names = (stem, bare, without_language(stem), without_language(bare))
    for name in names:
        if found := shots.get(name_key(name)):
            return found, ""
    whole = plain = without_language(bare)
    while shorter := re.fullmatch(r"(.*[^ ._-])[ ._-]+[^ ._-]+", plain):
        plain = shorter[1]
        if (shot := shots.get(name_key(plain))) is not None:
            character = _character_behind(whole[len(plain) :])
            return (shot, character) if character else (None, "")
    return None, ""


def _character_behind(text: str) -> str:
    """Return the character that a name ends with, if it says nothing else."""
    words = re.findall(r"[^\W\d_]+", text)
    is_name = 0 < len(words) <= _MAX_NAMES and all(map(is_name_word, words))
    return character_of(text) if is_name else ""


def _check_one_file_a_shot(places: Mapping[Path, _Place]) -> None:
    files: dict[tuple[str, str], Path] = {}
    for file, place in places.items():
        key = (place.shot, name_key(place.character))
        if key in files:
            raise DubError(
                f"has two dub files: {files[key].name} and {file.name}.",
                where=place.shot,
                fix="Keep one language in the folder.",
            )
        if place.shot:
            files[key] = file


def _nothing_laid(folder: Path, left_out: list[LeftOut]) -> DubError:
    if not left_out:
        return DubError("holds no sound files.", where=str(folder), fix=WAYS)
    lists = sorted(p for p in folder.iterdir() if p.suffix.casefold() in TABLE_SUFFIXES)
    hint = f"If {lists[0].name} is its cue list, give that: --dub {lists[0]}. " if lists else ""
    names = ", ".join(item.name for item in left_out[:5])
    more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    return DubError(
        f"holds no sound file that can be laid: {names}{more}. {left_out[0].why}",
        where=str(folder),
        fix=hint + WAYS,
    )
