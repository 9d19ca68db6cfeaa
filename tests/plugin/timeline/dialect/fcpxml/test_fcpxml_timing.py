"""Rates, conformed rates and time maps."""

import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.fcpxml.timing import (
    Clock,
    Point,
    Timing,
    conform,
    parse_time,
    points_of,
    rate_of,
)
from lipflap.plugin.timeline.patch.xml_spans import Element, parse_xml

NTSC = Fraction(1000, 1001)
ONE = Fraction(1)


def element(text: str) -> Element:
    assert ET.fromstring(text) is not None
    return parse_xml(text.encode(), "cut.fcpxml").root


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1001/24000s", Fraction(1001, 24000)), ("5s", 5), ("0s", 0), ("-1.5s", Fraction(-3, 2))],
)
def test_times_are_exact(text: str, seconds: Fraction) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "1/0s", "1e9s", "nan", "1" * 30 + "s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(DubError, match="a time that is none"):
        parse_time(text)


@pytest.mark.parametrize(
    ("attributes", "rate"),
    [
        ('frameDuration="1001/24000s"', 24 * NTSC),
        ('frameDuration="15015/360000s" name="FFVideoFormat1080p24"', 24 * NTSC),
        ('name="FFVideoFormat1080p2398"', 24 * NTSC),
        ('name="FFVideoFormat1080p5994"', 60 * NTSC),
        ('name="FFVideoFormat1080p25"', 25),
        ('name="FFVideoFormatDV720x576i50"', 25),
        ('name="FFVideoFormat1080i5994"', 30 * NTSC),
        ('name="FFVideoFormatRateUndefined"', None),
        ('name="mine" width="1920"', None),
    ],
)
def test_the_rate_of_a_format(attributes: str, rate: Fraction | None) -> None:
    assert rate_of(element(f"<format {attributes}/>")) == rate


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(DubError, match="impossible frame rate"):
        rate_of(element('<format frameDuration="1/9000000s"/>'))


@pytest.mark.parametrize(
    ("inside", "rate", "scale", "play"),
    [
        ("", Fraction(24), ONE, ONE),
        ('<conform-rate srcFrameRate="23.98"/>', Fraction(24), 1 / NTSC, ONE),
        ('<conform-rate srcFrameRate="25"/>', 24 * NTSC, Fraction(960, 1001), ONE),
        ('<conform-rate srcFrameRate="23.98"/>', Fraction(50), 1 / NTSC, NTSC),
        ('<conform-rate srcFrameRate="23.98" scaleEnabled="0"/>', Fraction(24), ONE, ONE),
        ('<conform-rate scaleEnabled="0"/>', Fraction(24), ONE, ONE),
        ('<conform-rate srcFrameRate="0.2"/>', Fraction(24), ONE, ONE),
    ],
)
def test_a_conformed_rate(inside: str, rate: Fraction, scale: Fraction, play: Fraction) -> None:
    assert conform(element(f"<clip>{inside}</clip>"), rate) == (scale, play)


def timing(*points: Point, start: Fraction = Fraction(0), length: Fraction = Fraction(4)) -> Timing:
    return Timing(Fraction(10), length, start, ONE, ONE, Fraction(0), points)


def point(time: int, value: int, smooth: int = 0) -> Point:
    return Point(Fraction(time), Fraction(value), Fraction(smooth), Fraction(smooth))


FAST_THEN_SLOW = (point(0, 0), point(4, 8), point(8, 9))


@pytest.mark.parametrize(
    ("points", "start", "expected"),
    [
        ((), 3, (3, 1)),
        ((point(0, 0), point(10, 20)), 3, (6, 2)),
        ((point(0, 20), point(10, 0)), 3, (14, -2)),
        ((point(0, 7), point(10, 7)), 3, (7, 0)),
        ((point(0, 7),), 3, (7, 0)),
        ((point(5, 5), point(6, 7)), 8, (11, 2)),  # after the map
        ((point(5, 5), point(6, 7)), 0, (-5, 2)),  # before it
        (FAST_THEN_SLOW, 0, (0, 2)),
        (FAST_THEN_SLOW, 4, (8, Fraction(1, 4))),
    ],
)
def test_a_constant_speed_is_followed(
    points: tuple[Point, ...], start: int, expected: tuple[Fraction, Fraction]
) -> None:
    clock = timing(*points, start=Fraction(start)).content(Clock(Fraction(10)), Fraction(4))
    assert (clock.at, clock.speed, clock.uneven) == (*expected, "")


@pytest.mark.parametrize(
    ("points", "start"),
    [
        (FAST_THEN_SLOW, 1),
        ((point(0, 0), point(4, 8, smooth=1), point(8, 9)), 0),  # smoothed into the used range
        ((point(0, 0), point(4, 8, smooth=1), point(8, 9)), Fraction(9, 2)),
    ],
)
def test_a_speed_that_varies_is_named(points: tuple[Point, ...], start: Fraction) -> None:
    clock = timing(*points, start=Fraction(start)).content(Clock(Fraction(10)), Fraction(4))
    assert clock.uneven == "timeMap"


def test_points_come_in_order_with_their_smoothing() -> None:
    made = element(
        '<clip><timeMap><timept time="2s" value="4s" inTime="1/5s" outTime="1/4s"/>'
        '<timept time="0s" value="0s"/></timeMap></clip>'
    )
    assert points_of(made) == (
        point(0, 0),
        Point(Fraction(2), Fraction(4), Fraction(1, 5), Fraction(1, 4)),
    )
