"""Covers against plain sets of whole numbers."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lipflap.plugin.cut.cut import TimeRange
from lipflap.plugin.cut.time_range import clip_to, difference, intersection, subtract, union


def stretch(start: int, end: int) -> TimeRange:
    return TimeRange(Fraction(start), Fraction(end))


STRETCHES = st.tuples(st.integers(-20, 40), st.integers(0, 12)).map(
    lambda pair: stretch(pair[0], pair[0] + pair[1])
)
LISTS = st.lists(STRETCHES, max_size=8)


def units(stretches: object) -> set[int]:
    return {n for one in stretches for n in range(int(one.start), int(one.end))}  # type: ignore[attr-defined]


@given(LISTS)
def test_merged_holds_the_same_time_in_order_and_untouching(stretches: list[TimeRange]) -> None:
    cover = union(stretches)
    assert units(cover) == units(stretches)
    assert all(one.end < two.start for one, two in pairwise(cover))
    assert all(one.seconds > 0 for one in cover)


@given(STRETCHES, LISTS)
def test_within_and_without_split_a_stretch(one: TimeRange, stretches: list[TimeRange]) -> None:
    cover = union(stretches)
    assert units(clip_to(one, cover)) == units([one]) & units(stretches)
    assert units(difference(one, cover)) == units([one]) - units(stretches)


@given(LISTS, LISTS)
def test_common_and_minus_of_two_covers(first: list[TimeRange], second: list[TimeRange]) -> None:
    one, other = union(first), union(second)
    assert units(intersection(one, other)) == units(first) & units(second)
    assert units(subtract(one, other)) == units(first) - units(second)
