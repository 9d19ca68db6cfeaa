"""Times as cue lists write them: timecode, decimal seconds, or a clock with milliseconds.

01:00:02:05    01:00:02;05    01.00.02.05    01000205        timecode
01;00;02;05    01h00m02s05f                                  timecode
0096+08                                                      feet and frames of 35 mm film
3602.2    12,48                                              seconds
2480ms    86462f                                             milliseconds, frames
0.0416898148148148                                           a part of a day (see are_parts_of_day)
01:00:02.200    01:00:02    01:00:02.48 (see has_hundredths) a clock
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from lipflap.core.timecode import is_drop_frame_rate
from lipflap.plugin.cut.delivery.file_names import frame_number

_DAY_S = 24 * 3600
_TIMECODE = re.compile(r"(\d{1,2})[:.](\d{1,2})[:.](\d{1,2})(?:([:;])(\d{1,2})|([.,])(\d\d))")
_ONE_MARK = re.compile(r"(\d{1,2})([;.,-])(\d{1,2})\2(\d{1,2})\2(\d{1,2})")
_FEET = re.compile(r"(\d{1,5})\+(\d{1,2})(?:\.\d)?")
_FRAMES_A_FOOT = 16
_LETTERED = re.compile(r"(\d{1,2})h(\d{1,2})m(\d{1,2})s(\d{1,2})f", re.IGNORECASE)
_HUNDREDTHS = re.compile(r"(\d{1,2}:\d{1,2}:\d{1,2})[.,](\d{2})")
_PLAIN_TIMECODE = re.compile(r"(\d{1,2})(\d{2})(\d{2})(\d{2})")  # a table may lose a leading 0
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:[.,](?:\d|\d{3,}))?)")
_SECONDS = re.compile(r"\d+(?:[.,]\d+)?(?= ?s?$)")
_PART_OF_DAY = re.compile(r"0[.,]\d{6,}")
_COUNTED = re.compile(r"(\d+(?:[.,]\d+)?) ?(ms|fr?|frames?)")


@dataclass(frozen=True, slots=True)
class CueTime:
    """A time in a cue list.

    seconds    after midnight, or after the cut's start where `is_plain`
    is_plain   it is decimal seconds, milliseconds, frames or feet, which mostly count from the
               start
    """

    seconds: Fraction
    is_plain: bool


def has_hundredths(texts: Iterable[str], rate: Fraction) -> bool:
    """Return whether a list writes hundredths of seconds, as subtitles do: 01:00:02.48.

    They look like frames, but one of them is no frame at this rate.
    """
    found = (_HUNDREDTHS.fullmatch(text.strip()) for text in texts)
    return any(match and int(match[2]) >= rate for match in found)


def are_parts_of_day(texts: Iterable[str]) -> bool:
    """Return whether a list writes all its times as Excel keeps them: 0.0416898148148148."""
    said = [text.strip() for text in texts if text.strip()]
    return bool(said) and all(map(_PART_OF_DAY.fullmatch, said))


def parse_cue_time(
    text: str,
    rate: Fraction,
    *,
    drop: bool,
    hundredths: bool = False,
    parts_of_day: bool = False,
) -> CueTime | None:
    """Return the time that a text says in a cut at `rate`; None when it says none.

    drop        whether timecode with colons counts in drop-frame, where the rate has it
    hundredths  whether two digits after a point are hundredths of seconds and no frames
    parts_of_day  whether a number is a part of a day, exact to a millisecond
    """
    text = unicodedata.normalize("NFKC", text).strip()  # Japanese tables have wide digits
    if parts_of_day and _PART_OF_DAY.fullmatch(text):
        thousandths = round(Fraction(text.replace(",", ".")) * _DAY_S * 1000)
        return CueTime(Fraction(thousandths, 1000), is_plain=False)
    if hundredths:
        text = _HUNDREDTHS.sub(r"\1.\g<2>0", text)
    if match := _ONE_MARK.fullmatch(text):
        text = _with_colons(match)
    if match := _TIMECODE.fullmatch(text):
        in_drop = drop if match[4] == ":" else is_drop_frame_rate(rate)
        digits = [int(group) for group in match.groups() if group and group.isdecimal()]
        return _from_frames(digits, rate, drop=in_drop)
    if match := _PLAIN_TIMECODE.fullmatch(text) or _LETTERED.fullmatch(text):
        return _from_frames([int(group) for group in match.groups()], rate, drop=drop)
    if match := _CLOCK.fullmatch(text):
        seconds = Fraction(match[3].replace(",", "."))
        return CueTime((int(match[1] or 0) * 60 + int(match[2])) * 60 + seconds, is_plain=False)
    if (match := _FEET.fullmatch(text)) and int(match[2]) < _FRAMES_A_FOOT:
        return CueTime((int(match[1]) * _FRAMES_A_FOOT + int(match[2])) / rate, is_plain=True)
    if match := _COUNTED.fullmatch(text):
        count = Fraction(match[1].replace(",", "."))
        return CueTime(count / (1000 if match[2] == "ms" else rate), is_plain=True)
    if match := _SECONDS.match(text):
        return CueTime(Fraction(match[0].replace(",", ".")), is_plain=True)
    return None


def _with_colons(match: re.Match[str]) -> str:
    """Return a timecode of one mark throughout as 01:00:02:05, or 01:00:02;05 where it is ;."""
    hours, mark, minutes, seconds, frames = match.groups()
    return f"{hours}:{minutes}:{seconds}{';' if mark == ';' else ':'}{frames}"


def _from_frames(digits: list[int], rate: Fraction, *, drop: bool) -> CueTime | None:
    frame = frame_number(digits, rate, drop=drop)
    return None if frame is None else CueTime(frame / rate, is_plain=False)
