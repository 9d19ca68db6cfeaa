"""Pairs of a sound line and a visible part of a shot that it plays over.

shot     |== visible ==|  covered  |== visible ==|
line           |-------------------------|
pairs          |=======|           |=====|
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import lcm

from lipflap.plugin.cut.cut import DubLine, DubPair, Shot
from lipflap.plugin.cut.time_range import TimeRange


def pair(shots: Sequence[Shot], lines: Sequence[DubLine]) -> tuple[DubPair, ...]:
    """Return a pair for each overlap, by shot, then by time; touching is no overlap.

    Sound may start before its picture (J cut) or outlast it (L cut): a pair is only the overlap.
    """
    ranges = [*(line.record for line in lines), *(r for shot in shots for r in shot.visible)]
    tick = _integer_clock(ranges)
    ordered = sorted(lines, key=lambda line: (tick(line.record.start), tick(line.record.end)))
    starts = [tick(line.record.start) for line in ordered]
    latest_ends = list(accumulate((tick(line.record.end) for line in ordered), max))
    pairs = []
    for shot in shots:
        for visible in shot.visible:
            first = bisect_right(latest_ends, tick(visible.start))
            last = bisect_right(starts, tick(visible.end))
            pairs += _overlaps(shot.name, visible, ordered[first:last])
    return tuple(pairs)


def _integer_clock(ranges: Iterable[TimeRange]) -> Callable[[Fraction], int]:
    """Return a function from seconds to a unit in which all ends of the ranges are integers.

    Integers compare as the fractions do, in a fraction of their time.
    """
    ends = (end for time_range in ranges for end in (time_range.start, time_range.end))
    ticks_per_second = lcm(*{end.denominator for end in ends})
    return lambda time: time.numerator * (ticks_per_second // time.denominator)


def _overlaps(shot: str, visible: TimeRange, lines: Sequence[DubLine]) -> list[DubPair]:
    overlaps = ((line, line.record.overlap(visible)) for line in lines)
    return [DubPair(shot, line, record) for line, record in overlaps if record]
