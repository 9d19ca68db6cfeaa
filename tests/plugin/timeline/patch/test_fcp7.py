"""Dubbed Final Cut 7 XML: read back by OpenTimelineIO's adapter, and compared byte by byte."""

import difflib
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath

import opentimelineio as otio
import pytest
from support.cuts.dubbed_shots import HANDLES, dubbed_shots
from support.cuts.timelines import REAL, needs_real
from support.formats.fcp7 import camera, clip, document, file, multiclip, sequence, track
from support.media.seen_frames import seen

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.patch.dubbed_shot import (
    Delivery,
    DubbedShot,
    DubbedSound,
    How,
    Patched,
)
from lipflap.plugin.timeline.patch.fcp7.write import patch_fcp7
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.read import read_timeline

TC = 90_000

REEL = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4">
  <sequence id="sequence-1">
    <uuid>7a985ce9</uuid>
    <duration>100</duration>
    {rate}
    <name>Reel &amp; 1</name>
    <timecode>{rate}<string>01:00:00:00</string><frame>90000</frame></timecode>
    <media>
      <video>
        <track TL.SQTrackShy="0">
{low}
          <enabled>TRUE</enabled>
          <locked>FALSE</locked>
        </track>
        <track>
{high}
        </track>
      </video>
      <audio><track><enabled>TRUE</enabled></track></audio>
    </media>
  </sequence>
