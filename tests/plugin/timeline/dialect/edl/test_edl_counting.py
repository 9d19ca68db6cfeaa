"""The rate of an EDL: given, proven by lengths, by drop frame, by the highest frame, or 24."""

from fractions import Fraction

import pytest

from lipflap.core.errors import DubError
from lipflap.core.timecode import parse_timecode
from lipflap.plugin.timeline.dialect.edl.counting import Certainty, Counting, find_counting
from lipflap.plugin.timeline.dialect.edl.events import EventList, read_events

NTSC = Fraction(30000, 1001)


def listed(*lines: str, fcm: str = "NON-DROP FRAME") -> EventList:
    return read_events("\n".join((f"TITLE: t\nFCM: {fcm}", *lines)), "cut.edl")


def event(source: str, record: str) -> str:
    return f"001  A V C {source} {record}"


def counting(text: EventList, given: Fraction | None = None) -> Counting:
    return find_counting(text, given, "cut.edl")


@pytest.mark.parametrize(
    ("source", "record", "rate"),
    [
        ("10:00:00:10 10:00:02:10", "01:00:00:00 01:00:02:00", Fraction(24)),  # nothing says
        ("10:00:00:10 10:00:02:08", "01:00:00:20 01:00:02:18", Fraction(24)),  # nothing says
        ("10:00:00:10 10:00:02:08", "01:00:00:22 01:00:02:20", Fraction(24)),
        (
            "10:00:00:10 10:00:02:08",
            "01:00:00:00 01:00:01:23",
            Fraction(25),
        ),  # 48 frames
        ("10:00:00:10 10:00:02:00", "01:00:00:00 01:00:01:14", Fraction(24)),
        ("10:00:00:10 10:00:02:00", "01:00:00:00 01:00:01:20", Fraction(30)),
        ("10:00:00:10 10:00:02:00", "01:00:00:00 01:00:01:40", Fraction(50)),
        ("10:00:00:24 10:00:02:24", "01:00:00:00 01:00:02:00", Fraction(25)),
        ("10:00:00:25 10:00:02:25", "01:00:00:00 01:00:02:00", Fraction(30)),
        ("10:00:00;00 10:00:02;00", "01:00:00;00 01:00:02;00", NTSC),
        ("10:00:00;00 10:00:02;40", "01:00:00;00 01:00:02;40", 2 * NTSC),
    ],
)
def test_the_rate_that_timecodes_prove(source: str, record: str, rate: Fraction) -> None:
    assert counting(listed(event(source, record))).rate == rate


def test_what_is_assumed_is_said() -> None:
    bare = counting(listed(event("10:00:00:00 10:00:02:00", "01:00:00:00 01:00:02:00")))
    assert "give --rate" in bare.reason
    proven = counting(listed(event("10:00:00:10 10:00:02:08", "01:00:00:00 01:00:01:23")))
    assert proven.reason == (
        "read at 25 frames a second, at which its events are as long in their sources as in the cut"
    )


def test_a_rate_that_is_given_is_taken_or_refused() -> None:
    text = listed(event("10:00:00:10 10:00:02:10", "01:00:00:00 01:00:02:00"))
    film = counting(text, Fraction(24000, 1001))
    assert film.rate == Fraction(24000, 1001)
    assert film.record(text.events[0]) == (86400, 86448)
    with pytest.raises(DubError, match="frame numbers up to 24, and 24 frames a second end at 23"):
        counting(listed(event("0:00:00:24 0:00:01:24", "1:00:00:00 1:00:01:00")), Fraction(24))
    drop = listed(event("0:00:00;00 0:00:01;00", "1:00:00;00 1:00:01;00"))
    with pytest.raises(DubError, match="counts in drop frame, and 30 frames a second have none"):
        counting(drop, Fraction(30))
    assert counting(drop, NTSC).rate == NTSC


