"""Timecode printed on frames, and the frame numbers it stands for."""

import re
from fractions import Fraction
from functools import lru_cache

from lipflap.core.errors import DubError

_DROP_FRAME_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
_PATTERN = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{1,3})$")


def is_drop_frame_rate(rate: Fraction) -> bool:
    """Return whether drop-frame counting exists at this rate: 30000/1001 and its double only."""
    return rate in _DROP_FRAME_RATES


def parse_timecode(text: str, rate: Fraction) -> int:
    """Return the frame number of a timecode; ; or . or , before the frames means drop-frame.

    Raises DubError when the text is no timecode at this rate.
    SMPTE ST 12-1: drop-frame skips 2 (or 4) numbers each minute except every tenth.
    """
    match = _PATTERN.match(text.strip())
    if not match:
        raise DubError("is not a timecode.", where=repr(text), fix="Write it as 01:00:12:00.")
    hours, minutes, seconds, frames = (int(match[k]) for k in (1, 2, 3, 5))
    base = round(rate)
    per_second = f"{float(rate):.5g} frames per second"
    if minutes > 59 or seconds > 59 or frames >= base:
        raise DubError(
            f"does not exist at {per_second}.",
            where=repr(text),
            fix=f"Minutes and seconds end at 59, frames at {base - 1}.",
        )
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] == ":":
        return number
    if not is_drop_frame_rate(rate):
        raise DubError(
            f"is a drop-frame timecode, and {per_second} has none.",
            where=repr(text),
            fix="Write : before the frames.",
        )
    skip = base // 15
    if seconds == 0 and frames < skip and minutes % 10:
        raise DubError(
            "does not exist: drop-frame counting skips it.",
            where=repr(text),
            fix=f"The first frame of this minute is {hours:02}:{minutes:02}:00;{skip:02}.",
        )
    total_minutes = hours * 60 + minutes
    return number - skip * (total_minutes - total_minutes // 10)


def format_timecode(frame: int, rate: Fraction, *, drop: bool | None = None) -> str:
    """Return the timecode of a frame number, wrapped at 24 hours; drop-frame is written with ;.

    drop  count in drop-frame; None where the rate has it, as editors do
    """
    base = round(rate)
    if drop is None:
        drop = is_drop_frame_rate(rate)
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


def counts_in_drop_frame(first_frame: int, rate: Fraction, *, otherwise: bool = True) -> bool:
    """Return whether a cut that starts at a frame number is counted in drop-frame.

    Cuts start at a whole second, mostly at an hour: that way of counting in which this one does
    is its own.

    otherwise  the answer where both or none do: drop-frame, as is usual at these rates
    """
    if not is_drop_frame_rate(rate):
        return False
    drop, plain = (
        format_timecode(first_frame, rate, drop=drop).endswith("00") for drop in (True, False)
    )
    return otherwise if drop == plain else drop


def cut_timecode(frame: int, rate: Fraction, first_frame: int) -> str:
    """Return the timecode of a frame of a cut, counted from its first, as the cut counts it.

    first_frame  the cut's start timecode as a frame number
    """
    drop = counts_in_drop_frame(first_frame, rate)
    return format_timecode(first_frame + frame, rate, drop=drop)


@lru_cache(maxsize=1 << 14)  # a long cut asks for ten thousand of them, each many times
def record_timecode(record: Fraction, rate: Fraction, first_frame: int) -> str:
    """Return the record timecode of a moment in a cut.

    record       seconds from the cut's first frame
    first_frame  the cut's start timecode as a frame number
    """
    return cut_timecode(round(record * rate), rate, first_frame)
