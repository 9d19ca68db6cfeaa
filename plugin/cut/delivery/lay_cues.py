"""The lines of a cue list, laid over a cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from lipflap.core.errors import DubError
from lipflap.core.files.spelling import name_key
from lipflap.core.timecode import counts_in_drop_frame
from lipflap.plugin.cut.cut import Cut, DubLine, LeftOut
from lipflap.plugin.cut.delivery.cue_list import ListedCue, read_cue_list
from lipflap.plugin.cut.delivery.cue_times import (
    CueTime,
    are_parts_of_day,
    has_hundredths,
    parse_cue_time,
)
from lipflap.plugin.cut.delivery.file_names import (
    newest_versions,
    without_version,
)
from lipflap.plugin.cut.delivery.laid_dub import (
    LaidDub,
    SoundFiles,
    extent_of,
    laid_line,
    own_record_time,
    plays_in,
    record_time,
    timecode_in,
)
from lipflap.plugin.cut.delivery.sound_folder import is_sound_file
from lipflap.plugin.cut.time_range import TimeRange

_MAX_FILES = 100_000  # looked at beside a list
_SLACK_FRAMES = 2  # to which the times in a session's text are rounded
_MAX_LONGER_S = Fraction(1, 2)  # by which a file may outlast its cue without a word


def lay_cue_list(cut: Cut, path: Path, sounds: SoundFiles) -> LaidDub:
    """Lay the files of a cue list at the times it says.

    A file is looked for by its name beside the list and in the folders there; without a file
    column, by the cue. A cue without a time lies where its file says it starts.
    Raises DubError when the list cannot be read, and when none of its cues can be laid.
    """
    listed = read_cue_list(path, cut.rate)
    cues = listed.cues
    times = _record_times(cut, cues)
    finder = _FileFinder(path.parent.absolute())
    lines: dict[DubLine, None] = {}
    left_out: list[LeftOut] = []
    notes: list[str] = []
    for cue, when in zip(cues, times.whens, strict=True):
        try:
            line, said = _lay(cut, path, cue, when, finder, sounds)
        except DubError as problem:
            record = None if when.start is None else TimeRange(when.start, when.start)
            left_out.append(LeftOut(cue.name, cue.character or path.name, record, str(problem)))
        else:
            if line in lines:
                left_out.append(LeftOut(cue.name, line.track, line.record, "It is listed twice."))
                continue
            lines[line] = None
            notes += [said] if said else []
    if not lines:
        raise DubError(
            f"lists no cue that can be laid, of {len(cues)}. {left_out[0].name}: {left_out[0].why}",
            where=str(path),
            fix="Give each cue its time (column in, as timecode or seconds) and its file.",
        )
    ordered = sorted(lines, key=lambda line: (line.record, line.name))
    return LaidDub(
        tuple(ordered), tuple(left_out), (*listed.notes, *times.notes, *finder.notes, *notes)
    )


@dataclass(frozen=True, slots=True)
class _When:
    """When a cue plays: its record time and its length in seconds; None where it does not say.

    recorded   time of day at which what it plays first was recorded
    """

    start: Fraction | None
    length: Fraction | None
    recorded: Fraction | None = None


@dataclass(frozen=True, slots=True)
class _Times:
    """When cues play, and notes on how their times were taken."""

    whens: list[_When]
    notes: tuple[str, ...] = ()


def _record_times(cut: Cut, cues: Sequence[ListedCue]) -> _Times:
    """Return the record time of each cue; None where it says none.

    A list whose times lie outside the cut, but inside it when counted from the cut's start, is
    counted from there.
    """
    parse = _parser(cut, cues)
    said = [parse(cue.start) for cue in cues]
    lengths = [_length(time, parse(cue.end)) for cue, time in zip(cues, said, strict=True)]
    timed = [time for time in said if time is not None]
    from_midnight = [None if time is None else _from_midnight(cut, time) for time in said]
    starts, notes = from_midnight, tuple[str, ...]()
    if not any(at is not None and plays_in(cut, at) for at in from_midnight) and any(
        plays_in(cut, time.seconds) for time in timed
    ):
        starts = [None if time is None else time.seconds for time in said]
        notes = () if all(time.is_plain for time in timed) else (_counts_from_start(cut),)
    stamps = [_recorded(parse(cue.stamp), parse(cue.stamped_at), parse(cue.start)) for cue in cues]
    return _Times(list(map(_When, starts, lengths, stamps)), notes)


def _parser(cut: Cut, cues: Sequence[ListedCue]) -> Callable[[str], CueTime | None]:
    """Return the function that reads the times of a list."""
    texts = [text for cue in cues for text in (cue.start, cue.end)]
    return partial(
        parse_cue_time,
        rate=cut.rate,
        drop=counts_in_drop_frame(cut.first_frame, cut.rate),
        hundredths=has_hundredths(texts, cut.rate),
        parts_of_day=are_parts_of_day(texts),
    )


def _length(start: CueTime | None, end: CueTime | None) -> Fraction | None:
    """Return how long a cue lasts by its list, below 0 where it ends first; None without both."""
    if start is None or end is None or end.seconds == start.seconds:
        return None
    return end.seconds - start.seconds


def _recorded(
    stamp: CueTime | None, stamped_at: CueTime | None, start: CueTime | None
) -> Fraction | None:
    """Return the time of day at which what a clip plays at `start` was recorded, if it says one."""
    if stamp is None or stamped_at is None or start is None:
        return None
    return stamp.seconds - (stamped_at.seconds - start.seconds)


def _from_midnight(cut: Cut, time: CueTime) -> Fraction:
    if time.is_plain and plays_in(cut, time.seconds):
        return time.seconds
    return record_time(time.seconds, cut)


def _counts_from_start(cut: Cut) -> str:
    start = timecode_in(cut, Fraction(0))
    return (
        f"The times of the cue list lie outside the cut, which starts at {start}; they are "
        "counted from there."
    )


def _lay(
    cut: Cut,
    path: Path,
    cue: ListedCue,
    when: _When,
    finder: "_FileFinder",
    sounds: SoundFiles,
) -> tuple[DubLine, str]:
    """Return the line of a cue and a note on it. Raises DubError when it cannot be laid."""
    if cue.off:
        raise DubError(cue.off)
    file = finder.find(cue)
    time = when.start
    if time is None:
        if cue.start:
            raise DubError(
                f"Its time {cue.start!r} is none at {float(cut.rate):.5g} frames a second."
            )
        time = _untimed(cut, cue, file, sounds)
    line, note = laid_line(
        file,
        time,
        sounds,
        track=cue.character or path.stem,
        name=cue.name,
        character=cue.character,
    )
    if cue.is_part:
        line = _part(cut, cue, when, line, sounds)
    if not plays_in(cut, time, line.record.seconds):
        raise DubError(
            f"It starts at {timecode_in(cut, time)}, outside the cut ({extent_of(cut)})."
        )
    return replace(line, text=cue.text), note or _outlasts(cue, when, line)


def _part(cut: Cut, cue: ListedCue, when: _When, line: DubLine, sounds: SoundFiles) -> DubLine:
    """Return the line of a clip that may play a part of its file.

    Raises DubError where it does, and does not say which.
    """
    whole, length, slack = line.record.seconds, when.length, _SLACK_FRAMES / cut.rate
    if length is None or length < 0 or whole - length <= slack:
        return line
    own = sounds.start(Path(line.path), cut.rate)
    first = None if own is None or when.recorded is None else when.recorded - own
    if first is None or not -slack <= first <= whole - length + slack:
        name = Path(line.path).name
        raise DubError(
            f"It plays {float(length):.2f} s of the {float(whole):.2f} s of {name}, and "
            "the session's text does not say which. Export it again with user timestamps, or "
            "consolidate the clips."
        )
    first = max(first, Fraction(0))
    end = line.record.start + min(length, whole - first)
    return replace(line, sound_start=first, record=TimeRange(line.record.start, end))


def _untimed(cut: Cut, cue: ListedCue, file: Path, sounds: SoundFiles) -> Fraction:
    """Return the record time of a cue without one: its file's, else the start of its shot."""
    own = sounds.start(file, cut.rate)
    if own is not None:
        return own_record_time(cut, own, sounds.seconds(file))
    named = (cut.shots_by_key.get(name_key(text)) for text in (cue.shot, cue.cue) if text)
    shot = next(filter(None, named), None)
    if shot is None:
        raise DubError(
            "It has no time in the list, its file says none, and it is of no shot of the cut."
        )
    return shot.record.start


