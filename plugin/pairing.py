"""Which line plays over which visible part of which shot.

shot     |== visible ==|  covered  |== visible ==|
line           |-------------------------|
pairs          |=======|           |=====|
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from lipflap.plugin.cut import DubLine, DubPair, Shot, Stretch


def pair(shots: Sequence[Shot], lines: Sequence[DubLine]) -> tuple[DubPair, ...]:
    """A pair for each overlap, by shot, then by time; touching is no overlap.

    Sound may start before its picture (J cut) or outlast it (L cut): a pair is only the overlap.
    """
    ordered = sorted(lines, key=lambda line: line.record)
    starts = [line.record.start for line in ordered]
    latest_ends = list(accumulate((line.record.end for line in ordered), max))
    pairs = []
    for shot in shots:
        for seen in shot.visible:
            first = bisect_right(latest_ends, seen.start)
            last = bisect_right(starts, seen.end)
            pairs += _pairs(shot.name, seen, ordered[first:last])
    return tuple(pairs)


def _pairs(shot: str, seen: Stretch, lines: Sequence[DubLine]) -> list[DubPair]:
    overlaps = ((line, line.record.overlap(seen)) for line in lines)
    return [DubPair(shot, line, record) for line, record in overlaps if record]
