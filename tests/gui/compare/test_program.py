"""Which shot is seen in each frame of a cut, against a look at every piece of every shot."""

from fractions import Fraction as F

from hypothesis import given
from hypothesis import strategies as st

from lipflap.gui.compare.program import make_program
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.time_range import TimeRange

RATE = F(24000, 1001)


def shot(name: str, *parts: TimeRange) -> Shot:
    record = TimeRange(min(p.start for p in parts), max(p.end for p in parts))
    return Shot(name, (0, 0), None, F(0), F(1), record, parts, None)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(1, 40)),
        min_size=1,
        max_size=6,
    )
)
def test_the_shot_of_a_frame_is_one_that_is_visible_in_it(places):
    shots = [
        shot(
            f"S{n}",
            TimeRange(F(a, 20), F(a + b, 20)),
            TimeRange(F(a + b + 1, 20), F(a + b + 1 + c, 20)),
        )
        for n, (a, b, c) in enumerate(places)
    ]
    program = make_program(shots, RATE, 0)
    for frame in range(program.count):
        record = frame / RATE
        seen = {s.name for s in shots if any(p.start <= record < p.end for p in s.visible)}
        found = program.shot_at(frame)
        assert (found in seen) if seen else found is None
        for name in seen:
            assert program.shot_at(frame, name) == name
    for one in shots:
        frames = [
            n for n in range(program.count) if any(p.start <= n / RATE < p.end for p in one.visible)
        ]
        if frames:
            assert program.start_of(one.name) == frames[0]


def test_the_next_piece_and_the_one_before():
    a, b = shot("A", TimeRange(F(0), F(1))), shot("B", TimeRange(F(2), F(3)))
    program = make_program([a, b], F(25), 90_000, sound_end=F(4))
    assert program.count == 100
    assert [program.next_piece(n, 1).shot for n in (0, 30)] == ["B", "B"]
    assert program.next_piece(60, 1) is None
    assert [program.next_piece(n, -1).shot for n in (30, 60, 90)] == ["A", "A", "B"]
    assert program.next_piece(10, -1) is None
    assert program.timecode(25) == "01:00:01:00"
