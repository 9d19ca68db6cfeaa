"""Pairs against sets of frame numbers."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.order import Role
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.cut.time_range import TimeRange


def frames(start: int, count: int) -> TimeRange:
    return TimeRange(Fraction(start, 24), Fraction(start + count, 24))


def shot(name: str, *visible: TimeRange) -> Shot:
    whole = TimeRange(min(one.start for one in visible), max(one.end for one in visible))
    return Shot(name, (0, 0), None, Fraction(0), Fraction(1), whole, visible, None)


def line(name: str, record: TimeRange) -> DubLine:
    return DubLine(name, f"{name}.wav", Role.DUB, "DUB", Fraction(0), record)


def frame_numbers(record: TimeRange) -> set[int]:
    return set(range(int(record.start * 24), int(record.end * 24)))


SPANS = st.tuples(st.integers(-10, 100), st.integers(1, 30))


@given(st.lists(st.lists(SPANS, min_size=1, max_size=3), max_size=6), st.lists(SPANS, max_size=8))
def test_pairs_are_the_shared_frames(
    shown: list[list[tuple[int, int]]], spoken: list[tuple[int, int]]
) -> None:
    shots = [shot(f"S{i}", *(frames(*span) for span in spans)) for i, spans in enumerate(shown)]
    lines = [line(f"L{i}", frames(*span)) for i, span in enumerate(spoken)]
    expected = [
        (one.name, other.name, frozenset(shared))
        for one in shots
        for seen in one.visible
        for other in lines
        if (shared := frame_numbers(seen) & frame_numbers(other.record))
    ]
    found = [(p.shot, p.line.name, frozenset(frame_numbers(p.record))) for p in pair(shots, lines)]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_j_cut_pairs_with_both_shots_and_only_where_they_meet() -> None:
    """The line starts 10 frames before the cut at frame 50 and ends 20 after it."""
    shots = [shot("A", frames(0, 50)), shot("B", frames(50, 50))]
    found = pair(shots, [line("L", frames(40, 30))])
    assert [(p.shot, p.record) for p in found] == [("A", frames(40, 10)), ("B", frames(50, 20))]


def test_a_line_that_only_touches_a_shot_is_no_pair() -> None:
    assert pair([shot("A", frames(0, 50))], [line("L", frames(50, 10))]) == ()
