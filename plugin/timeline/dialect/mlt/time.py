"""Times as MLT writes them: frames, or a clock of hours, minutes and seconds."""

import re
from fractions import Fraction

from lipflap.core.errors import DubError

_CLOCK = re.compile(r"(?:(\d+):)?(?:(\d+):)?(\d+)(?:[.,](\d*))?")
_TIMECODE = re.compile(r"(\d{1,4}):(\d\d):(\d\d)([:;])(\d{1,3})")
_FRAMES = re.compile(r"-?\d{1,12}(?:\.0*)?")
_MAX_LENGTH = 24


def frames_of(text: str, rate: Fraction, where: str) -> int:
    """Return the frames that a time is long: 125, 00:00:05.000 or 00:00:05:00.

    Raises DubError when it is none of these.
    """
    text = text.strip()
    if _FRAMES.fullmatch(text):
        return int(float(text))
    if found := _TIMECODE.fullmatch(text):
        return _timecode_frames(found, rate)
    found = _CLOCK.fullmatch(text)
    if not found or ":" not in text or len(text) > _MAX_LENGTH:
        raise DubError(
            f"has an impossible time: {text!r}.",
            where=where,
            fix="Save the project again in the program it comes from.",
        )
    first, second, seconds, decimals = found.groups()
    hours, minutes = (first, second) if second else ("0", first)
    exact = int(hours) * 3600 + int(minutes) * 60 + Fraction(f"{seconds}.{decimals or 0}")
    return round(exact * rate)


def _timecode_frames(found: re.Match[str], rate: Fraction) -> int:
    hours, minutes, seconds, mark, frames = found.groups()
    base = round(rate)
    total_minutes = int(hours) * 60 + int(minutes)
    count = (total_minutes * 60 + int(seconds)) * base + int(frames)
    dropped = base // 15 if mark == ";" else 0
    return count - dropped * (total_minutes - total_minutes // 10)


def time_like(frames: int, rate: Fraction, like: str) -> str:
    """Return a time written in the way of another: as frames, or as a clock to a millisecond."""
    if ":" not in like:
        return str(frames)
    milliseconds = round(Fraction(frames) / rate * 1000)
    seconds, point = divmod(milliseconds, 1000)[0], "," if "," in like else "."
    minutes, hours = seconds // 60, seconds // 3600
    return f"{hours:02}:{minutes % 60:02}:{seconds % 60:02}{point}{milliseconds % 1000:03}"
