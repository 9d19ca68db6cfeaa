"""EDLs as timelines, and the real ones against a second count of their timecodes."""

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, needs_real

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cut import Cut, Shot
from lipflap.plugin.timeline.dialect.edl.read import may_run_at, read_edl, tell_reading
from lipflap.plugin.timeline.dialect.speed import OTIO
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.read import read_timeline

HEAD = "TITLE: cut\nFCM: NON-DROP FRAME\n"
REAL_EDLS = sorted((REAL / "edl").glob("*.edl"))


def read(tmp_path: Path, lines: str, rate: int = 25) -> otio.schema.Timeline:
    path = tmp_path / "cut.edl"
    path.write_text(HEAD + lines)
    return read_edl(path, Fraction(rate))


def cut(made: otio.schema.Timeline) -> Cut:
    return extract_cut(made, path=Path("/cuts/cut.edl"))


def frames(shot: Shot, rate: int = 25) -> tuple[str, int, int, Fraction]:
    """Name, record start and length in frames, and the media frame shown first."""
    return (
        shot.name,
        int(shot.record.start * rate),
        int(shot.record.seconds * rate),
        shot.source_start,
    )


@needs_real
@pytest.mark.parametrize("path", REAL_EDLS, ids=lambda path: path.name)
def test_a_real_list_has_every_event_at_its_record_time(path: Path) -> None:
    """Against a second count: lines with four timecodes, the record in base frames."""
    made = read_timeline(path)
    start, base = made.global_start_time.value, round(made.global_start_time.rate)
    code = re.compile(r"(\d\d):(\d\d):(\d\d):(\d\d)")
    rows = [code.findall(line) for line in path.read_text().splitlines()]
    numbers = [
        [((int(h) * 60 + int(m)) * 60 + int(s)) * base + int(f) for h, m, s, f in row]
        for row in rows
        if len(row) == 4
    ]
    expected = sorted((c, a) for a, _, c, d in numbers if d > c)
    placed = place_clips(made, OTIO)
    assert expected == sorted(
        (one.body.start * base + start, one.clip.source_range.start_time.value)
        for one in placed
        if one.body.seconds
    )
    last = max(one.record.end for one in placed) * base + start
    assert last == max(d for _, _, _, d in numbers)


def test_a_dissolve_lets_the_outgoing_clip_play_on(tmp_path: Path) -> None:
    found = cut(
        read(
            tmp_path,
            "001  R1 V C        10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n"
            "002  R1 V C        10:00:02:00 10:00:02:00 01:00:02:00 01:00:02:00\n"
            "002  R2 V D    010 11:00:00:00 11:00:02:00 01:00:02:00 01:00:04:00\n",
        )
    )
    assert [frames(shot) for shot in found.shots] == [
        ("R1", 0, 60, 900000),
        ("R2", 50, 50, 990000),
    ]


def test_what_is_seen_in_a_mix_alone_is_kept(tmp_path: Path) -> None:
    found = cut(
        read(
            tmp_path,
            "001  R1 V C        10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n"
            "002  R3 V C        12:00:00:00 12:00:00:00 01:00:02:00 01:00:02:00\n"
            "002  R2 V D    010 11:00:00:00 11:00:02:00 01:00:02:00 01:00:04:00\n"
            "* FROM CLIP NAME: other\n* TO CLIP NAME: close\n",
        )
    )
    assert [frames(shot) for shot in found.shots] == [
        ("R1", 0, 50, 900000),
        ("other", 50, 10, 1080000),
        ("close", 50, 50, 990000),
    ]


def test_black_is_a_gap_and_a_hole_is_one_too(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "001  BL V C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
        "002  R1 V C        10:00:00:00 10:00:02:00 01:00:01:00 01:00:03:00\n"
        "003  R1 V C        10:00:00:00 10:00:02:00 01:00:04:00 01:00:06:00\n"
        "004  R1 V C        10:00:02:00 10:00:02:00 01:00:06:00 01:00:06:00\n"
        "004  BL V D    025 00:00:00:00 00:00:02:00 01:00:06:00 01:00:08:00\n",
    )
    kinds = [type(item).__name__ for item in made.tracks[0]]
    assert kinds == ["Gap", "Clip", "Gap", "Clip", "Transition", "Gap"]
    assert made.global_start_time == otio.opentime.RationalTime(90000, 25)
    assert [frames(shot)[1:3] for shot in cut(made).shots] == [(25, 50), (100, 75)]


@pytest.mark.parametrize(
    ("source", "motion", "speed", "first"),
    [
        ("10:00:00:00 10:00:04:00", "050.0", Fraction(2), 900000),
        ("10:00:00:00 10:00:01:00", "012.5", Fraction(1, 2), 900000),
        ("10:00:00:00 10:00:00:01", "000.0", Fraction(0), 900000),
        ("10:00:00:00 10:00:02:00", "-025.0", Fraction(-1), 900049),
        ("10:00:02:00 10:00:00:00", "-025.0", Fraction(-1), 900050),
        ("10:00:00:00 10:00:02:00", "025.0", Fraction(1), 900000),
    ],
)
def test_motion(source: str, motion: str, speed: Fraction, first: int, tmp_path: Path) -> None:
    lines = f"001  R1 V C {source} 01:00:00:00 01:00:02:00\nM2   R1 {motion} {source[:11]}\n"
    (shot,) = cut(read(tmp_path, lines)).shots
    assert (shot.speed, shot.source_start, shot.record.seconds) == (speed, first, 2)


