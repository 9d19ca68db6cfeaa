"""Dubbed FCPXML: read back, compared clip by clip and byte by byte, and its order of elements."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath

import opentimelineio as otio
import pytest
from support.cuts.dubbed_shots import dubbed_shots
from support.cuts.timelines import REAL, needs_real

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange, difference, intersection
from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.patch.dubbed_shot import (
    Delivery,
    DubbedShot,
    DubbedSound,
    How,
    Patched,
)
from lipflap.plugin.timeline.patch.fcpxml.write import patch_fcpxml
from lipflap.plugin.timeline.patch.xml_spans import Element, parse_xml
from lipflap.plugin.timeline.placement.item_length import source_start
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip
from lipflap.plugin.timeline.read import read_timeline

F = Fraction
FILM = PurePosixPath("/dub/line.wav")

# The order of children in Apple's DTD of FCPXML 1.9 and later, as its groups follow each other.
CLIPS = ("asset-clip", "ref-clip", "sync-clip", "mc-clip")
ORDER = (
    ("note",),
    ("conform-rate",),
    ("timeMap",),
    ("object-tracker",),
    ("adjust-",),
    ("mc-source",),
    ("spine", "clip", "video", "audio", "title", "gap", "audition", "caption", *CLIPS),
    ("marker", "chapter-marker", "rating", "keyword", "analysis-marker", "hidden-clip-marker"),
    ("sync-source", "audio-role-source", "audio-channel-source"),
    ("filter-",),
    ("metadata",),
)

RESOURCES = """
  <resources>
    <format id="r1" frameDuration="1/25s" width="1920" height="1080"/>
    <asset id="film" start="36000s" duration="60s" hasVideo="1" hasAudio="1" format="r1">
      <media-rep kind="original-media" src="file:///film.mov"/>
    </asset>
    <effect id="title" name="Basic Title"/>
  </resources>
