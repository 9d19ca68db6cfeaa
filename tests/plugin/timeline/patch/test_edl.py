"""Dubbed shots in EDLs: names alone change, or the dubbed events stand alone."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, needs_real

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, DubbedSound, How
from lipflap.plugin.timeline.patch.edl import patch_edl
from lipflap.plugin.timeline.read import read_timeline

RATE = Fraction(25)
NTSC = Fraction(30000, 1001)
CUT = """TITLE: reel 1
FCM: NON-DROP FRAME

001  A001C001 V     C        10:00:04:00 10:00:06:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: one.mov
002  A001C001 V     C        10:00:06:00 10:00:06:00 01:00:02:00 01:00:02:00
002  A002C003 V     D    012 11:20:00:00 11:20:02:00 01:00:02:00 01:00:04:00
* FROM CLIP NAME: one.mov
* TO CLIP NAME: two.mov
* SOURCE FILE: two.mov
003  A003C001 V     C        12:00:00:00 12:00:02:00 01:00:04:00 01:00:06:00
M2   A003C001       050.0                12:00:00:00
* LOC: 01:00:04:10 RED     look
"""


def shot(line: int, *, start: int, name: str = "SH010", baked: bool = False) -> DubbedShot:
    """A shot of two seconds from frame `start` of the cut on, with eight frames of handles."""
    record = TimeRange(Fraction(start, 25), Fraction(start + 50, 25))
    return DubbedShot(
        name=name,
        address=(),
        element=str(line),
        record=record,
        file=Path(f"/job/media/{name}.mov"),
        frames=FrameSpan(0 if baked else 900_092, 66 if baked else 900_158, RATE),
        media_first=92,
        shown_from=record.start - Fraction(8, 25),
        is_baked=baked,
        reel="A001C001",
    )


def patched(
    text: str, *shots: DubbedShot, how: How = How.REPLACE, encoding: str = "utf-8"
) -> tuple[str, tuple[tuple[str, str], ...]]:
    delivery = Delivery(
        shots=shots, sounds=(), how=how, name="reel 1 dubbed", rate=RATE, zero=90_000
    )
    found = patch_edl(text.encode(encoding), Path("/cuts/cut.edl"), delivery)
    return found.data.decode(encoding), found.notes


def test_only_the_names_of_dubbed_events_change() -> None:
    text, notes = patched(CUT, shot(4, start=0))
    changed = [
        pair
        for pair in zip(CUT.splitlines(), _without_new(text).splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert changed == [
        ("* FROM CLIP NAME: one.mov", "* FROM CLIP NAME: SH010.mov"),
        ("* FROM CLIP NAME: one.mov", "* FROM CLIP NAME: SH010.mov"),  # what the dissolve leaves
    ]
    assert "* SOURCE FILE: /job/media/SH010.mov" in text
    assert notes == ()


def _without_new(text: str) -> str:
    return text.replace("* SOURCE FILE: /job/media/SH010.mov\n", "", 1)


def test_what_a_dissolve_leads_to_has_its_own_name() -> None:
    text, _ = patched(CUT, shot(7, start=50, name="SH020"))
    assert text == CUT.replace(
        "* TO CLIP NAME: two.mov\n* SOURCE FILE: two.mov",
        "* TO CLIP NAME: SH020.mov\n* SOURCE FILE: /job/media/SH020.mov",
    )


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("FROM CLIP: file:///films/one.mov", "FROM CLIP: file:///job/media/SH010.mov"),
        ("FROM FILE: /films/one.mov", "FROM FILE: /job/media/SH010.mov"),
        (r"MEDIA PATH: P:\films\one.mov", "MEDIA PATH: /job/media/SH010.mov"),
        ("FROM CLIP: one.mov", "FROM CLIP: SH010.mov"),
    ],
)
def test_every_line_that_names_the_file_of_a_dubbed_event_names_the_new_one(
    tmp_path: Path, said: str, wanted: str
) -> None:
    """Else a program that takes such a line for the media shows what was filmed."""
    cut = CUT.replace("* FROM CLIP NAME: one.mov\n", f"* FROM CLIP NAME: one.mov\n* {said}\n", 1)
    text, _ = patched(cut, shot(4, start=0))
    assert f"\n* {wanted}\n" in text
    assert said not in text
    path = tmp_path / "dubbed.edl"
    path.write_text(text)
    for timeline in (read_timeline(path, rate=RATE), otio.adapters.read_from_file(path, rate=25)):
        first = next(iter(timeline.find_clips()))
        assert first.name == "SH010.mov"
        assert "one.mov" not in str(first.media_reference)


def test_a_retimed_event_is_left_in_the_whole_cut_and_stands_in_that_of_dubbed_events() -> None:
    baked = shot(11, start=100, name="SH030", baked=True)
    text, notes = patched(CUT, shot(4, start=0), baked)
    assert "SH030" not in text
    assert [name for name, _ in notes] == ["SH030"]
    alone, _ = patched(CUT, baked, how=How.TRACK)
    assert "001  A003C001 V     C        00:00:00:08 00:00:02:08 01:00:04:00 01:00:06:00" in alone
    assert "M2" not in alone


SPLIT = """\
001  A001C001 B     C        10:00:04:00 10:00:06:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: one.mov
SPLIT:    VIDEO DELAY=  00:00:00:12
002  A002C003 B     C        11:20:00:00 11:20:02:00 01:00:02:00 01:00:04:00
* FROM CLIP NAME: two.mov
"""


def test_a_split_edit_stays_before_its_event() -> None:
    text, _ = patched(SPLIT, shot(1, start=0), shot(4, start=62, name="SH020"))
    lines = text.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("SPLIT"))
    assert lines[place + 1].startswith("002  A002C003")
    assert lines[place - 1] == "* SOURCE FILE: /job/media/SH010.mov"


def test_a_picture_that_waits_begins_later_alone() -> None:
    text, _ = patched(SPLIT, shot(4, start=62, name="SH020"), how=How.TRACK)
    assert "11:20:00:12 11:20:02:00 01:00:02:12 01:00:04:00" in text


def test_dubbed_events_alone_are_read_back_at_their_places(tmp_path: Path) -> None:
    shots = (shot(4, start=0), shot(7, start=50, name="SH020"))
    text, notes = patched(CUT, *shots, how=How.TRACK)
    assert [name for name, _ in notes] == ["SH020"]  # its dissolve plays as it was
    path = tmp_path / "dub.edl"
    path.write_text(text)
    timeline = otio.adapters.read_from_file(str(path), rate=25)  # the adapter, not our reader
    clips = list(timeline.find_clips())
    assert [clip.name for clip in clips] == ["SH010.mov", "SH020.mov"]
    assert [clip.source_range.start_time.to_timecode() for clip in clips] == [
        "10:00:04:00",
        "11:20:00:12",
    ]
    assert text.splitlines()[0] == "TITLE: reel 1 dubbed"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_and_line_ends_stay(encoding: str, end: str) -> None:
    text = CUT.replace("look", "schön").replace("\n", end)
    found, _ = patched(text, shot(7, start=50, name="SH020"), encoding=encoding)
    assert found == text.replace("TO CLIP NAME: two.mov", "TO CLIP NAME: SH020.mov").replace(
        "SOURCE FILE: two.mov", "SOURCE FILE: /job/media/SH020.mov"
    )


@pytest.mark.parametrize(("name", "is_said"), [("schön", False), ("会話", True)])
def test_a_name_that_the_encoding_lacks_is_said(name: str, is_said: bool) -> None:
    text = CUT.replace("look", "schön")
    _, notes = patched(text, shot(7, start=50, name=name), encoding="cp1252")
    assert [(one, "Windows-1252" in said) for one, said in notes] == [(name, True)] * is_said
    assert patched(text, shot(7, start=50, name=name))[1] == ()


@pytest.mark.parametrize(
    ("files", "said"),
    [([], []), (["de.wav"], ["put de.wav on tracks"]), (["a", "b", "b"], ["1 more"])],
)
def test_that_the_dubs_sound_is_not_in_it_is_said_of_the_whole_cut(
    files: list[str], said: list[str]
) -> None:
    lines = tuple(
        DubbedSound(
            name="SH010",  # as a shot is named
            track="DUB",
            record=TimeRange(Fraction(0), Fraction(1)),
            file=Path("/dub") / one,
            sound_start=Fraction(0),
            seconds=Fraction(1),
            sample_rate_hz=48000,
            channels=1,
        )
        for one in files
    )
    asked = Delivery((shot(4, start=0),), lines, How.REPLACE, "t", RATE, 90_000)
    notes = patch_edl(CUT.encode(), Path("cut.edl"), asked).notes
    assert [name for name, _ in notes] == [""] * len(said)
    assert all(one in text for one, (_, text) in zip(said, notes, strict=True))


def test_an_edl_without_the_dubbed_events_is_refused() -> None:
    with pytest.raises(DubError, match="none of the events"):
        patched(CUT, shot(99, start=0))


@needs_real
@pytest.mark.parametrize("path", sorted((REAL / "edl").glob("*.edl")), ids=lambda path: path.name)
def test_real_edls_keep_their_times_and_all_lines_but_names(path: Path) -> None:
    timeline = read_timeline(path)
    cut = extract_cut(timeline, path=path)
    shots = []
    for one in cut.shots:
        clip = timeline.tracks
        for place in one.address:
            clip = clip[place]
        element = clip.metadata["lipflap"]["element"]
        shots.append(replace(shot(int(element), start=0, name=one.name), record=one.record))
    brought = Delivery(
        shots=tuple(shots),
        sounds=(),
        how=How.REPLACE,
        name="x",
        rate=cut.rate,
        zero=cut.first_frame,
    )
    before = path.read_bytes()
    after = patch_edl(before, path, brought).data
    names = (b"CLIP NAME:", b"SOURCE FILE:", b"FROM FILE:", b"FROM CLIP:")
    lines = [
        [line for line in data.splitlines() if not any(name in line.upper() for name in names)]
        for data in (before, after)
    ]
    assert lines[0] == lines[1]
    assert all(one.file.name.encode() in after for one in shots)


def alone(text: str, line: int) -> list[str]:
    """The dubbed event of an EDL of 29.97 frames a second, alone: its timecodes."""
    one = replace(shot(line, start=0), frames=FrameSpan(0, 66, NTSC))
    asked = Delivery(shots=(one,), sounds=(), how=How.TRACK, name="reel", rate=NTSC, zero=107_892)
    found = patch_edl(text.encode(), Path("cut.edl"), asked).data.decode()
    return found.splitlines()[2].split()[4:]


def test_timecodes_after_a_mix_count_and_are_marked_as_they_were() -> None:
    comma = """TITLE: t