def test_film_at_24_in_a_cut_at_29_97_plays_at_its_own_speed(tmp_path: Path) -> None:
    path = tmp_path / "cut.edl"
    path.write_text(
        "FCM: DROP FRAME\n001  A V C 09:18:30:13 09:18:38:13 01:00:31:13 01:00:39:12\nM2 A 024.0\n"
    )
    (shot,) = cut(read_edl(path)).shots
    assert (shot.speed, shot.source_start) == (1, 804253)


_BOTH = "001  R1 AA/V C     10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n"
_NEXT = "002  R2 AA/V C     11:00:00:00 11:00:02:00 01:00:02:00 01:00:04:00\n"


@pytest.mark.parametrize(
    ("split", "picture", "sound"),
    [
        ("SPLIT:    AUDIO DELAY=  00:00:00:12\n", (50, 990_000), (62, 990_012)),
        ("* split: video delay= 00:00:01:00\n", (75, 990_025), (50, 990_000)),
    ],
)
def test_of_a_split_edit_picture_or_sound_begins_later(
    split: str, picture: tuple[int, int], sound: tuple[int, int], tmp_path: Path
) -> None:
    """The line stands before the event of which it is."""
    made = read(tmp_path, _BOTH + split + _NEXT)
    begins = {
        track.name: (int(clip.range_in_parent().start_time.value), int(_source(clip)))
        for track in made.tracks
        for clip in list(track.find_clips())[1:]
    }
    assert begins == {"V1": picture, "A1": sound, "A2": sound}
    ends = {track.name: track.duration().value for track in made.tracks}
    assert set(ends.values()) == {100}


def _source(clip: otio.schema.Clip) -> float:
    return clip.source_range.start_time.value


