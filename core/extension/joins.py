"""The course of a head through the joins of an extension, drawn between filmed frames.

    plates   ... 71 72 73 74 | 73 72 71 ... 40 39 38 | 12 13 14 ...
    head     as filmed  : ~~~~~~~ : as filmed  : ~~~ drawn ~~~ : as filmed
                    pinned        pinned   pinned              pinned

Where filmed frames follow one another as they were filmed, or backwards, their motion is real and
stays. Only about the places where it breaks is a new one drawn, pinned to the frames on either
side: to where the head is there, and to how fast it goes.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipflap.core.motion.gap_curve import gap_curve, meet_pins
from lipflap.core.motion.head_motion import HeadMotion
from lipflap.core.motion.head_pose import (
    HEAD_TICKS_A_SECOND,
    Array,
    HeadRange,
    averaged,
    to_frames,
    to_ticks,
)

JOIN_TICKS = 8
PINNED_TICKS = 3

Flags = NDArray[np.bool_]


def draw_joins(
    motion: HeadMotion,
    heads: Array,
    filmed: int,
    joins: Flags,
    own_range: HeadRange,
    rate: Fraction,
    seed: int,
) -> Array:
    """Return heads [T, HEAD] at `rate` whose motion goes on through joins.

    heads   as the plates have them: `filmed` frames that stay, then those of the extension
    joins   [T - filmed] whether a frame of the extension does not follow the one before
    """
    drawn = join_frames(joins, filmed, rate)
    if not drawn.any():
        return heads
    own = own_range.to_own(heads)
    ticks, is_known = to_ticks(own, rate), to_ticks(~drawn[:, None], rate)[:, 0] == 1
    frames = to_frames(_calm(motion.fill(ticks, is_known, seed), is_known), rate, len(own))
    met = meet_pins(frames, own, ~drawn)  # ticks lie between frames, and miss them by a little
    return np.where(drawn[:, None], own_range.from_own(met), heads)


def _calm(ticks: Array, is_known: Flags) -> Array:
    """Return drawn heads [N, HEAD] without what trembles from tick to tick.

    Heads are measured with an error, which is learnt with their motion, and would be seen.
    """
    curve, _ = gap_curve(ticks, is_known)
    return np.where(is_known[:, None], ticks, curve + averaged(ticks - curve))


def join_frames(joins: Flags, filmed: int, rate: Fraction) -> Flags:
    """Return about which frames [T] of a shot its head is drawn: none of the `filmed` ones.

    Between two joins with less than two pins' frames between them all are.
    """
    tick = float(rate / HEAD_TICKS_A_SECOND)
    length, pinned = max(2, round(JOIN_TICKS * tick)), max(2, round(PINNED_TICKS * tick))
    drawn, end = np.zeros(filmed + len(joins), bool), filmed
    for join in (filmed + np.flatnonzero(joins)).tolist():
        begin = max(filmed, join - length // 2)
        far = begin - end >= 2 * pinned
        drawn[begin if far else end : begin + length] = True
        end = max(end, begin + length)
    return drawn