001  A V C 10:00:00,00 10:00:02,00 00:59:58,00 01:00:00,00
002  A V C 10:00:02,00 10:00:02,00 01:00:00,00 01:00:00,00
002  B V D 012 10:00:00,00 10:00:02,00 01:00:00,00 01:00:02,00
"""
    assert alone(comma, 4) == ["10:00:00,12", "10:00:02,00", "01:00:00,12", "01:00:02,00"]


def test_the_record_counts_as_the_first_fcm_line_says() -> None:
    """The first line rules the record, the second the sources below it."""
    mixed = """TITLE: t
FCM: DROP FRAME
001  A V C 10:00:00:00 10:00:20:00 01:09:40:00 01:10:00:00
FCM: NON-DROP FRAME
002  A V C 10:01:00:00 10:01:00:00 01:10:00:00 01:10:00:00
002  B V D 012 10:01:00:00 10:01:02:00 01:10:00:00 01:10:02:00
"""
    assert alone(mixed, 6) == ["10:01:00:12", "10:01:02:00", "01:10:00:12", "01:10:02:00"]


def test_what_fades_up_from_black_is_named_once() -> None:
    text = """TITLE: t
001  BL V C 00:00:00:00 00:00:00:00 01:00:00:00 01:00:00:00
001  A V D 012 10:00:04:00 10:00:06:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: old.mov
* SOURCE FILE: /old/old.mov
"""
    found, _ = patched(text, shot(3, start=0))
    assert found == text.replace("/old/old.mov", "/job/media/SH010.mov").replace(
        "old.mov", "SH010.mov"
    )


def test_half_a_character_at_the_end_stays() -> None:
    data = CUT.encode("utf-16-le") + b"\n"
    asked = Delivery(
        shots=(shot(4, start=0),), sounds=(), how=How.REPLACE, name="t", rate=RATE, zero=90_000
    )
    found = patch_edl(b"\xff\xfe" + data, Path("cut.edl"), asked).data
    assert found.endswith(b"\n")
    assert "SH010.mov" in found[2:-1].decode("utf-16-le")


@pytest.mark.parametrize("how", [How.REPLACE, How.TRACK])
def test_a_new_file_with_the_name_of_the_filmed_one_is_noted(how: How) -> None:
    named = [
        replace(shot(line, start=at, name=name), filmed=Path("/rushes/SH010.mov"))
        for line, at, name in ((4, 0, "SH010"), (7, 50, "SH020"))
    ]
    _, notes = patched(CUT, *named, how=how)
    told = [one for one in notes if "name of the filmed one" in one[1]]
    assert [name for name, _ in told] == ["SH010"]
    assert "look in /job/media alone" in told[0][1]
