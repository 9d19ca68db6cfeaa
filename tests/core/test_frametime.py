from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.frametime import FrameSpan, exact_rate, frame_to_sample

FILM = Fraction(24000, 1001)
BOUNDS = st.tuples(st.integers(-50, 50), st.integers(-50, 50)).map(sorted)


@given(BOUNDS, BOUNDS)
def test_overlap_holds_exactly_the_frames_in_both(one: list[int], other: list[int]) -> None:
    a, b = FrameSpan(*one, FILM), FrameSpan(*other, FILM)
    both = {f for f in range(-60, 60) if f in a and f in b}
    found = a.overlap(b)
    assert both == (set(range(found.start, found.end)) if found else set())
    assert len(a) == len({f for f in range(-60, 60) if f in a})


def test_spans_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        FrameSpan(5, 4, FILM)
    with pytest.raises(ValueError, match="different rates"):
        FrameSpan(0, 4, FILM).overlap(FrameSpan(0, 4, Fraction(24)))


def test_film_frames_are_2002_samples_for_hours() -> None:
    assert [frame_to_sample(n, FILM, 48_000) for n in (0, 1, 86_400)] == [0, 2002, 2002 * 86_400]


@given(st.integers(0, 10**7), st.sampled_from([FILM, Fraction(25), Fraction(30000, 1001)]))
def test_a_sample_is_the_first_at_or_after_its_frame(frame: int, rate: Fraction) -> None:
    sample = frame_to_sample(frame, rate, 44_100)
    start = frame / rate
    assert Fraction(sample, 44_100) >= start > Fraction(sample - 1, 44_100)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (23.976, FILM),
        (23.98, FILM),
        (23.976023976, FILM),
        (24.0, Fraction(24)),
        (25.0, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (30.0, Fraction(30)),
        (59.94, Fraction(60000, 1001)),
        (59.9401, Fraction(60000, 1001)),
        (12.5, Fraction(25, 2)),
        (48_000.0, Fraction(48_000)),
    ],
)
def test_a_rounded_rate_is_the_one_that_was_meant(said: float, meant: Fraction) -> None:
    assert exact_rate(said) == meant