</xmeml>
"""


def rate_of(base: int, ntsc: bool) -> str:
    said = "TRUE" if ntsc else "FALSE"
    return f"<rate><timebase>{base}</timebase><ntsc>{said}</ntsc></rate>"


def item(
    name: str, start: int, end: int, first: int, last: int, rate: str, *, more: str = ""
) -> str:
    """A clipitem of its own file, 400 frames from frame 90000, with what Premiere writes."""
    ticks = f"<pproTicksIn>{first * 10_160_640_000}</pproTicksIn>" if "25" in rate else ""
    return f"""          <clipitem id="clipitem-{name}">
            <masterclipid>masterclip-{name}</masterclipid>
            <name>{name}</name>
            <duration>400</duration>
            {rate}
            <start>{start}</start>
            <end>{end}</end>
            <in>{first}</in>
            <out>{last}</out>{ticks}
            <file id="file-{name}">
              <name>{name}.mov</name>
              <pathurl>file://localhost/media/{name}.mov</pathurl>
              {rate}
              <duration>400</duration>
              <timecode>{rate}<string>01:00:00:00</string><frame>{TC}</frame>
                <displayformat>NDF</displayformat><reel><name>R_{name}</name></reel></timecode>
              <media><video><duration>400</duration></video></media>
            </file>
            <filter><effect><name>Tint</name><effectid>tint</effectid></effect></filter>{more}
            <link><linkclipref>clipitem-{name}</linkclipref></link>
          </clipitem>"""


def mix(start: int, end: int, rate: str, alignment: str = "center") -> str:
    return (
        f"          <transitionitem>{rate}<start>{start}</start><end>{end}</end>"
        f"<alignment>{alignment}</alignment><effect><name>Cross Dissolve</name>"
        "<effectid>Cross Dissolve</effectid></effect></transitionitem>"
    )


def reel(base: int = 25, *, ntsc: bool = False, high: str = "") -> str:
    """A from 0, dissolving to B at 30 (28 to 32), C from 60 to 100."""
    rate = rate_of(base, ntsc)
    low = "\n".join(
        (
            item("A", 0, -1, 100, 132, rate),
            mix(28, 32, rate),
            item("B", -1, 60, 48, 80, rate),
            item("C", 60, 100, 200, 240, rate),
        )
    )
    return REEL.format(rate=rate, low=low, high=high)


def patched(
    path: Path,
    shots: tuple[DubbedShot, ...],
    how: How,
    rate: Fraction = Fraction(25),
    sounds: tuple[DubbedSound, ...] = (),
) -> Patched:
    delivery = Delivery(shots, sounds, how, "Reel & 1 dubbed", rate, 90_000)
    return patch_fcp7(path.read_bytes(), path, delivery)


def as_otio(data: bytes) -> otio.schema.Timeline:
    found = otio.adapters.read_from_string(data.decode(), "fcp_xml")
    assert isinstance(found, otio.schema.Timeline)
    return found


def written(folder: Path, text: str) -> Path:
    path = folder / "reel.xml"
    path.write_text(text)
    return path


def removed(before: bytes, after: bytes) -> list[str]:
    """The lines of the old document that the new one lacks."""
    lines = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    return [line[2:].strip() for line in lines if line.startswith("- ")]


def expected(shots: tuple[DubbedShot, ...], was: tuple[str, int] | None) -> tuple[str, int] | None:
    """What shows where the old document showed `was`: the same frame, of the new file if dubbed."""
    for shot in shots:
        if was and was[0] == f"{shot.name.split()[1]}.mov":
            return shot.file.name, was[1] - shot.media_first
    return was


@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
@pytest.mark.parametrize("base", [(25, False), (24, True), (30, True)])
def test_every_frame_of_a_dubbed_shot_is_that_of_the_new_file(
    tmp_path: Path, how: How, base: tuple[int, bool]
) -> None:
    path = written(tmp_path, reel(base[0], ntsc=base[1]))
    rate = Fraction(base[0] * 1000, 1001 if base[1] else 1000)
    shots = dubbed_shots(path, rate, "A", "B", "C")
    assert len(shots) == 3
    before, after = as_otio(path.read_bytes()), as_otio(patched(path, shots, how, rate).data)
    assert after.name == "Reel & 1 dubbed"
    for frame in range(100):
        was = seen(before, frame, float(rate))
        assert was is not None
        assert seen(after, frame, float(rate)) == expected(shots, was)


def test_a_dub_track_leaves_every_byte_but_the_name(tmp_path: Path) -> None:
    path = written(tmp_path, reel())
    before, result = path.read_bytes(), patched(path, dubbed_shots(path, Fraction(25)), How.TRACK)
    assert removed(before, result.data) == ["<name>Reel &amp; 1</name>"]
    track = result.data[len(before.partition(b"</track>")[0]) :].decode()
    start = track.index('<track MZ.TrackName="DUB">')
    inside = track[start : track.index("</track>", start)]
    assert "<name>A lipflap</name>" in inside
    assert "<reel><name>R_A</name></reel>" in inside
    assert "file://localhost/job/0%20%26%20new.mov" in inside
    assert inside.count("Tint") == 3
    assert inside.count("<transitionitem>") == 1
    assert "<link>" not in inside


def test_replace_changes_the_dubbed_clips_alone(tmp_path: Path) -> None:
    path = written(tmp_path, reel())
    result = patched(path, dubbed_shots(path, Fraction(25), "C"), How.REPLACE)
    before = path.read_text()
    of_c = before[before.index('<clipitem id="clipitem-C">') : before.index("<locked>")]
    for line in removed(path.read_bytes(), result.data):
        assert line in of_c or line == "<name>Reel &amp; 1</name>"
    first = 200 - (200 - HANDLES)
    assert f"<pproTicksIn>{first * 10_160_640_000}</pproTicksIn>" in result.data.decode()


def test_a_file_that_a_replaced_clip_defined_is_defined_by_its_next_user(tmp_path: Path) -> None:
    rate = rate_of(25, False)
    again = item("X", 0, 5, 10, 15, rate)
    inside = again[again.index("<file id") : again.index("</file>") + 7]
    text = reel(high=again.replace(inside, '<file id="file-C"/>'))
    path = written(tmp_path, text)
    result = patched(path, dubbed_shots(path, Fraction(25), "C"), How.REPLACE)
    assert result.data.count(b'<file id="file-C">') == 1
    user = result.data.index(b'<clipitem id="clipitem-X">')
    assert result.data.index(b'<file id="file-C">') > user
    assert seen(as_otio(result.data), 2, 25) == ("C.mov", 12)


def test_a_file_that_its_next_user_defines_itself_stays_as_it_is_there(tmp_path: Path) -> None:
    """Programs that define a file wherever they name it may say more of it in one place."""
    own = file("take", 500).replace("<name>take</name>", "<name>take</name><!-- here -->")
    row = track(clip("A", file("take", 500), (0, 40), 0), clip("B", own, (40, 80), 40))
    path = document(tmp_path / "two.xml", sequence("Reel &amp; 1", row))
    found = patched(path, dubbed_shots(path, Fraction(25), "A"), How.REPLACE).data.decode()
    assert own in found


def test_a_dissolve_with_an_undubbed_clip_is_laid_with_a_piece_of_it(tmp_path: Path) -> None:
    path = written(tmp_path, reel())
    for name, kinds in (
        ("A", ["Clip", "Transition", "Clip"]),
        ("B", ["Gap", "Clip", "Transition", "Clip"]),
    ):
        shots = dubbed_shots(path, Fraction(25), name)
        old, new = as_otio(path.read_bytes()), as_otio(patched(path, shots, How.TRACK).data)
        dub = new.video_tracks()[1]
        assert [child.schema_name() for child in dub][: len(kinds)] == kinds
        for frame in range(100):
            assert seen(new, frame, 25) == expected(shots, seen(old, frame, 25))
        data = patched(path, shots, How.TRACK).data.decode()
        piece = data[data.index("-lipflap-mix") :]
        end = piece.index("</clipitem>")
        assert "<file id=" in piece[:end]
        assert "<pathurl>" not in piece[:end]


SUBCLIP = "<subclipinfo><startoffset>30</startoffset><endoffset>40</endoffset></subclipinfo>"


@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
def test_a_subclip_shows_the_new_file_which_has_no_subclips(how: How, tmp_path: Path) -> None:
    rate = rate_of(25, False)
    text = REEL.format(rate=rate, low=item("C", 0, 40, 200, 240, rate, more=SUBCLIP), high="")
    path = written(tmp_path, text)
    (shot,) = dubbed_shots(path, Fraction(25))
    assert shot.media_first == 230 - HANDLES
    data = patched(path, (shot,), how).data
    assert seen(as_otio(data), 10, 25) == (shot.file.name, HANDLES + 10)
    assert data.count(b"<subclipinfo>") == (how == How.TRACK)


def test_the_side_of_a_dissolve_that_plays_itself_stays_a_subclip(tmp_path: Path) -> None:
    tint = "<filter><effect><name>Tint</name>"
    path = written(tmp_path, reel().replace(tint, SUBCLIP + tint, 1))
    data = patched(path, dubbed_shots(path, Fraction(25), "B"), How.TRACK).data.decode()
    piece = data[data.index("-lipflap-mix") :]
    assert SUBCLIP in piece[: piece.index("</clipitem>")]


def test_a_shot_below_a_title_lies_below_it_on_a_track_of_its_own(tmp_path: Path) -> None:
    rate = rate_of(25, False)
    title = (
        f'<generatoritem id="t"><name>Title</name>{rate}<duration>20</duration><start>5</start>'
        "<end>25</end><in>0</in><out>20</out><effect><name>Text</name><effectid>Text</effectid><effecttype>generator</effecttype></effect></generatoritem>"
    )
    path = written(tmp_path, reel(high=title + item("D", 70, 80, 30, 40, rate)))
    new = patched(path, dubbed_shots(path, Fraction(25), "A", "D"), How.TRACK).data.decode()
    assert new.count('MZ.TrackName="DUB"') == 2
    order = [new.index(text) for text in ("A lipflap", "Title", "D lipflap")]
    assert order == sorted(order)


def test_a_baked_shot_loses_its_speed_and_starts_at_its_own_frame(tmp_path: Path) -> None:
    speed = (
        "<filter><effect><effectid>timeremap</effectid><parameter><parameterid>speed</parameterid>"
        "<value>200</value></parameter></effect></filter>"
    )
    rate = rate_of(25, False)
    low = item("A", 0, 40, 20, 60, rate, more=speed)
    path = written(tmp_path, REEL.format(rate=rate, low=low, high=""))
    shot = DubbedShot(
        name="A",
        address=(0, 0),
        element="clipitem-A",
        record=TimeRange(Fraction(0), Fraction(40, 25)),
        file=PurePosixPath("/job/A.mov"),
        frames=FrameSpan(5, 53, Fraction(25)),
        media_first=32,
        shown_from=Fraction(-4, 25),
        is_baked=True,
        reel="",
    )
    for how in (How.TRACK, How.REPLACE):
        data = patched(path, (shot,), how).data
        assert data.count(b"timeremap") == (1 if how == How.TRACK else 0)
        assert [seen(as_otio(data), frame, 25) for frame in (0, 39)] == [
            ("A.mov", 4),
            ("A.mov", 43),
        ]


def test_a_clip_that_is_not_found_or_counts_otherwise_stays_and_is_noted(tmp_path: Path) -> None:
    path = written(tmp_path, reel())
    (shot,) = dubbed_shots(path, Fraction(25), "C")
    lost = DubbedShot(**{**{f: getattr(shot, f) for f in shot.__slots__}, "element": "gone"})
    assert "not found" in patched(path, (lost,), How.TRACK).notes[0][1]
    other = DubbedShot(
        **{
            **{f: getattr(shot, f) for f in shot.__slots__},
            "frames": FrameSpan(0, 90, Fraction(24)),
            "media_first": 7,
        }
    )
    result = patched(path, (other,), How.TRACK)
    assert "another rate" in result.notes[0][1]
    assert b"DUB" not in result.data


def test_a_multiclip_gets_a_new_picture_above_it_alone(tmp_path: Path) -> None:
    """Frame 20 of the multiclip is frame 100 of the camera's file, which is 1920 wide."""
    close = file("close.mov", 400, start=500, size=(1920, 1080))
    cameras = multiclip(camera("cam", clip("c", close, (20, 300), 100)))
    path = document(
        tmp_path / "cut.xml", sequence("Reel", track(clip("MULTI", cameras, (0, 50), 30)))
    )
    shots = dubbed_shots(path, Fraction(25), "MULTI")
    assert [shot.media_first for shot in shots] == [100 + 30 - 20 - HANDLES]
    laid = ET.fromstring(patched(path, shots, How.TRACK).data)
    old, new = laid.iterfind(".//sequence/media/video/track/clipitem")
    assert (old.findtext("in"), old.findtext("out")) == ("30", "80")
    assert old.find("multiclip") is not None
    assert (new.findtext("in"), new.findtext("out")) == (str(HANDLES), str(HANDLES + 50))
    assert new.find("multiclip") is None
    assert new.findtext("file/name") == "0 & new.mov"
    assert new.findtext(".//samplecharacteristics/width") == "1920"
    kept = patched(path, shots, How.REPLACE)
    assert b"new.mov" not in kept.data
    assert "multiclip" in kept.notes[0][1]


