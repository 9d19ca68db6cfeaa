"""Frames of media in words, as the clock of the media counts them."""

from fractions import Fraction

from lipflap.core.timecode import format_timecode, is_drop_frame_rate

_MOST_FRAMES = 1000  # a second
_NEAR = Fraction(1, 500)  # of a frame a second: 29.97 is meant where 2997/100 is written


def describe_frames(first: int, last: int, rate: Fraction, *, drop: bool) -> str:
    """Return frames `first` to `last` as timecode; as frame numbers where no timecode exists.

    At a rate at which none is counted, as that of a telephone's film, as seconds.

    drop  they are counted in drop-frame, where the rate has it
    """
    if first < 0 or round(rate) < 1:
        return f"frames {first} to {last}"
    base = round(rate)
    counted = (base, base * Fraction(1000, 1001))
    if base > _MOST_FRAMES or min(abs(rate - one) for one in counted) > _NEAR:
        return f"{float(first / rate):.2f} to {float((last + 1) / rate):.2f} s"
    drop = drop and is_drop_frame_rate(rate)
    start, end = (format_timecode(frame, rate, drop=drop) for frame in (first, last))
    return f"{start} to {end}"
