"""Sets of time ranges against plain sets of whole numbers."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lipflap.plugin.cut.time_range import TimeRange, difference, intersection, union


def time_range(start: int, end: int) -> TimeRange:
    return TimeRange(Fraction(start), Fraction(end))


RANGES = st.tuples(st.integers(-20, 40), st.integers(0, 12)).map(
    lambda pair: time_range(pair[0], pair[0] + pair[1])
)
LISTS = st.lists(RANGES, max_size=8)


def units(ranges: object) -> set[int]:
    return {n for one in ranges for n in range(int(one.start), int(one.end))}  # type: ignore[attr-defined]


@given(LISTS)
def test_a_union_holds_the_same_time_in_order_and_untouching(ranges: list[TimeRange]) -> None:
    merged = union(ranges)
    assert units(merged) == units(ranges)
    assert all(one.end < two.start for one, two in pairwise(merged))
    assert all(one.seconds > 0 for one in merged)


@given(RANGES, LISTS)
def test_one_range_is_split_by_a_set(one: TimeRange, ranges: list[TimeRange]) -> None:
    others = union(ranges)
    assert units(intersection([one], others)) == units([one]) & units(ranges)
    assert units(difference([one], others)) == units([one]) - units(ranges)


@given(LISTS, LISTS)
def test_a_set_is_split_by_a_set(first: list[TimeRange], second: list[TimeRange]) -> None:
    one, other = union(first), union(second)
    assert units(intersection(one, other)) == units(first) & units(second)
    assert units(difference(one, other)) == units(first) - units(second)
