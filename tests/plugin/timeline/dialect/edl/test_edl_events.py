"""Events as real lists have them: reels, channels, transitions, motion, comments."""

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.edl.events import Event, decode, read_events

CODES = "10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00"


def events(text: str) -> tuple[Event, ...]:
    return read_events(text, "cut.edl").events


@pytest.mark.parametrize(
    ("fields", "reel", "channels", "edit"),
    [
        ("001  AX       V     C       ", "AX", ("V1",), "C"),
        ("000001 B113RPTW V C", "B113RPTW", ("V1",), "C"),
        (
            "001  A006C022_161208_R10A       AA/V  C   ",
            "A006C022_161208_R10A",
            ("A1", "A2", "V1"),
            "C",
        ),
        ("001  " + "R" * 129 + " V C", "R" * 129, ("V1",), "C"),
        ("001  TAPE 12 V2 C", "TAPE 12", ("V2",), "C"),
        ("001  V V C", "V", ("V1",), "C"),
        ("001  B B C", "B", ("V1", "A1"), "C"),
        ("001           V     C        ", "", ("V1",), "C"),
        ("001  AX A2/V C", "AX", ("A2", "V1"), "C"),
        ("001\tAX\tNONE\tC\t\t", "AX", (), "C"),
        ("001  FG V K B", "FG", ("V1",), "KB"),
        ("001  FG V K    000", "FG", ("V1",), "K"),
        ("001  FG V W001 025", "FG", ("V1",), "W"),
        ("001A FG V D 012", "FG", ("V1",), "D"),
        ("001  bfd_chil a10 c", "bfd_chil", ("A10",), "C"),
    ],
)
def test_fields(fields: str, reel: str, channels: tuple[str, ...], edit: str) -> None:
    (found,) = events(f"{fields} {CODES}   \r\n")
    assert (found.reel, found.channels, found.edit) == (reel, channels, edit)
    assert found.codes == tuple(CODES.split())


def test_comments_of_a_cut() -> None:
    (found,) = events(
        f"TITLE: reel 3\n001  AX V C {CODES}\n"
        "*FROM CLIP NAME:  SC 1 TK 2 \n* SOURCE FILE: A001C001.mov\n* FROM FILE: S:\\show\\a.exr\n"
        "* REEL NAME: A001R3\nAUD  3  4\n\n* ASC_SAT 0.9\nFINAL NOTE\n"
    )
    assert (found.name, found.file, found.path) == ("SC 1 TK 2", "A001C001.mov", "S:\\show\\a.exr")
    assert (found.reel, found.channels, found.line) == ("A001R3", ("V1", "A3", "A4"), 2)
    assert found.comments == ("ASC_SAT 0.9", "FINAL NOTE")


def test_in_a_transition_the_incoming_clip_is_the_events_own() -> None:
    _, found = events(
        f"002  R1 V C {CODES}\n002  R2 V D 024 11:00:00:00 11:00:02:00 01:00:02:00 01:00:04:00\n"
        "M2   R1   012.0   10:00:00:00\nM2   R2   050.0   11:00:00:00\n"
        "* FROM CLIP NAME: wide\n* SOURCE FILE: wide.mov\n* TO CLIP NAME: close\n"
        "* SOURCE FILE: close.mov\n"
    )
    assert (found.name, found.file, found.mix, found.speed) == ("close", "close.mov", 24, 50)
    assert (found.from_name, found.from_file) == ("wide", "wide.mov")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_motion_in_a_transition_is_told_apart_by_timecode(order: tuple[int, int]) -> None:
    motions = ["M2   AX   012.0   10:00:00:00\n", "M2   AX   050.0   11:00:00:00\n"]
    _, found = events(
        f"002  AX V C {CODES}\n002  AX V D 024 11:00:00:00 11:00:02:00 01:00:02:00 01:00:04:00\n"
        + "".join(motions[place] for place in order)
    )
    assert found.speed == 50


def test_a_fade_from_black_may_name_what_comes_in_as_from() -> None:
    _, found = events(f"1 BL V C {CODES}\n1 AX V D 012 {CODES}\n* FROM CLIP NAME: close\n")
    assert found.name == "close"


def test_freeze_and_reverse() -> None:
    frozen, backwards = events(
        f"1 A V C {CODES}\n* FREEZE FRAME\n2 B V C {CODES}\nM2   B  -025.0  10:00:00:00\n"
    )
    assert (frozen.speed, backwards.speed) == (0, -25)


def test_a_reel_name_that_final_cut_shortened_is_the_long_one() -> None:
    text = f"001 A001C00 V C {CODES}\n* FINAL CUT PRO REEL: A001C001_220201 REPLACED BY: A001C00\n"
    assert events(text)[0].reel == "A001C001_220201"


def test_encodings() -> None:
    for data in ("\ufeffÄ".encode(), "Ä".encode("utf-16"), "Ä".encode("cp1252")):
        assert decode(data) == "Ä"


def test_a_line_that_would_be_lost_is_refused() -> None:
    with pytest.raises(DubError, match=r"cut\.edl: line 2 is no event that can be read: '002 AX"):
        events(f"001 AX V C {CODES}\n002 AX V Q {CODES}\n")
    with pytest.raises(DubError, match="line 1 is no event that can be read"):
        events(f"001 AX V C {CODES.rsplit(maxsplit=1)[0]}\n")
    with pytest.raises(DubError, match=r"cut\.edl: holds no events"):
        events("TITLE: nothing\n")


@pytest.mark.parametrize("code", ["01:00:60:00", "01:60:00:00"])
def test_an_event_with_a_time_that_no_clock_has_is_refused(code: str) -> None:
    first, *others = CODES.split()
    with pytest.raises(DubError, match="line 1 is no event that can be read"):
        events(f"001 AX V C {code} {' '.join(others)}\n")
    assert events(f"001 AX V C {first} {' '.join(others)}\n")