def test_the_dub_is_laid_on_sound_tracks_a_channel_each(tmp_path: Path) -> None:
    path = written(tmp_path, reel())
    second = TimeRange(Fraction(1), Fraction(2))
    sound = DubbedSound(
        "L1", "DUB de", second, PurePosixPath("/dub/l1.wav"), Fraction(0), Fraction(1), 48_000, 2
    )
    data = patched(path, (), How.TRACK, sounds=(sound,)).data
    assert [data.count(b"<trackindex>%d<" % channel) for channel in (1, 2, 3)] == [1, 1, 0]
    new = as_otio(data)
    laid = [list(track.find_clips()) for track in new.audio_tracks()][1:]
    assert [len(clips) for clips in laid] == [1, 1]
    placed = laid[0][0].range_in_parent()
    assert (placed.start_time.value, placed.duration.value) == (25, 25)
    assert laid[0][0].media_reference.target_url == "file://localhost/dub/l1.wav"


@pytest.mark.parametrize("names", [("Reel", "Reel 10"), ("", "Reel 10"), ("Reel 1", "Reel 10")])
def test_the_sequence_of_the_very_name_is_dubbed(names: tuple[str, str], tmp_path: Path) -> None:
    """The shots lie in a nested sequence, so that the name alone tells."""
    path = document(tmp_path / "two.xml", *map(sequence, names))
    delivery = Delivery((), (), How.TRACK, "Reel 10 dubbed", Fraction(25), 0)
    data = patch_fcp7(path.read_bytes(), path, delivery).data.decode()
    assert re.findall("<name>(.*?)</name>", data) == [names[0], "Reel 10 dubbed"]