def test_drop_frame_at_a_rate_without_it_is_counted_without_and_said() -> None:
    drop = listed(event("0:00:00;00 0:02:00;00", "1:00:00;00 1:02:00;00"))
    found = counting(drop, Fraction(25))
    assert found.record(drop.events[0]) == (90_000, 93_000)
    assert found.warning.startswith("says drop frame, which 25 frames a second do not have")
    assert counting(drop, NTSC).warning == ""


@pytest.mark.parametrize("mark", [":", ";"])
def test_drop_frame_counts_as_smpte_has_it(mark: str) -> None:
    """With colons under an FCM line, as Avid writes it, or with semicolons."""
    codes = ["00:00:59:29", "00:01:00:02", "01:09:59:29", "01:10:00:00"]
    written = [f"{code[:8]}{mark}{code[9:]}" for code in codes]
    fcm = "DROP FRAME" if mark == ":" else "NON-DROP FRAME"
    text = listed(event(" ".join(written[:2]), " ".join(written[2:])), fcm=fcm)
    found = counting(text)
    numbers = [parse_timecode(code[:8] + ";" + code[9:], NTSC) for code in codes]
    assert [*found.source(text.events[0]), *found.record(text.events[0])] == numbers


def test_fcm_lines_between_events_are_about_their_sources() -> None:
    """The record counts in drop frame all along: its two numbers at 01:01:00:00 are skipped."""
    lines = (
        event("02:00:58:00 02:01:02:02", "01:00:58:00 01:01:02:02"),
        "FCM: NON-DROP FRAME",
        event("02:00:58:00 02:01:02:00", "01:01:58:00 01:02:02:02"),
        "FCM: DROP FRAME",
        event("02:02:58:00 02:03:02:02", "01:02:58:00 01:03:02:02"),
    )
    text = listed(*lines, fcm="DROP FRAME")
    found = counting(text)
    for one in text.events:
        (start, end), (source_in, source_out) = found.record(one), found.source(one)
        assert end - start == source_out - source_in == 120


def test_fcm_lines_may_be_about_both() -> None:
    """Events of one clock each: only then are all as long in their sources as on the record."""
    text = listed(
        event("02:00:58:00 02:01:02:02", "01:00:58:00 01:01:02:02"),
        "FCM: NON-DROP FRAME",
        event("02:00:58:00 02:01:02:00", "01:01:58:00 01:02:02:00"),
        fcm="DROP FRAME",
    )
    assert [find[1] - find[0] for find in map(counting(text).record, text.events)] == [120, 120]


def test_film_at_24_in_a_cut_at_29_97_keeps_its_own_timecode() -> None:
    """Avid's M2 024.0: eight seconds at 24 are as long as eight at 29.97."""
    text = read_events(
        "FCM: DROP FRAME\n001  A V C 09:18:30:13 09:18:38:13 01:00:31:13 01:00:39:12\n"
        "M2   A   024.0   09:18:30:13",
        "cut.edl",
    )
    found = counting(text)
    assert found.source_rate(text.events[0]) == Fraction(24000, 1001)
    assert found.source(text.events[0])[0] == ((9 * 60 + 18) * 60 + 30) * 24 + 13
    slow = read_events(
        "FCM: DROP FRAME\n001  A V C 09:18:30:13 09:18:36:24 01:00:31:13 01:00:39:12\nM2 A 024.0",
        "cut.edl",
    )
    assert counting(slow).source_rate(slow.events[0]) == NTSC


def test_frame_numbers_that_no_rate_has_are_refused() -> None:
    with pytest.raises(DubError, match="frame numbers up to 75"):
        counting(listed(event("0:00:00:75 0:00:01:75", "1:00:00:00 1:00:01:00")))


def test_drop_frame_is_29_97_or_59_94_where_its_timecodes_do_not_tell() -> None:
    either = counting(listed(event("10:00:00;00 10:00:02;00", "01:00:00;00 01:00:02;00")))
    assert either.certainty == Certainty.DROP
    assert "if it is 59.94, give --rate" in either.reason
    proven = counting(listed(event("10:00:00;00 10:00:02;40", "01:00:00;00 01:00:02;40")))
    assert proven.certainty == Certainty.EXACT
