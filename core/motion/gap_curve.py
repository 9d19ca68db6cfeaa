"""The curve through what is known of a motion, and how far from it motion can be.

    known   o o o o                         o o o
    curve          o-_  leaves as it was   -o         arrives as it will go on
    room    0 0 0 0 . : | | | | | | | | : . 0 0 0     of what is drawn, about the curve

What is drawn is the difference from the curve, in units of that room. The curve has the place and
the speed of its pins, and the room begins with neither: what is drawn cannot miss its pins, nor
leave them with a jerk.
"""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.motion.head_pose import Array
from lipflap.core.soft_step import soft_step

_GOES_ON_TICKS = 5.0  # how long the speed at an end of the gap is kept
_ROOM_TICKS = 6.0  # from a pin on, until there is half of all room


def gap_curve(values: Array, is_known: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the curve [T, D] through values [T, D] where they are known, and the room [T, 1].

    The curve is 0 and the room 1 where nothing is known at all.
    """
    ticks = len(values)
    known = np.flatnonzero(is_known)
    if not len(known):
        return np.zeros(values.shape), np.ones((ticks, 1))
    at = np.arange(ticks)
    place = np.searchsorted(known, at, "right")
    has_before, has_after = place > 0, place < len(known)
    before = known[np.where(has_before, place - 1, place)]
    after = known[np.where(has_after, np.minimum(place, len(known) - 1), place - 1)]
    since, until = at - before, after - at
    speed = _speeds(values, is_known)
    part = (since / np.maximum(since + until, 1))[:, None]
    curve = values[before] + soft_step(part) * (values[after] - values[before])
    curve += np.where(has_before, _kept(since), 0)[:, None] * speed[before]
    curve -= np.where(has_after, _kept(until), 0)[:, None] * speed[after]
    nearest = np.minimum(np.where(has_before, since, ticks), np.where(has_after, until, ticks))
    room = nearest**2 / (nearest**2 + _ROOM_TICKS**2)
    return np.where(is_known[:, None], values, curve), room[:, None]


def meet_pins(drawn: Array, pins: Array, is_known: NDArray[np.bool_]) -> Array:
    """Return drawn values [T, D] so changed that they meet pins [T, D] where these are known.

    What they miss the pins by goes away from them on.
    """
    missed, _ = gap_curve(pins - drawn, is_known)
    return drawn + missed


def _kept(ticks: NDArray[np.int64]) -> Array:
    """Return how far a speed of 1 has led after so many ticks; it fades, but not at once."""
    return np.asarray(ticks * np.exp(-((ticks / _GOES_ON_TICKS) ** 2)))


def _speeds(values: Array, is_known: NDArray[np.bool_]) -> Array:
    """Return the change a tick [T, D] at known ticks that have a known one beside them, else 0."""
    speed = np.zeros(values.shape)
    change = np.diff(values, axis=0)
    both = (is_known[1:] & is_known[:-1])[:, None]
    speed[:-1] = np.where(both, change, 0)
    speed[1:] = np.where(both, change, speed[1:])
    return speed