def _outlasts(cue: ListedCue, when: _When, line: DubLine) -> str:
    """Return a note when a file ends well after the out that its cue says."""
    if when.length is not None and when.length < 0:
        return f"Cue {cue.name} ends in the list before it begins; its file is laid whole."
    over = Fraction(0) if when.length is None else line.record.seconds - when.length
    if over <= _MAX_LONGER_S:
        return ""
    name = Path(line.path).name
    return f"{name} lasts {float(over):.2f} s longer than cue {cue.name} says; all of it is laid."


class _FileFinder:
    """A finder of the files of a list: by path, by name in the folders beside it, by cue."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_name: dict[str, list[Path]] | None = None
        self.notes: list[str] = []

    def find(self, cue: ListedCue) -> Path:
        """Return the file of a cue. Raises DubError when it is not found, or twice."""
        named = cue.file
        if named.casefold().startswith("file:"):
            named = unquote(named).partition(":")[2]
        if named:
            written = self._folder / named.replace("\\", "/")
            if _is_file(written):
                return written
        wanted = PureWindowsPath(named or cue.cue).name  # takes / and \ for separators
        if named == wanted:  # as macOS of old wrote paths: Macintosh HD:dub:1001.wav
            wanted = named.rpartition(":")[2]
        if not wanted:
            raise DubError("It names no file, and has no cue that a file could be called after.")
        found = self._named(wanted)
        if len(found) > 1:
            listed = ", ".join(str(file) for file in found)
            raise DubError(f"{len(found)} files are named {wanted}: {listed}.")
        if not found:
            kind = "Its file" if cue.file else "No file is named, and one called"
            raise DubError(f"{kind} {wanted} is not in {self._folder} or a folder there.")
        return found[0]

    def _named(self, name: str) -> list[Path]:
        """Return the files of a name: with its suffix or without it, else its newest version."""
        if self._by_name is None:
            self._by_name = self._index()
        folded = name_key(name)
        stem = PureWindowsPath(folded).stem if is_sound_file(PureWindowsPath(folded)) else folded
        exact = self._by_name.get(folded) or self._by_name.get(stem)
        if exact:
            return exact
        newest, notes = newest_versions(self._by_name.get(f"{stem}?", []))
        self.notes += notes
        return newest

    def _index(self) -> dict[str, list[Path]]:
        """Return files by name, by stem, and by stem without version, marked with a ?."""
        index: dict[str, list[Path]] = {}
        for file in self._files():
            stem = name_key(file.stem)
            for key in {name_key(file.name), stem, f"{without_version(stem)}?"}:
                index.setdefault(key, []).append(file)
        return index

    def _files(self) -> list[Path]:
        looked_at = list(islice(self._folder.rglob("*"), _MAX_FILES + 1))
        if len(looked_at) > _MAX_FILES:
            self.notes.append(
                f"{self._folder} holds more than {_MAX_FILES:,} files; the files of the cue list "
                "were looked for among the first. Give their paths in the list."
            )
        sounds = (file for file in looked_at[:_MAX_FILES] if is_sound_file(file))
        return sorted(file for file in sounds if file.is_file() and not file.name.startswith("."))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # longer than a name may be: there is none
        return False
