"""Ranges of record time, and sets of them.

one          |=====|      |===|           |=====|
other             |--------------------|
difference   |====|                       |=====|
intersection      ||      |===|
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """Record time [start, end) in seconds since the cut's first frame."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if _is_before(self.end, self.start):
            raise ValueError(f"time range ends before it starts: {self.start}..{self.end}")

    @property
    def seconds(self) -> Fraction:
        return self.end - self.start

    def overlap(self, other: "TimeRange") -> "TimeRange | None":
        """Return the time that both hold, or None; touching is no overlap.

        A range that lies in the other is returned itself.
        """
        start = other.start if _is_before(self.start, other.start) else self.start
        end = other.end if _is_before(other.end, self.end) else self.end
        if not _is_before(start, end):
            return None
        return self if start is self.start and end is self.end else TimeRange(start, end)


def _is_before(moment: Fraction, other: Fraction) -> bool:
    """Return whether a moment lies before another; faster than Fraction's own `<`."""
    (seconds, per), (others, per_other) = moment.as_integer_ratio(), other.as_integer_ratio()
    return seconds * per_other < others * per


TimeRangeSet = tuple[TimeRange, ...]  # in order, none of them overlapping another


def union(ranges: Iterable[TimeRange]) -> TimeRangeSet:
    """Return all the time that the ranges hold together; empty ranges hold none."""
    merged: list[TimeRange] = []
    for time_range in _in_order(list(ranges)):
        if not _is_before(time_range.start, time_range.end):
            continue
        if merged and not _is_before(merged[-1].end, time_range.start):
            if _is_before(merged[-1].end, time_range.end):
                merged[-1] = TimeRange(merged[-1].start, time_range.end)
        else:
            merged.append(time_range)
    return tuple(merged)


def _in_order(ranges: list[TimeRange]) -> list[TimeRange]:
    """Return the ranges in the order of their starts, which they mostly have."""
    if any(_is_before(after.start, before.start) for before, after in pairwise(ranges)):
        ranges.sort()
    return ranges


def intersection(ranges: Iterable[TimeRange], others: Sequence[TimeRange]) -> TimeRangeSet:
    """Return the parts of each range that the set `others` holds too."""
    return tuple(part for time_range in ranges for part in _overlaps(time_range, others))


def difference(ranges: Iterable[TimeRange], others: Sequence[TimeRange]) -> TimeRangeSet:
    """Return the parts of each range that the set `others` does not hold."""
    return tuple(part for time_range in ranges for part in _rest(time_range, others))


def _overlaps(time_range: TimeRange, others: Sequence[TimeRange]) -> Iterator[TimeRange]:
    for index in range(_first_ending_after(time_range.start, others), len(others)):
        if not _is_before(others[index].start, time_range.end):
            break
        if part := others[index].overlap(time_range):
            yield part


def _first_ending_after(moment: Fraction, others: Sequence[TimeRange]) -> int:
    """Return the index of the first of others that ends after a moment, by bisection."""
    low, high = 0, len(others)
    while low < high:
        middle = (low + high) // 2
        if _is_before(moment, others[middle].end):
            high = middle
        else:
            low = middle + 1
    return low


def _rest(time_range: TimeRange, others: Sequence[TimeRange]) -> Iterator[TimeRange]:
    start = time_range.start
    for overlap in _overlaps(time_range, others):
        if _is_before(start, overlap.start):
            yield TimeRange(start, overlap.start)
        start = overlap.end
    if _is_before(start, time_range.end):
        yield time_range if start is time_range.start else TimeRange(start, time_range.end)
