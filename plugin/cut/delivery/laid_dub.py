"""A dub laid over a cut, and what is asked of sound files to lay it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.core.playback import Playback
from lipflap.core.timecode import counts_in_drop_frame, record_timecode
from lipflap.plugin.cut.cut import Cut, DubLine, LeftOut
from lipflap.plugin.cut.time_range import TimeRange

_HALF_DAY_S = 12 * 3600
_SAMPLE_RATES = (48_000, 44_100)


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """What is asked of sound files; each may raise DubError.

    seconds   how long a file lasts
    start     file, frames a second of its timecode -> seconds after midnight at which it says that
              it starts; None when it does not say
    voice     which channels of a file are the voice, and a note on that, or an empty one
    hertz     samples a second of a file
    """

    seconds: Callable[[Path], Fraction]
    start: Callable[[Path, Fraction], Fraction | None]
    voice: Callable[[Path], tuple[Playback, str]]
    hertz: Callable[[Path], int]


@dataclass(frozen=True, slots=True)
class LaidDub:
    """Lines of a dub at their record times.

    left_out  what was not laid, and why
    notes     what an editor should know of the dub as a whole
    """

    lines: tuple[DubLine, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def laid_line(
    path: Path,
    start: Fraction,
    sounds: SoundFiles,
    *,
    track: str,
    name: str = "",
    character: str = "",
) -> tuple[DubLine, str]:
    """Return the line that a whole file is from a record time on, and a note on its channels.

    name   of the line; the file's own without one
    Raises DubError when the file holds no sound.
    """
    length = sounds.seconds(path)
    if length <= 0:
        raise DubError("holds no sound.", where=str(path), fix="Export the dub again.")
    playback, note = sounds.voice(path)
    line = DubLine(
        name=name or path.stem,
        path=str(path.absolute()),
        role=Role.DUB,
        track=track,
        sound_start=Fraction(0),
        record=TimeRange(start, start + length),
        playback=playback,
        character=character,
    )
    return line, note


def record_time(day_s: Fraction, cut: Cut) -> Fraction:
    """Return the record time of a time of day, which may lie before midnight: the cut's nearest."""
    shift = day_s - cut.first_frame / cut.rate
    if abs(shift) > _HALF_DAY_S:
        shift -= 2 * _HALF_DAY_S if shift > 0 else -2 * _HALF_DAY_S
    return shift


def own_record_time(cut: Cut, own_s: Fraction, seconds: Fraction) -> Fraction:
    """Return the record time at which a file says that it starts.

    own_s, seconds   the time of day that the file says; its length
    Some programs stamp the time that a timecode of 23.976 or 29.97 shows, and not the time that
    has passed: it counts where that lies in the cut, and the time that has passed does not.
    """
    passed = record_time(own_s, cut)
    if plays_in(cut, passed, seconds) or counts_in_drop_frame(cut.first_frame, cut.rate):
        return passed
    shown = record_time(own_s * round(cut.rate) / cut.rate, cut)
    return shown if plays_in(cut, shown, seconds) else passed


def other_count(cut: Cut, path: Path, own_s: Fraction, sounds: SoundFiles) -> str:
    """Return in words when a file would start if its time reference counted other samples.

    own_s   the time of day that it says, outside the cut
    Files that were converted to another sample rate often keep the number. Empty where no other
    rate leads into the cut, and for what has no time reference.
    """
    if path.suffix.casefold() not in (".wav", ".bwf", ".rf64", ".w64"):
        return ""
    own_hz, length = sounds.hertz(path), sounds.seconds(path)
    for other_hz in _SAMPLE_RATES:
        at = record_time(own_s * own_hz / other_hz, cut)
        if other_hz != own_hz and plays_in(cut, at, length):
            return (
                f" Counted at {other_hz / 1000:g} kHz, not at its own {own_hz / 1000:g}, its time "
                f"reference is {timecode_in(cut, at)}."
            )
    return ""


def plays_in(cut: Cut, start: Fraction, seconds: Fraction = Fraction(0)) -> bool:
    """Return whether sound from a record time on plays over the cut."""
    return start < cut.end and (start + seconds > 0 or start == 0)


def timecode_in(cut: Cut, record: Fraction) -> str:
    """Return the record timecode of a moment of the cut."""
    return record_timecode(record, cut.rate, cut.first_frame)


def extent_of(cut: Cut) -> str:
    """Return where a cut begins and ends, in words."""
    return f"{timecode_in(cut, Fraction(0))} to {timecode_in(cut, cut.end)}"
