"""Times as cue lists write them."""

from fractions import Fraction

import pytest

from lipflap.core.timecode import parse_timecode
from lipflap.plugin.cut.delivery.cue_times import parse_cue_time

RATE, NTSC = Fraction(25), Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "seconds", "is_plain"),
    [
        ("01:00:02:05", Fraction("3602.2"), False),
        ("01.00.02.05", Fraction("3602.2"), False),
        ("01000205", Fraction("3602.2"), False),
        ("1:00:02:05", Fraction("3602.2"), False),
        ("01:00:02.200", Fraction("3602.2"), False),
        ("01:00:02,200", Fraction("3602.2"), False),
        ("01:00:02", Fraction(3602), False),
        ("12.48", Fraction("12.48"), True),
        ("12,48", Fraction("12.48"), True),
        ("3602.2 s", Fraction("3602.2"), True),
        ("7", Fraction(7), True),
    ],
)
def test_times(text: str, seconds: Fraction, is_plain: bool) -> None:
    time = parse_cue_time(text, RATE, drop=False)
    assert time is not None
    assert time.seconds == seconds
    assert time.is_plain == is_plain


@pytest.mark.parametrize("text", ["", "soon", "01:00:02:31", "25:00:00:00", "1.2.3"])
def test_what_is_no_time(text: str) -> None:
    assert parse_cue_time(text, RATE, drop=False) is None


def test_drop_frame_is_told_by_its_mark_or_by_the_cut() -> None:
    marked = parse_cue_time("01:00:00;12", NTSC, drop=False)
    by_cut = parse_cue_time("01:00:00:12", NTSC, drop=True)
    plain = parse_cue_time("01:00:00:12", NTSC, drop=False)
    assert marked is not None
    assert marked == by_cut
    assert marked.seconds == parse_timecode("01:00:00;12", NTSC) / NTSC
    assert plain is not None
    assert plain.seconds == parse_timecode("01:00:00:12", NTSC) / NTSC
