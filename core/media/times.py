"""When each stored picture of a movie is shown, and which one a steady frame rate shows.

Files of phones and screen recorders have no steady rate. They are conformed as an editing
program conforms them: each picture stands on the nearest frame of the usual rate and is held
until the next one comes.

    stored   0   1   2       3   4
    frame    0   1   2   3   4   5       shown = 0 1 2 2 3 4
"""

import os
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from lipflap.core.errors import MediaBroken
from lipflap.core.frametime import exact_rate
from lipflap.core.media.container import check_readable, opened, picture_stream
from lipflap.core.media.ticks import Ticks, ticks_of

_STEADY_FRAMES = Fraction(1, 10)  # a picture this near to its frame counts as on it
_LONGEST_HOLD_S = 60


@dataclass(frozen=True, slots=True)
class Times:
    """The stored pictures of a movie, in the order they are shown.

    ticks   when each is shown
    rate    frames per second
    shown   [frames] number of the stored picture each frame shows
    """

    ticks: Ticks
    rate: Fraction
    shown: np.ndarray


def times_of(path: str) -> Times:
    """The picture times of a movie file, remembered while the file does not change.

    Reads the file's index where it tells enough, else every packet; decodes nothing.
    Raises MediaMissing, MediaBroken.
    """
    check_readable(path)
    facts = os.stat(path)
    return _times_of(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=64)
def _times_of(path: str, _size: int, _mtime_ns: int) -> Times:
    with opened(path) as container:
        stream = picture_stream(container, path)
        ticks = ticks_of(path, container, stream)
        said = [Fraction(r) for r in (stream.average_rate, stream.guessed_rate) if r]
    if not said:
        raise MediaBroken(
            "does not say how many frames a second it has.",
            where=path,
            fix="Transcode it, for example to a QuickTime file.",
        )
    rate = rate_of(ticks.at, ticks.tick_s, said)
    if rate < 1:
        raise MediaBroken(
            "shows less than one picture a second.", where=path, fix="Conform it to the cut's rate."
        )
    return Times(ticks, rate, conformed(ticks.at, ticks.tick_s, rate, path))


def rate_of(at: np.ndarray, tick_s: Fraction, said: list[Fraction]) -> Fraction:
    """The rate the file says if its pictures keep to it, else that of their usual distance.

    Of several that fit, one that people use: a whole number, or NTSC's.
    """
    said = said + [exact_rate(float(rate)) for rate in said]
    candidates = sorted(said, key=lambda rate: rate.denominator not in (1, 1001))
    for rate in candidates:
        off = _frames_at(at, tick_s, rate) - np.arange(len(at))
        if np.abs(off).max() <= max(_STEADY_FRAMES, tick_s * rate):
            return rate
    step_s = _usual_step_s(at, tick_s)
    near = (rate for rate in candidates if abs(1 / rate - step_s) < tick_s)
    return next(near, exact_rate(float(1 / step_s)))


def _usual_step_s(at: np.ndarray, tick_s: Fraction) -> Fraction:
    """From one picture to the next where none is missing: the mean around the median."""
    steps = np.diff(at)
    usual = steps[np.abs(steps - np.median(steps)) <= 1]
    return Fraction(int(usual.sum()), len(usual)) * tick_s


def _frames_at(at: np.ndarray, tick_s: Fraction, rate: Fraction) -> np.ndarray:
    """Where on the frames of `rate` each picture falls; exact to a millionth of a frame."""
    scale = tick_s * rate
    whole, rest = np.divmod((at - at[0]) * scale.numerator, scale.denominator)
    return np.asarray(whole + rest / scale.denominator)


def conformed(at: np.ndarray, tick_s: Fraction, rate: Fraction, path: str) -> np.ndarray:
    """[frames] the stored picture each frame of `rate` shows. Raises MediaBroken, naming `path`."""
    on_frame = np.floor(_frames_at(at, tick_s, rate) + 0.5).astype(np.int64)
    if len(on_frame) > 1 and np.diff(on_frame).max() > _LONGEST_HOLD_S * rate:
        raise MediaBroken(
            f"has a hole of more than {_LONGEST_HOLD_S} seconds between two pictures.",
            where=path,
            fix="Transcode the part you need.",
        )
    frames = np.arange(on_frame[-1] + 1)
    return np.searchsorted(on_frame, frames, side="right") - 1
