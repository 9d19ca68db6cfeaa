"""The course of a head beyond what was filmed of it: drawn, and pinned to its last real frames."""

from fractions import Fraction

import numpy as np

from lipflap.core.motion.gap_curve import meet_pins
from lipflap.core.motion.head_motion import HeadMotion
from lipflap.core.motion.head_pose import HEAD, POSE, Array, HeadRange, to_frames, to_ticks

MAX_OWN = 2.5  # of the actor's own range: a head goes no further than it was seen to go


def draw_course(
    motion: HeadMotion, heads: Array, own_range: HeadRange, rate: Fraction, count: int, seed: int
) -> Array:
    """Return the poses [count, 6] of a head after frames [T, HEAD] at `rate`, as heads have them.

    It goes on from the last of them without a jump.
    """
    own = own_range.to_own(heads)
    known = to_ticks(own, rate)
    total = to_ticks(np.zeros((len(own) + count, 1)), rate)
    ticks = np.concatenate([known, np.zeros((max(0, len(total) - len(known)), HEAD))])
    filled = motion.fill(ticks, np.arange(len(ticks)) < len(known), seed)
    frames = to_frames(filled, rate, len(own) + count)[:, POSE]
    # Ticks lie between frames, and miss the film by a little.
    filmed = np.concatenate([own[:, POSE], frames[len(own) :]])
    course = meet_pins(frames, filmed, np.arange(len(frames)) < len(own))[len(own) :]
    course = _within(course, np.maximum(MAX_OWN, np.abs(own[-1, POSE])))
    return np.asarray(course * own_range.spread[POSE] + own_range.mean[POSE])


def _within(course: Array, limit: Array) -> Array:
    return np.asarray(np.clip(course, -limit, limit))