"""


def document(folder: Path, spine: str, version: str = "1.11") -> Path:
    path = folder / "reel.fcpxml"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="{version}">'
        f'{RESOURCES}  <library><event><project name="Reel 1" uid="1234">'
        f'<sequence format="r1" tcStart="3600s"><spine>\n{spine}\n</spine></sequence>'
        "</project></event></library></fcpxml>\n"
    )
    return path


def clip(name: str, offset: int, more: str = "", inside: str = "") -> str:
    """Four seconds of the film, from its tenth, at a second of the cut."""
    return (
        f'<asset-clip ref="film" offset="{3600 + offset}s" name="{name}" start="36010s" '
        f'duration="4s"{more}>{inside}</asset-clip>'
    )


def patched(
    path: Path,
    shots: tuple[DubbedShot, ...],
    sounds: tuple[DubbedSound, ...] = (),
    how: How = How.TRACK,
) -> Patched:
    delivery = Delivery(shots, sounds, how, "Reel 1 dubbed", F(25), 90_000)
    return patch_fcpxml(path.read_bytes(), path, delivery)


def pictures(path: Path) -> list[PlacedClip]:
    timeline = read_timeline(path)
    for track in timeline.find_children(descended_from_type=otio.schema.Track):
        track.metadata.pop(OURS, None)  # new pictures count here, too
    placed = place_clips(timeline, detect_dialect(timeline))
    kept.append(timeline)
    return [one for one in placed if not one.is_sound and reference_of(one.clip) is not None]


kept: list[object] = []  # a timeline that is gone takes its clips' parents with it


def facts(placed: PlacedClip) -> tuple[object, ...]:
    url = getattr(reference_of(placed.clip), "target_url", "")
    return url, placed.body, seconds(source_start(placed.clip), placed.clip), placed.clip.enabled


def written(path: Path, result: Patched) -> Path:
    new = path.with_name("dubbed.fcpxml")
    new.write_bytes(result.data)
    return new


def check(path: Path, shots: tuple[DubbedShot, ...], result: Patched) -> None:
    """Every clip is where it was, and every new one over its own, with the right picture."""
    before, after = pictures(path), pictures(written(path, result))
    noted = {name for name, _ in result.notes}
    assert not Counter(map(facts, before)) - Counter(map(facts, after))
    old = {one.address: one for one in before}
    for shot in shots:
        laid = [one for one in after if facts(one)[0] == shot.file.as_uri()]
        assert any(stands_for(one, old[shot.address], shot, noted) for one in laid) or (
            not laid and shot.name in noted
        )


def stands_for(new: PlacedClip, old: PlacedClip, shot: DubbedShot, noted: Collection[str]) -> bool:
    """Whether a new clip is where the old one is, above it, with the picture of that moment."""
    shown, into = seconds(source_start(new.clip), new.clip), new.body.start - shot.record.start
    seen = intersection([new.body], old.visible)
    return (
        (new.body == shot.record or (shot.name in noted and into >= 0))
        and abs(shown - into - shot.first_shown / shot.frames.rate) < F(1, 1000)
        and not difference(seen, new.visible)
    )


def check_order(element: Element) -> None:
    places = []
    for child in element.children:
        for place, group in enumerate(ORDER):
            if child.tag in group or any(
                one.endswith("-") and child.tag.startswith(one) for one in group
            ):
                places.append(place)
    assert places == sorted(places), [child.tag for child in element.children]


def test_a_new_picture_is_connected_above_its_clip_in_its_looks(tmp_path: Path) -> None:
    inside = (
        '<note>n</note><adjust-transform scale="1.2 1.2"/><adjust-volume amount="-3dB"/>'
        '<title ref="title" lane="1" offset="36011s" duration="1s"/>'
        '<marker start="36011s" duration="1/25s"/><filter-video ref="title"/>'
    )
    path = document(tmp_path, clip("A", 0, inside=inside) + clip("B", 4))
    shots = dubbed_shots(path, F(25))
    result = patched(path, shots)
    check(path, shots, result)
    document_ = parse_xml(result.data, "dubbed")
    host = document_.at("/fcpxml/library/event/project/sequence/spine/asset-clip[1]")
    assert host is not None
    check_order(host)
    new = host.find("asset-clip")
    assert new is not None
    assert new.attributes["name"] == "A lipflap"
    assert (new.attributes["lane"], new.attributes["srcEnable"]) == ("1", "video")
    assert [child.tag for child in new.children] == ["adjust-transform", "filter-video"]
    title = host.find("title")
    assert title is not None
    assert title.attributes["lane"] == "2"


def test_nothing_else_is_touched(tmp_path: Path) -> None:
    path = document(tmp_path, clip("A", 0) + "\n" + clip("B", 4))
    result = patched(path, dubbed_shots(path, F(25), "A"))
    ours = rb'<asset id="lipflap1".*?</asset>|<asset-clip ref="lipflap1".*?</asset-clip>'
    without = re.sub(ours, b"", result.data)
    renamed = b'name="Reel 1" uid="1234"', b'name="Reel 1 dubbed"'
    assert without == path.read_bytes().replace(*renamed)
    assert len(result.data) > len(without)


def test_lanes_are_freed_above_each_lane_that_is_dubbed(tmp_path: Path) -> None:
    connected = (
        '<asset-clip ref="film" lane="1" offset="36011s" name="C" start="36030s" duration="2s"/>'
        '<title ref="title" lane="2" offset="36010s" duration="3s"/>'
        '<asset-clip ref="film" lane="-1" offset="36010s" name="low" start="36000s" duration="1s"/>'
    )
    path = document(tmp_path, clip("A", 0, inside=connected))
    shots = dubbed_shots(path, F(25), "A", "C")
    assert len(shots) == 2
    result = patched(path, shots)
    check(path, shots, result)
    lanes = {
        one.attributes.get("name", one.tag): one.attributes["lane"]
        for one in parse_xml(result.data, "dubbed").root.iter("asset-clip", "title")
        if "lane" in one.attributes
    }
    assert lanes == {"A lipflap": "1", "C": "2", "C lipflap": "3", "title": "4", "low": "-1"}


def test_a_clip_of_a_connected_storyline_gets_its_picture_beside_it(tmp_path: Path) -> None:
    storyline = (
        '<spine lane="1" offset="36011s">'
        '<asset-clip ref="film" offset="0s" name="S1" start="36020s" duration="1s"/>'
        '<asset-clip ref="film" offset="1s" name="S2" start="36030s" duration="1s"/></spine>'
    )
    path = document(tmp_path, clip("A", 0, inside=storyline))
    shots = dubbed_shots(path, F(25), "S2")
    result = patched(path, shots)
    check(path, shots, result)
    assert result.notes == ()


MIX = (
    '<transition name="Cross Dissolve" offset="3603s" duration="2s"><filter-video ref="title"/>'
    '<filter-audio ref="title"/></transition>'
)


@pytest.mark.parametrize(
    ("dubbed", "bodies"),
    [
        (("A", "B"), {"A lipflap": (0, 4), "B lipflap": (4, 8)}),
        (("A",), {"A lipflap": (0, 4), "B": (4, 5)}),
        (("B",), {"A": (3, 4), "B lipflap": (4, 8)}),
    ],
)
def test_a_mix_is_repeated_in_a_connected_storyline(
    tmp_path: Path, dubbed: tuple[str, ...], bodies: dict[str, tuple[int, int]]
) -> None:
    """Of a neighbour that is not dubbed there is a piece, as long as its part of the mix."""
    path = document(tmp_path, clip("A", 0) + MIX + clip("B", 4))
    shots = dubbed_shots(path, F(25), *dubbed)
    result = patched(path, shots)
    check(path, shots, result)
    assert result.notes == ()
    assert result.data.count(b"<filter-audio") == 1
    assert result.data.count(b"<transition") == 2
    new = {one.clip.name: one for one in pictures(written(path, result)) if one.address[0] == 1}
    assert {name: (one.body.start, one.body.end) for name, one in new.items()} == bodies
    for one in new.values():
        if one.clip.name in ("A", "B"):
            into = one.body.start - (0 if one.clip.name == "A" else 4)
            assert seconds(source_start(one.clip), one.clip) == 36_010 + into


def test_what_another_program_notes_between_items_does_not_part_them(tmp_path: Path) -> None:
    mix = '<transition name="Cross Dissolve" offset="3603s" duration="2s"/>'
    note = '<x:note xmlns:x="urn:x">cut here</x:note>'
    path = document(tmp_path, clip("A", 0) + note + mix + note + clip("B", 4))
    result = patched(path, dubbed_shots(path, F(25), "A"))
    assert result.notes == ()
    assert result.data.count(b"<transition") == 2


def test_where_a_neighbour_cannot_be_copied_the_mix_stays_as_filmed_and_is_noted(
    tmp_path: Path,
) -> None:
    inner = '<sync-clip offset="3604s" name="S" duration="4s"><video ref="film" offset="0s" '
    inner += 'start="36000s" duration="4s"/></sync-clip>'
    path = document(tmp_path, clip("A", 0) + MIX + inner)
    shots = dubbed_shots(path, F(25), "A")
    result = patched(path, shots)
    check(path, shots, result)
    assert [name for name, _ in result.notes] == [shots[0].name]
    (new,) = [one for one in pictures(written(path, result)) if "lipflap" in one.clip.name]
    assert new.body == TimeRange(F(0), F(3))
    path = document(tmp_path, inner.replace("3604s", "3600s") + MIX + clip("B", 4))
    shots = dubbed_shots(path, F(25), "B")
    result = patched(path, shots)
    check(path, shots, result)
    (new,) = [one for one in pictures(written(path, result)) if "lipflap" in one.clip.name]
    assert new.body == TimeRange(F(5), F(8))


def test_a_retimed_clip_is_replaced_by_its_baked_picture(tmp_path: Path) -> None:
    fast = '<timeMap><timept time="0s" value="0s"/><timept time="30s" value="60s"/></timeMap>'
    path = document(tmp_path, clip("A", 0, inside=fast).replace("36010s", "5s"))
    shots = dubbed_shots(path, F(25))
    assert [shot.is_baked for shot in shots] == [True]
    result = patched(path, shots)
    check(path, shots, result)
    assert result.data.count(b"<timeMap>") == 1


def test_an_older_version_names_its_file_in_the_asset(tmp_path: Path) -> None:
    path = document(tmp_path, clip("A", 0), version="1.8")
    result = patched(path, dubbed_shots(path, F(25)))
    assert b'src="file:///job/0%20%26%20new.mov">' in result.data
    assert result.data.count(b"media-rep") == path.read_bytes().count(b"media-rep")


@pytest.mark.parametrize("how", list(How))
def test_the_dub_is_connected_below_at_its_time(how: How, tmp_path: Path) -> None:
    path = document(tmp_path, clip("A", 0) + '<gap offset="3604s" duration="4s"/>' + clip("B", 8))
    sounds = tuple(
        DubbedSound("L", "DUB de", TimeRange(F(at), F(at + 1)), FILM, F(1, 2), F(9), 48_000, 2)
        for at in (1, 5, 9)
    )
    shots = tuple(replace(one, has_sound=True) for one in dubbed_shots(path, F(25)))
    new = written(path, patched(path, shots, sounds, how))
    lines = [
        line
        for line in extract_cut(read_timeline(new), path=new).lines
        if Path(line.path).name == "line.wav"
    ]
    assert [(line.record, line.sound_start) for line in lines] == [
        (TimeRange(F(at), F(at + 1)), F(1, 2)) for at in (1, 5, 9)
    ]


@pytest.mark.parametrize(
    ("host", "first"),
    [
        (
            "title",
            "<param name='Size' key='1' value='9'/><text>Day</text><text-style-def id='ts'/>",
        ),
        ("video", "<param name='Hue' key='1' value='9'/>"),
    ],
)
def test_over_titles_and_generators_the_dub_stands_where_the_dtd_wants_it(
    tmp_path: Path, host: str, first: str
) -> None:
    """What stands before connected clips in them; Final Cut refuses a document for its order."""
    rest = '<marker start="3601s" value="m"/><filter-video ref="title"/>'
    item = f'<{host} ref="title" offset="3600s" start="3600s" duration="4s">{first}{rest}</{host}>'
    path = document(tmp_path, item + clip("A", 4))
    sound = DubbedSound("L", "DUB", TimeRange(F(1), F(2)), FILM, F(0), F(9), 48_000, 2)
    found = patched(path, (), (sound,)).data.decode()
    before, after = re.split('<asset-clip ref="lipflap-sound1"[^>]*/>', found)
    assert before.endswith(first)
    assert after.startswith(rest)


def test_the_project_of_the_very_name_is_dubbed(tmp_path: Path) -> None:
    """Where all shots lie in compound clips the name alone tells."""
    path = document(tmp_path, clip("A", 0))
    first = '<project name="Reel"><sequence format="r1"><spine/></sequence></project><project '
    path.write_text(path.read_text().replace("<project ", first, 1))
    names = re.findall('<project name="(.*?)"', patched(path, ()).data.decode())
    assert names == ["Reel", "Reel 1 dubbed"]


def test_what_cannot_be_patched_is_refused_or_noted(tmp_path: Path) -> None:
    path = document(tmp_path, clip("A", 0))
    (shot,) = dubbed_shots(path, F(25))
    fields = {name: getattr(shot, name) for name in shot.__slots__}
    lost = DubbedShot(**(fields | {"element": "/fcpxml/library/event[9]"}))
    assert "not found" in patched(path, (lost,)).notes[0][1]
    assert "used twice" in patched(path, (shot, shot)).notes[0][1]
    with pytest.raises(DubError, match=r"older than version 1\.5"):
        patched(document(tmp_path, clip("A", 0), version="1.4"), ())
    path.write_text("<xmeml/>")
    with pytest.raises(DubError, match="is no FCPXML, but XML of the kind <xmeml>"):
        patched(path, ())


@pytest.mark.parametrize("how", [How.ALTERNATE, How.REPLACE])
def test_a_clip_shows_and_hears_the_new_file_where_that_holds_its_sound(
    tmp_path: Path, how: How
) -> None:
    title = '<title ref="title" lane="1" offset="36011s" duration="1s"/>'
    path = document(tmp_path, clip("A", 0, ' audioRole="dialogue"', title) + clip("B", 4))
    silent = dubbed_shots(path, F(25))
    with pytest.raises(DubError, match=r"Add --sound, or choose --as track"):
        patched(path, silent, how=how)
    result = patched(path, (replace(silent[0], has_sound=True), silent[1]), how=how)
    assert [name for name, _ in result.notes] == [silent[1].name]
    new = written(path, result)
    old, seen = pictures(path), pictures(new)
    assert [one.body for one in seen] == [one.body for one in old]
    urls = [getattr(one.clip.media_reference, "target_url", "") for one in seen]
    assert [url.rpartition("/")[2] for url in urls if url] == ["0%20%26%20new.mov", "film.mov"]
    assert [facts(one)[2] for one in seen] == [facts(one)[2] for one in old]
    heard = extract_cut(read_timeline(new), path=new).lines
    assert [Path(line.path).name for line in heard] == ["0 & new.mov", "film.mov"]
    for element in parse_xml(result.data, "dubbed").root.iter("asset-clip", "audition"):
        check_order(element)
    assert result.data.count(b"<title ") == 1
    assert (b"<audition" in result.data) is (how == How.ALTERNATE)


def test_a_clip_and_what_is_connected_to_it_both_show_their_new_files(tmp_path: Path) -> None:
    above = clip("B", 32_411, ' lane="1"')
    path = document(tmp_path, clip("A", 0, "", above) + clip("C", 4))
    shots = tuple(replace(one, has_sound=True) for one in dubbed_shots(path, F(25)))
    assert sorted(one.name[2:] for one in shots) == ["A", "B", "C"]
    result = patched(path, shots, how=How.ALTERNATE)
    assert result.notes == ()
    new = written(path, result)
    old, seen = pictures(path), pictures(new)
    assert sorted(one.body.start for one in seen) == sorted(one.body.start for one in old)
    urls = [getattr(one.clip.media_reference, "target_url", "") for one in seen]
    assert [url.endswith("new.mov") for url in urls if url] == [True] * 3
    assert result.data.count(b"<audition") == 3


@needs_real
def test_real_exports_of_final_cut_keep_every_clip_and_show_the_new_ones(tmp_path: Path) -> None:
    shown = 0
    for source in sorted((REAL / "fcpxml").glob("*.fcpxml")):
        try:
            timeline = read_timeline(source)
        except DubError:
            continue
        rate = F(timeline.global_start_time.rate).limit_denominator(1001)
        shots = dubbed_shots(source, rate)
        path = tmp_path / "reel.fcpxml"
        path.write_bytes(source.read_bytes())
        result = patched(path, shots)
        check(path, shots, result)
        shown += len(shots) - len({name for name, _ in result.notes})
        if shots:
            for element in parse_xml(result.data, source.name).root.iter():
                if element.tag in ("asset-clip", "clip", "sync-clip", "mc-clip", "ref-clip"):
                    check_order(element)
    assert shown > 100