def test_a_file_on_a_server_names_the_server(tmp_path: Path) -> None:
    path = written(tmp_path, reel())
    file = PureWindowsPath("//nas/dub share/SH.mov")
    shots = tuple(replace(one, file=file) for one in dubbed_shots(path, Fraction(25), "C"))
    data = patched(path, shots, How.TRACK).data
    assert b"<pathurl>file://nas/dub%20share/SH.mov</pathurl>" in data


def test_another_kind_of_xml_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "<mlt/>")
    with pytest.raises(DubError, match=r"reel\.xml: is no Final Cut 7 XML, but a <mlt>"):
        patched(path, (), How.TRACK)


@needs_real
@pytest.mark.parametrize("how", [How.TRACK, How.REPLACE])
def test_a_real_export_of_mixed_rates_shows_baked_shots_in_the_places_of_the_old(how: How) -> None:
    """64 clips of Premiere: 25 frames a second in a sequence of 29.97."""
    (path,) = (REAL / "fcp7xml").glob("*kdenlive_example_from_fcp.xml")
    rate = Fraction(30_000, 1001)
    timeline = read_timeline(path)
    placed = [one for one in place_clips(timeline, detect_dialect(timeline)) if not one.is_sound]
    shots = tuple(
        DubbedShot(
            name=str(number),
            address=one.address,
            element=host_element(one.clip),
            record=one.body,
            file=PurePosixPath(f"/job/{number}.mov"),
            frames=FrameSpan(0, round(one.body.seconds * rate) + 2 * HANDLES, rate),
            media_first=0,
            shown_from=one.body.start - HANDLES / rate,
            is_baked=True,
            reel="",
        )
        for number, one in enumerate(placed)
        if not one.disabled_by
    )
    assert len(shots) > 50
    result = patched(path, shots, how, rate)
    assert result.notes == ()
    new = as_otio(result.data)
    for number, one in enumerate(placed):
        if one.visible and not one.disabled_by:
            middle = round((one.visible[0].start + one.visible[0].end) / 2 * rate)
            index = middle - round(one.body.start * rate) + HANDLES
            assert seen(new, middle, 29.97) == (f"{number}.mov", index)
