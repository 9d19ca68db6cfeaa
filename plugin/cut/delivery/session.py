"""A dub that is a session of its own: its sound tracks laid over the cut by record timecode."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.plugin.cut.cut import Cut, DubLine, LeftOut
from lipflap.plugin.cut.delivery.laid_dub import (
    LaidDub,
    extent_of,
    plays_in,
    record_time,
    timecode_in,
)
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.cut.track_names import (
    character_of,
    language_of,
    names_music_and_effects,
    names_original,
)


@dataclass(frozen=True, slots=True)
class Session:
    """The sound of a timeline.

    start_s   its start timecode in seconds after midnight, as the cut counts them; None when it
              has none
    lines     that play, in seconds from its start
    muted     lines that are not heard
    left_out  sound that cannot be followed
    """

    start_s: Fraction | None
    lines: tuple[DubLine, ...]
    muted: tuple[DubLine, ...]
    left_out: tuple[LeftOut, ...]


ReadSession = Callable[[Path], Session]


def lay_session(cut: Cut, path: Path, session: Session) -> LaidDub:
    """Lay the sound of a session: each track is a character.

    Tracks of music and effects, of original sound and muted ones are left out, and named.
    Raises DubError when nothing of it plays over the cut.
    """
    dialogue = [line for line in session.lines if not _is_no_dub(line.track)]
    _check_one_language(path, dialogue)
    shift, note = _shift(cut, session, dialogue)
    shifted = [_shifted_line(line, shift) for line in dialogue]
    plays = [plays_in(cut, line.record.start, line.record.seconds) for line in shifted]
    lines = [line for line, is_in in zip(shifted, plays, strict=True) if is_in]
    if not lines:
        raise _nothing_laid(cut, path, shifted, session.left_out)
    left_out = [
        _outside(cut, line) for line, is_in in zip(shifted, plays, strict=True) if not is_in
    ]
    left_out += [_shifted_left_out(item, shift) for item in session.left_out]
    heard = {line.track for line in session.lines}
    muted = dict.fromkeys(line.track for line in session.muted if line.track not in heard)
    notes = [
        note,
        *(f"Sound track '{track}' of {path.name} is muted, and left out." for track in muted),
    ]
    others = dict.fromkeys(line.track for line in session.lines if _is_no_dub(line.track))
    notes += [f"Sound track '{track}' of {path.name} is no dub, and left out." for track in others]
    ordered = sorted(lines, key=lambda line: (line.record, line.name))
    return LaidDub(tuple(ordered), tuple(left_out), tuple(filter(None, notes)))


def _check_one_language(path: Path, lines: list[DubLine]) -> None:
    """Raise DubError when tracks are named after several languages."""
    languages = {track: language_of(track) for track in dict.fromkeys(line.track for line in lines)}
    if len(set(languages.values()) - {None}) > 1:
        named = ", ".join(sorted(f"'{track}'" for track, language in languages.items() if language))
        raise DubError(
            f"has tracks in several languages: {named}.",
            where=str(path),
            fix="Mute those of the others, and export the session again.",
        )


def _is_no_dub(track: str) -> bool:
    return names_music_and_effects(track) or names_original(track)


def _shift(cut: Cut, session: Session, lines: list[DubLine]) -> tuple[Fraction, str]:
    """Return the record time of the session's start, and a note where that is not its timecode."""
    start = timecode_in(cut, Fraction(0))
    if session.start_s is None:
        return Fraction(
            0
        ), f"The session has no start timecode; it is laid at the cut's start, {start}."
    shift = record_time(session.start_s, cut)
    if any(plays_in(cut, line.record.start + shift, line.record.seconds) for line in lines):
        return shift, ""
    if session.start_s == 0:
        return Fraction(0), (
            f"The session counts from 00:00:00:00, outside the cut; it is laid at the cut's start, "
            f"{start}."
        )
    return shift, ""


def _shifted_line(line: DubLine, shift: Fraction) -> DubLine:
    record = TimeRange(line.record.start + shift, line.record.end + shift)
    return replace(line, role=Role.DUB, record=record, character=character_of(line.track))


def _shifted_left_out(item: LeftOut, shift: Fraction) -> LeftOut:
    record = item.record and TimeRange(item.record.start + shift, item.record.end + shift)
    return replace(item, record=record)


def _outside(cut: Cut, line: DubLine) -> LeftOut:
    return LeftOut(
        line.name, line.track, line.record, f"It lies outside the cut ({extent_of(cut)})."
    )


def _nothing_laid(
    cut: Cut, path: Path, lines: list[DubLine], left_out: tuple[LeftOut, ...]
) -> DubError:
    if not lines and left_out:
        item = left_out[0]
        return DubError(
            f"holds no sound that can be laid: {item.name} on {item.track}: {item.why}",
            where=str(path),
        )
    if not lines:
        return DubError(
            "has no sound track that is a dub.",
            where=str(path),
            fix="Export the session with its dialogue tracks, not muted.",
        )
    first, last = min(line.record.start for line in lines), max(line.record.end for line in lines)
    return DubError(
        f"plays from {timecode_in(cut, first)} to {timecode_in(cut, last)}, outside the cut "
        f"({extent_of(cut)}).",
        where=str(path),
        fix="Set the session's start timecode to that of the cut, and export it again.",
    )
