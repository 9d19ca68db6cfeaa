"""Frames of media in words."""

from fractions import Fraction

import pytest

from lipflap.plugin.cut.media_frames import describe_frames


@pytest.mark.parametrize(
    ("first", "last", "rate", "text"),
    [
        (90_000, 90_024, Fraction(25), "01:00:00:00 to 01:00:00:24"),
        (107_892, 107_893, Fraction(30_000, 1001), "01:00:00;00 to 01:00:00;01"),
        (-2, 47, Fraction(25), "frames -2 to 47"),
        (0, 9, Fraction(1, 4), "frames 0 to 9"),
        (0, 99, Fraction(12841, 261), "0.00 to 2.03 s"),
        (0, 153_599, Fraction(76_800), "0.00 to 2.00 s"),
        (0, 29, Fraction(2997, 100), "00:00:00:00 to 00:00:00:29"),
    ],
)
def test_frames_are_written_as_timecode_where_there_is_one(first, last, rate, text):
    assert describe_frames(first, last, rate, drop=True) == text


def test_drop_frame_is_written_only_where_it_is_counted():
    told = describe_frames(108_000, 108_029, Fraction(30_000, 1001), drop=False)
    assert told == "01:00:00:00 to 01:00:00:29"
