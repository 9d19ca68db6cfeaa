"""Timecode against OpenTimelineIO's own arithmetic."""

import random
from fractions import Fraction

import opentimelineio as otio
import pytest

from lipflap.core.errors import DubError
from lipflap.core.timecode import (
    format_timecode,
    is_drop_frame_rate,
    parse_timecode,
    record_timecode,
)

DROP = [(Fraction(30000, 1001), 30000 / 1001), (Fraction(60000, 1001), 60000 / 1001)]
WHOLE = [Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60)]


@pytest.mark.parametrize(("rate", "otio_rate"), DROP)
def test_drop_frame_counts_as_otio_does_over_a_day(rate: Fraction, otio_rate: float) -> None:
    day = round(24 * 3600 * float(rate))
    some = random.Random(1).sample(range(day), 400)
    around_minutes = [
        n for minute in range(1, 1440, 37) for n in range(minute * 1798, minute * 1798 + 4)
    ]
    for frame in some + around_minutes:
        expected = otio.opentime.RationalTime(frame, otio_rate).to_timecode(
            otio_rate, drop_frame=True
        )
        assert format_timecode(frame, rate, drop=True) == expected, frame
        assert format_timecode(frame, rate) == expected, "editors count in drop-frame"
        assert parse_timecode(expected, rate) == frame


@pytest.mark.parametrize("rate", WHOLE)
def test_other_timecode_counts_as_otio_does(rate: Fraction) -> None:
    for frame in random.Random(2).sample(range(24 * 3600 * int(rate)), 300):
        expected = otio.opentime.RationalTime(frame, float(rate)).to_timecode(float(rate))
        assert format_timecode(frame, rate) == expected
        assert parse_timecode(expected, rate) == frame


def test_film_at_23_976_counts_24_numbers_a_second() -> None:
    rate = Fraction(24000, 1001)
    assert format_timecode(86_400, rate) == "01:00:00:00"
    assert parse_timecode("01:00:00:00", rate) == 86_400
    assert not is_drop_frame_rate(rate)


@pytest.mark.parametrize(
    ("text", "rate", "says"),
    [
        ("1:2:3", Fraction(25), "not a timecode"),
        ("00:00:00:25", Fraction(25), "does not exist"),
        ("00:61:00:00", Fraction(25), "does not exist"),
        ("00:01:00;00", Fraction(30000, 1001), "skips"),
        ("00:00:00;12", Fraction(25), "drop-frame timecode"),
    ],
)
def test_what_is_no_timecode_at_a_rate_is_refused(text: str, rate: Fraction, says: str) -> None:
    with pytest.raises(DubError, match=says):
        parse_timecode(text, rate)


@pytest.mark.parametrize("rate", [*WHOLE, *(rate for rate, _ in DROP), Fraction(24000, 1001)])
def test_a_moment_of_a_cut_has_the_timecode_of_its_frame(rate: Fraction) -> None:
    mark = ";" if is_drop_frame_rate(rate) else ":"
    first_frame = parse_timecode(f"10:00:00{mark}00", rate)
    for frame in random.Random(3).sample(range(100_000), 300):
        expected = format_timecode(first_frame + frame, rate)
        assert record_timecode(frame / rate, rate, first_frame) == expected


@pytest.mark.parametrize(
    ("first_frame", "timecode"),
    [(108_000, "01:00:00:15"), (107_892, "01:00:00;15"), (0, "00:00:00;15")],
)
def test_a_cut_is_counted_as_it_starts_at_a_whole_second(first_frame: int, timecode: str) -> None:
    """Where both ways of counting have one, in drop frame."""
    rate = Fraction(30000, 1001)
    assert record_timecode(15 / rate, rate, first_frame) == timecode
