"""Timecode printed on frames, and the frame numbers it stands for."""

import re
from fractions import Fraction

from lipflap.core.errors import DubError

_PATTERN = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{1,3})$")


def is_drop_frame_rate(rate: Fraction) -> bool:
    """Whether drop-frame counting exists at this rate: 30000/1001 and its double only."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def parse_timecode(text: str, rate: Fraction) -> int:
    """Frame number of a timecode; a ; or . or , before the frames means drop-frame.

    Raises DubError when the text is no timecode at this rate.
    SMPTE ST 12-1: drop-frame skips 2 (or 4) numbers each minute except every tenth.
    """
    found = _PATTERN.match(text.strip())
    if not found:
        raise DubError("is not a timecode.", where=repr(text), fix="Write it as 01:00:12:00.")
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    base = round(rate)
    if minutes > 59 or seconds > 59 or frames >= base:
        raise DubError(f"does not exist at {float(rate):.5g} frames a second.", where=repr(text))
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if found[4] == ":":
        return number
    if not is_drop_frame_rate(rate):
        raise DubError(
            f"is drop-frame, which {float(rate):.5g} frames a second does not have.",
            where=repr(text),
            fix="Write : before the frames.",
        )
    skip = base // 15
    if seconds == 0 and frames < skip and minutes % 10:
        raise DubError("is a number that drop-frame counting skips.", where=repr(text))
    total_minutes = hours * 60 + minutes
    return number - skip * (total_minutes - total_minutes // 10)


def format_timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """Timecode of a frame number, wrapped at 24 hours; drop-frame is written with ;."""
    base = round(rate)
    if drop:
        if not is_drop_frame_rate(rate):
            raise ValueError(f"no drop-frame at {rate}")
        skip = base // 15
        ten_minutes = 600 * base - 9 * skip
        tens, rest = divmod(frame, ten_minutes)
        extra_minutes = max(0, rest - skip) // (60 * base - skip)
        frame += skip * (9 * tens + extra_minutes)
    frame %= 24 * 3600 * base
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{frames:02}"
