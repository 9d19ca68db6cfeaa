"""Frames of media in words, as the clock of the media counts them."""

from fractions import Fraction

from lipflap.core.timecode import format_timecode, is_drop_frame_rate


def describe_frames(first: int, last: int, rate: Fraction) -> str:
    """Return frames `first` to `last` as timecode; as frame numbers where no timecode exists."""
    if first < 0 or round(rate) < 1:
        return f"frames {first} to {last}"
    drop = is_drop_frame_rate(rate)
    start, end = (format_timecode(frame, rate, drop=drop) for frame in (first, last))
    return f"{start} to {end}"
