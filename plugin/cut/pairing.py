"""Which line plays over which visible part of which shot.

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
    """A pair for each overlap, by shot, then by time; touching is no overlap.

    Sound may start before its picture (J cut) or outlast it (L cut): a pair is only the overlap.
    """
    tick = _clock([*(line.record for line in lines), *(s for shot in shots for s in shot.visible)])
    ordered = sorted(lines, key=lambda line: (tick(line.record.start), tick(line.record.end)))
    starts = [tick(line.record.start) for line in ordered]
    latest_ends = list(accumulate((tick(line.record.end) for line in ordered), max))
    pairs = []
    for shot in shots:
        for seen in shot.visible:
            first = bisect_right(latest_ends, tick(seen.start))
            last = bisect_right(starts, tick(seen.end))
            pairs += _pairs(shot.name, seen, ordered[first:last])
    return tuple(pairs)


def _clock(stretches: Iterable[TimeRange]) -> Callable[[Fraction], int]:
    """Counts in a unit in which all ends of the stretches are whole numbers: they compare as the
    fractions do, in a fraction of their time."""
    ends = (end for stretch in stretches for end in (stretch.start, stretch.end))
    a_second = lcm(*{end.denominator for end in ends})
    return lambda moment: moment.numerator * (a_second // moment.denominator)


def _pairs(shot: str, seen: TimeRange, lines: Sequence[DubLine]) -> list[DubPair]:
    overlaps = ((line, line.record.overlap(seen)) for line in lines)
    return [DubPair(shot, line, record) for line, record in overlaps if record]
