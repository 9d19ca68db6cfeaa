"""What the name of a sound file says: a timecode, a version, a character.

ANNA_01.00.00.12_0001      ANNA, at 01:00:00:12
COP 2_01.00.00.12          COP 2, at 01:00:00:12
TC_01h00m02s12f_BERT_v02   BERT, at 01:00:02:12, version 2
0012_ANNA_01-00-02.480     ANNA, 2.48 s after an hour
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.spelling import name_key
from lipflap.core.timecode import is_drop_frame_rate, parse_timecode
from lipflap.plugin.cut.track_names import is_name_word

_COLONS = "\uff1a\ua789\u2236"  # for names that must not hold a colon
_SEPARATED = (
    rf"(\d{{1,2}})(?P<s>[-._:; {_COLONS}])(\d{{2}})(?P=s)(\d{{2}})(?:(?P=s)|[;.,])(\d{{2}})"
)
_LETTERED = r"(\d{1,2})h(\d{2})m(\d{2})s(\d{2,3})(?:fr?|i)?"
_EIGHT_DIGITS = r"(\d{2})(\d{2})(\d{2})(\d{2})"
_SEPARATED_CLOCK = (
    rf"(\d{{1,2}})(?P<s>[-._: {_COLONS}])(\d{{2}})(?P=s)(\d{{2}})(?:(?P=s)|[.,])(\d{{3}})"
)
_LETTERED_CLOCK = r"(\d{1,2})h(\d{2})m(\d{2})s(\d{3})(?:ms)?"
_TIMECODES = [
    re.compile(rf"(?<!\d){pattern}(?!\d)", re.IGNORECASE)
    for pattern in (_LETTERED, _SEPARATED, _EIGHT_DIGITS)
]
_CLOCKS = [
    re.compile(rf"(?<!\d){pattern}(?!\d)", re.IGNORECASE)
    for pattern in (_SEPARATED_CLOCK, _LETTERED_CLOCK)
]
_VERSION = re.compile(
    r"(?:^|[ ._-])(?:v|ver|version|rev)[ ._-]?(\d{1,4})(?=$|[ ._-])", re.IGNORECASE
)
_TAKE = re.compile(
    r"(?:^|[ ._-])(?:(?:tk|take|toma|prise)[ ._-]?|t)(\d{1,3})(?=$|[ ._-])", re.IGNORECASE
)
_DATE = re.compile(
    r"(?:^|[ ._-])(20[0-3]\d)([-._]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?=$|[ ._-])"
)
_BEFORE_NAME = re.compile(r"(?:\d+|tc|ltc)(?=[ ._-])[ ._-]+", re.IGNORECASE)
_WORD = re.compile(r"(?P<name>[^\W\d_]+)(?: ?(?P<number>[1-9])(?=[ ._-]|$))?")


def times_in(stem: str, rate: Fraction, *, drop: bool) -> Iterator[Fraction]:
    """Yield the times of day, in seconds, that a name may hold, likeliest first.

    They are timecodes of a cut at `rate`, or a clock with milliseconds.
    drop   whether timecodes count in drop-frame, where the rate has it
    """
    yield from (frame / rate for frame in timecodes_in(stem, rate, drop=drop))
    for pattern in _CLOCKS:
        for match in pattern.finditer(stem):
            hours, minutes, seconds, thousandths = (
                int(text) for text in match.groups() if text and text.isdecimal()
            )
            if hours < 24 and max(minutes, seconds) < 60:
                yield Fraction((hours * 60 + minutes) * 60 + seconds) + Fraction(thousandths, 1000)


def timecodes_in(stem: str, rate: Fraction, *, drop: bool) -> Iterator[int]:
    """Yield the frame numbers of the timecodes that a name may hold, likeliest first.

    drop   whether they count in drop-frame, where the rate has it
    """
    for pattern in _TIMECODES:
        for match in pattern.finditer(stem):
            digits = [int(text) for text in match.groups() if text and text.isdecimal()]
            frame = frame_number(digits, rate, drop=drop)
            if frame is not None:
                yield frame


def frame_number(digits: list[int], rate: Fraction, *, drop: bool) -> int | None:
    """Return the frame number of hours, minutes, seconds and frames; None where there is none."""
    hours, minutes, seconds, frames = digits
    mark = ";" if drop and is_drop_frame_rate(rate) else ":"
    text = f"{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"
    try:
        return parse_timecode(text, rate) if hours < 24 else None
    except DubError:
        return None


def version_of(stem: str) -> int | None:
    """Return the number of a version in a name, None without one: 2 of SH010_de_v02."""
    found = _VERSION.findall(stem)
    return int(found[-1]) if found else None


def without_version(stem: str) -> str:
    """Return a name without its versions and dates: SH010_de of SH010_de_v02_2026-05-03."""
    return _VERSION.sub("", without_date(stem))


def without_date(stem: str) -> str:
    """Return a name without its dates: SH010 of SH010_20260503."""
    return _DATE.sub("", stem)


def take_of(stem: str) -> int | None:
    """Return the number of a take in a name, None without one: 2 of SH010_de_tk2."""
    found = _TAKE.findall(stem)
    return int(found[-1]) if found else None


def without_take(stem: str) -> str:
    """Return a name without its take: SH010_de of SH010_de_tk2."""
    return _TAKE.sub("", stem)


def newest_versions(files: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the newest version of each file, and a note on each that was left for it."""
    versions: dict[str, list[Path]] = {}
    for file in files:
        versions.setdefault(name_key(str(file.with_name(without_version(file.stem)))), []).append(
            file
        )
    newest, notes = [], []
    for same in versions.values():
        ordered = sorted(same, key=lambda file: (_age_of(file.stem), file.name))
        last = _age_of(ordered[-1].stem)
        newest += [file for file in reversed(ordered) if _age_of(file.stem) == last]
        older = [file.name for file in ordered if _age_of(file.stem) != last]
        if older:
            notes.append(f"{ordered[-1].name} is the newest version; left: {', '.join(older)}.")
    return newest, notes


def _age_of(stem: str) -> tuple[int, int]:
    """Return the version and the date of a name, which rise with time; 0 where it has none."""
    dates = _DATE.findall(stem)
    day = int("".join((dates[-1][0], *dates[-1][2:]))) if dates else 0
    return version_of(stem) or 0, day


def character_in(stem: str) -> str:
    """Return the character that a file is named after, as its first word; empty without one.

    Numbers and timecodes may stand before it; one digit behind it tells Cop 1 from Cop 2.
    """
    name = without_version(unicodedata.normalize("NFC", stem))
    for pattern in (*_CLOCKS, *_TIMECODES):
        name = pattern.sub("0", name)
    while number := _BEFORE_NAME.match(name):
        name = name[number.end() :]
    first = _WORD.match(name)
    if first is None or (first.end() < len(name) and name[first.end()].isdecimal()):
        return ""
    if not is_name_word(first["name"]):
        return ""
    return f"{first['name']} {first['number']}" if first["number"] else first["name"]
