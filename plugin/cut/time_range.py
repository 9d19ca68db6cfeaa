"""Which parts of record time are covered: sorted sets of stretches that do not touch.

cover     |=====|      |===|           |=====|
stretch      |--------------------|
without         |------|   |------|
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction

from lipflap.plugin.cut.cut import TimeRange

Cover = tuple[TimeRange, ...]


def union(stretches: Iterable[TimeRange]) -> Cover:
    """All the time the stretches hold together; empty ones count for nothing."""
    cover: list[TimeRange] = []
    for here in sorted(stretches):
        if here.start == here.end:
            continue
        if cover and here.start <= cover[-1].end:
            cover[-1] = TimeRange(cover[-1].start, max(cover[-1].end, here.end))
        else:
            cover.append(here)
    return tuple(cover)


def clip_to(stretch: TimeRange, cover: Sequence[TimeRange]) -> Cover:
    """The parts of `stretch` that lie in `cover`."""
    found: list[TimeRange] = []
    for index in range(_first_ending_after(stretch.start, cover), len(cover)):
        if cover[index].start >= stretch.end:
            break
        if part := cover[index].overlap(stretch):
            found.append(part)
    return tuple(found)


def difference(stretch: TimeRange, cover: Sequence[TimeRange]) -> Cover:
    """The parts of `stretch` that do not lie in `cover`."""
    left: list[TimeRange] = []
    start = stretch.start
    for covered in clip_to(stretch, cover):
        if start < covered.start:
            left.append(TimeRange(start, covered.start))
        start = covered.end
    if start < stretch.end:
        left.append(TimeRange(start, stretch.end))
    return tuple(left)


def intersection(one: Cover, other: Cover) -> Cover:
    """The time both covers hold."""
    return tuple(part for stretch in one for part in clip_to(stretch, other))


def subtract(one: Cover, other: Cover) -> Cover:
    """The time `one` holds and `other` does not."""
    return tuple(part for stretch in one for part in difference(stretch, other))


def _first_ending_after(time: Fraction, cover: Sequence[TimeRange]) -> int:
    return bisect_right(cover, time, key=lambda stretch: stretch.end)
