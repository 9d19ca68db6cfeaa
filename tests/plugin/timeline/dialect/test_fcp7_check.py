"""Broken items of a Final Cut 7 XML are named, where the adapter names none."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import opentimelineio as otio
import pytest
from support.formats.fcp7 import clip, document, file, rate, sequence, track

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.read import read_timeline

FIRST = clip("A", file("a.mov", 1000, start=90_000), (0, 50), 24)
SECOND = clip("B", file("b.mov", 1000, start=90_000), (50, 90), 24)
MIX = (
    "<transitionitem><start>40</start><end>60</end><alignment>center</alignment>"
    f"{rate()}<effect><name>Mix</name></effect></transitionitem>"
)
MARKER = "<marker><in>{}</in></marker>"


def without(tag: str, of: str = SECOND) -> str:
    return re.sub(f"<{tag}>.*?</{tag}>", "", of, count=1)


def saying(tag: str, value: str, of: str = SECOND) -> str:
    return re.sub(f"<{tag}>.*?</{tag}>", f"<{tag}>{value}</{tag}>", of, count=1)


def cut(folder: Path, *items: str) -> Path:
    return document(folder / "cut.xml", sequence("s", track(FIRST), track(*items)))


def adapter_reads(path: Path) -> bool:
    parser = otio.adapters.from_name("fcp_xml").module().FCP7XMLParser
    try:
        parser(ET.fromstring(path.read_bytes())).top_level_sequences()
    except Exception:  # noqa: BLE001 - it raises anything
        return False
    return True


BROKEN = {
    "clip 'B' on V2 does not say its 'start'": [without("start")],
    "clip 'B' on V2 at frame 50 does not say its 'end'": [without("end")],
    "clip 'B' on V2 at frame 50 does not say its 'in'": [without("in")],
    "clip 'B' on V2 says 'x' for its 'start', which is no number of a frame": [
        saying("start", "x")
    ],
    "clip 'B' on V2 at frame 50 says '' for its 'in'": [saying("in", "")],
    "clip 'B' on V2 begins in a transition that is not there": [saying("start", "-1")],
    "clip 'B' on V2 at frame 50 ends in a transition that is not there": [saying("end", "-1")],
    "clip 'B' on V2 at frame 50 says the frame rate 'x'": [saying("timebase", "x")],
    "clip 'B' on V2 at frame 50 plays a file that says 'x' for its 'duration'": [
        SECOND.replace("<duration>1000", "<duration>x")
    ],
    "clip 'B' on V2 at frame 50 plays a file that does not say its timecode": [without("frame")],
    "clip 'B' on V2 at frame 50 has a marker that does not say its 'out'": [
        SECOND.replace("<start>", MARKER.format(1) + "<start>")
    ],
    "clip 'B' on V2 at frame 50 has a filter without an effect": [
        SECOND.replace("<start>", "<filter/><start>")
    ],
    "clip 'B' on V2 at frame 50 does not say what it generates": [
        re.sub("<file.*</file>", "", SECOND).replace("clipitem", "generatoritem")
    ],
    "transition on V2 at frame 40 does not say its 'end'": [without("end", MIX), SECOND],
    "transition on V2 at frame 40 does not say how it lies": [without("alignment", MIX), SECOND],
    "transition on V2 at frame 40 does not say its effect": [without("effect", MIX), SECOND],
}


@pytest.mark.parametrize(("problem", "items"), BROKEN.items(), ids=BROKEN)
def test_an_item_that_the_adapter_cannot_read_is_named_and_what_is_wrong(tmp_path, problem, items):
    path = cut(tmp_path, *items)
    assert not adapter_reads(path)
    with pytest.raises(DubError) as told:
        read_timeline(path)
    assert problem in told.value.problem
    assert (told.value.where, told.value.fix[:11]) == (str(path), "Lay it anew")


def test_a_clip_that_plays_no_frames_a_second_is_refused_too(tmp_path):
    with pytest.raises(DubError, match="'B' on V2 at frame 50 says the frame rate '0'"):
        read_timeline(cut(tmp_path, saying("timebase", "0")))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<timebase>25", "<timebase>x", "its sequence 's' says the frame rate 'x'"),
        ("<frame>90000</frame>", "", "its sequence 's' does not say its timecode"),
        ("<media>", f"{MARKER.format('x')}<media>", "its sequence 's' has a marker that says 'x'"),
    ],
)
def test_so_is_a_sequence(tmp_path, old, new, problem):
    path = document(tmp_path / "cut.xml", sequence("s", track(FIRST)).replace(old, new, 1))
    assert not adapter_reads(path)
    with pytest.raises(DubError, match=problem):
        read_timeline(path)


def test_a_mix_is_read_as_before(tmp_path):
    mixed = saying("end", "-1", FIRST), MIX, saying("start", "-1")
    path = document(tmp_path / "cut.xml", sequence("s", track(*mixed)))
    assert adapter_reads(path)
    assert [one.name for one in read_timeline(path).find_clips()] == ["A", "B"]


def test_what_stands_for_another_filter_or_generates_nothing_as_it_has_a_file_is_read(tmp_path):
    said = '<filter id="f"><effect><name>Basic Motion</name></effect></filter><start>'
    items = (
        FIRST.replace("<start>", said),
        SECOND.replace("<start>", '<filter id="f"/><start>').replace("clipitem", "generatoritem"),
    )
    path = document(tmp_path / "cut.xml", sequence("s", track(*items)))
    assert adapter_reads(path)
    clips = list(read_timeline(path).find_clips())
    assert [one.name for one in clips] == ["A", "B"]
    assert [[effect.name for effect in one.effects] for one in clips] == [["Basic Motion"]] * 2