@pytest.mark.parametrize(
    "lines",
    [
        "SPLIT: AUDIO DELAY= 00:00:02:00\n" + _NEXT,
        "SPLIT: AUDIO DELAY= 00:00:00:12\n" + _NEXT.replace("AA/V", "V   "),
        "SPLIT: VIDEO DELAY= 00:00:00:12\n" + _NEXT + "M2   R2 050.0 11:00:00:00\n",
        _NEXT + "SPLIT: AUDIO DELAY= 00:00:00:12\n",
    ],
    ids=["longer", "no sound", "retimed", "the last line"],
)
def test_a_split_edit_that_is_not_followed_is_told(
    lines: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = read(tmp_path, _BOTH + lines)
    assert {int(row[1].range_in_parent().start_time.value) for row in made.tracks if row[1:]} == {
        50
    }
    tell_reading(made, tmp_path)
    assert "SPLIT" in caplog.text
    assert "not followed" in caplog.text


def test_a_split_edit_of_a_dissolve_is_of_what_comes_in(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "001  R1 B C        10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n"
        "SPLIT:    AUDIO DELAY=  00:00:00:12\n"
        "002  R1 B C        10:00:02:00 10:00:02:00 01:00:02:00 01:00:02:00\n"
        "002  R2 B D    010 11:00:00:00 11:00:02:00 01:00:02:00 01:00:04:00\n",
    )
    starts = [row[-1].range_in_parent().start_time.value for row in made.tracks]
    assert starts == [50, 62]


def test_sound_lies_on_its_own_tracks(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "001  R1 AA/V C     10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n"
        "002  R2 A3   C     11:00:00:00 11:00:02:00 01:00:01:00 01:00:03:00\n",
    )
    assert [(row.name, row.kind) for row in made.tracks] == [
        ("V1", "Video"),
        ("A1", "Audio"),
        ("A2", "Audio"),
        ("A3", "Audio"),
    ]
    assert [type(item).__name__ for item in made.tracks[3]] == ["Gap", "Clip"]


def test_a_key_does_not_cover_its_background(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "001  FG V K    000 11:00:00:00 11:00:02:00 01:00:00:00 01:00:02:00\n"
        "001  BG V K B      10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n",
    )
    assert [(row.name, row[0].name) for row in made.tracks] == [("V1", "BG"), ("V1 key", "FG")]
    assert [len(shot.visible) for shot in cut(made).shots] == [1, 1]


def test_an_event_over_another_lies_above_it(tmp_path: Path) -> None:
    found = cut(
        read(
            tmp_path,
            "001  R1 V C        10:00:00:00 10:00:04:00 01:00:00:00 01:00:04:00\n"
            "002  R2 V C        11:00:00:00 11:00:01:00 01:00:01:00 01:00:02:00\n",
        )
    )
    assert [(shot.name, len(shot.visible)) for shot in found.shots] == [("R1", 2), ("R2", 1)]


def test_what_media_is_found_by_and_where_the_event_stands(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "001  A001C001 V C  10:00:00:00 10:00:02:00 01:00:00:00 01:00:02:00\n"
        "* FROM CLIP NAME: SC 1\n* SOURCE FILE: A001C001.mov\n* LOC: 01:00:01:05 GREEN  look\n"
        "002  AX V C        10:00:00:00 10:00:02:00 01:00:02:00 01:00:04:00\n"
        "* FROM CLIP: /film/b.mov\n",
    )
    first, second = made.tracks[0]
    assert {
        key: first.metadata["cmx_3600"][key] for key in ("reel", "clip_name", "source_file")
    } == {
        "reel": "A001C001",
        "clip_name": "SC 1",
        "source_file": "A001C001.mov",
    }
    assert first.metadata["lipflap"]["element"] == "3"
    assert isinstance(first.media_reference, otio.schema.MissingReference)
    assert first.markers[0].marked_range.start_time.value == 900000 + 30
    assert (first.markers[0].name, first.markers[0].color) == ("look", "GREEN")
    assert second.media_reference.target_url == "/film/b.mov"
    assert "reel" not in second.metadata["cmx_3600"]


@pytest.mark.parametrize("key", ["FROM FILE", "SOURCE PATH", "SOURCE FILE PATH", "FILE PATH"])
def test_a_path_in_a_comment_is_that_of_the_media(key: str, tmp_path: Path) -> None:
    codes = "01:00:00:00 01:00:02:00 " * 2
    lines = f"001 AX V C {codes}\n* FROM CLIP NAME: SC 1\n* {key}: D:\\rushes\\A001.mov\n"
    (clip,) = read(tmp_path, lines).find_clips()
    assert clip.media_reference.target_url == "D:\\rushes\\A001.mov"


def test_a_rate_is_for_cuts_that_do_not_say_theirs(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    otio.schema.Timeline("cut").to_json_file(str(path))
    with pytest.raises(DubError, match=r"cut\.otio: says its frame rate itself.*--rate"):
        read_timeline(path, rate=Fraction(25))


def test_an_event_that_ends_before_it_begins_is_named(tmp_path: Path) -> None:
    turned = "001  A V C 01:00:00:00 01:00:02:00 10:00:02:00 10:00:00:00\n"
    with pytest.raises(DubError, match=r"event 001\. Correct its record"):
        read(tmp_path, turned)
    after = "002  A V C 01:00:02:00 01:00:03:00 10:00:01:00 10:00:02:00\n"
    made = read(tmp_path, turned + after)
    assert len(cut(made).shots) == 1
    assert any("event 001" in text for text in made.metadata["cmx_3600"]["told"])


def test_a_cut_goes_on_after_midnight(tmp_path: Path) -> None:
    before = "001  A V C 01:00:00:00 01:00:01:00 23:59:58:00 23:59:59:00\n"
    across = "002  B V C 23:59:59:00 00:00:01:00 23:59:59:00 00:00:01:00\n"
    after = "003  C V C 02:00:00:00 02:00:02:00 00:00:01:00 00:00:03:00\n"
    made = cut(read(tmp_path, before + across + after))
    assert made.first_frame == (24 * 3600 - 2) * 25
    assert [frames(shot)[:3] for shot in made.shots] == [("A", 0, 25), ("B", 25, 50), ("C", 75, 50)]
    assert made.shots[1].source_start == (24 * 3600 - 1) * 25


@pytest.mark.parametrize(
    ("frame", "rates"),
    [
        (":20", {24: False, 25: True, 30: False, 50: True}),
        (":27", {25: False, 50: True}),
        (";20", {25: False, 50: False}),
    ],
)
def test_a_list_that_says_drop_frame_may_be_of_media_that_has_none(
    tmp_path: Path, frame: str, rates: dict[int, bool]
) -> None:
    path = tmp_path / "cut.edl"
    codes = f"01:00:00{frame[0]}00 01:00:02{frame}"
    path.write_text(f"FCM: DROP FRAME\n001  A V C {codes} {codes}\n")
    made = read_edl(path)
    assert {rate: may_run_at(made, Fraction(rate)) for rate in rates} == rates
    assert may_run_at(made, Fraction(60000, 1001))


def test_a_day_in_drop_frame_is_shorter(tmp_path: Path) -> None:
    path = tmp_path / "cut.edl"
    path.write_text(
        "TITLE: cut\nFCM: DROP FRAME\n"
        "001  A V C 01:00:00;00 01:00:02;00 23:59:59;00 00:00:01;00\n"
        "002  B V C 01:00:00;00 01:00:01;00 00:00:01;00 00:00:02;00\n"
    )
    found = cut(read_edl(path))
    rate = Fraction(30000, 1001)
    assert [shot.record.start * rate for shot in found.shots] == [0, 60]
    assert [shot.record.seconds * rate for shot in found.shots] == [60, 30]
