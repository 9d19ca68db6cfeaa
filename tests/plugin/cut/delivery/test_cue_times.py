"""Times as cue lists write them."""

from fractions import Fraction

import pytest

from lipflap.core.timecode import parse_timecode
from lipflap.plugin.cut.delivery.cue_times import are_parts_of_day, parse_cue_time

RATE, NTSC = Fraction(25), Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "seconds", "is_plain"),
    [
        ("01:00:02:05", Fraction("3602.2"), False),
        ("01.00.02.05", Fraction("3602.2"), False),
        ("01;00;02;05", Fraction("3602.2"), False),
        ("01,00,02,05", Fraction("3602.2"), False),
        ("01-00-02-05", Fraction("3602.2"), False),
        ("0005+12", Fraction(92, 25), True),
        ("5+12.0", Fraction(92, 25), True),
        ("01000205", Fraction("3602.2"), False),
        ("1:00:02:05", Fraction("3602.2"), False),
        ("01:00:02.200", Fraction("3602.2"), False),
        ("01:00:02,200", Fraction("3602.2"), False),
        ("01:00:02", Fraction(3602), False),
        ("12.48", Fraction("12.48"), True),
        ("12,48", Fraction("12.48"), True),
        ("3602.2 s", Fraction("3602.2"), True),
        ("7", Fraction(7), True),
        ("01h00m02s05f", Fraction("3602.2"), False),
        ("1000205", Fraction("3602.2"), False),  # a workbook takes it for a number
        ("01:00:02.2", Fraction("3602.2"), False),
        ("０１：００：０２：０５", Fraction("3602.2"), False),
        ("2480ms", Fraction("2.48"), True),
        ("90055 frames", Fraction("3602.2"), True),
    ],
)
def test_times(text: str, seconds: Fraction, is_plain: bool) -> None:
    time = parse_cue_time(text, RATE, drop=False)
    assert time is not None
    assert time.seconds == seconds
    assert time.is_plain == is_plain


def test_parts_of_a_day_are_told_by_the_whole_list() -> None:
    parts = ["0.041691458333333336", "", "0,0417025463"]
    assert are_parts_of_day(parts)
    assert not are_parts_of_day([*parts, "2.5"])
    assert not are_parts_of_day(["0.2", "0.48"])
    time = parse_cue_time(parts[0], RATE, drop=False, parts_of_day=True)
    assert (time.seconds, time.is_plain) == (Fraction("3602.142"), False)


@pytest.mark.parametrize(
    "text", ["", "soon", "01:00:02:31", "25:00:00:00", "1.2.3", "5+16", "1-2-3"]
)
def test_what_is_no_time(text: str) -> None:
    assert parse_cue_time(text, RATE, drop=False) is None


def test_drop_frame_is_told_by_its_mark_or_by_the_cut() -> None:
    marked = parse_cue_time("01:00:00;12", NTSC, drop=False)
    assert marked == parse_cue_time("01;00;00;12", NTSC, drop=False)
    assert marked != parse_cue_time("01.00.00.12", NTSC, drop=False)
    by_cut = parse_cue_time("01:00:00:12", NTSC, drop=True)
    plain = parse_cue_time("01:00:00:12", NTSC, drop=False)
    assert marked is not None
    assert marked == by_cut
    assert marked.seconds == parse_timecode("01:00:00;12", NTSC) / NTSC
    assert plain is not None
    assert plain.seconds == parse_timecode("01:00:00:12", NTSC) / NTSC
