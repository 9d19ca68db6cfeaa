"""What a new file was made of is named in every document that may show it in the place of that."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from support.cuts.coded_reel import delivery, dubbed_shots, media_name
from support.formats.fcpxml_reels import fcpxml_reel
from support.formats.mlt_reels import kdenlive_reel, shotcut_reel
from support.formats.read_reels import edl_reel, fcp7_reel
from support.formats.xges_reels import xges_reel

from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.patch.dubbed_shot import Writer
from lipflap.plugin.timeline.patch.edl import EDL
from lipflap.plugin.timeline.patch.fcp7.write import FCP7
from lipflap.plugin.timeline.patch.fcpxml.write import FCPXML
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.patch.mlt.write import MLT
from lipflap.plugin.timeline.patch.xges import XGES
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.read import read_timeline

RATE = Fraction(25)
FILMED = PurePosixPath('/vol/Tag 1/ä "x" & <y>.mov')


def elements(data: bytes) -> Iterable[ET.Element]:
    return ET.fromstring(data).iter()


def of_gstreamer(data: bytes) -> list[str]:
    """Texts of GStreamer, in which a byte may be a backslash and its octal number."""
    said = (one.get("metadatas", "") for one in elements(data) if one.tag == "asset")
    texts = (re.search(r'lipflap-filmed=\(string\)"(.*)"', one) for one in said)
    return [
        re.sub(rb"\\([0-7]{3})", lambda one: bytes([int(one[1], 8)]), found[1].encode()).decode()
        for found in texts
        if found
    ]


Read = Callable[[bytes], list[str]]
DIALECTS: dict[str, tuple[str, Callable[..., str], Writer, Read]] = {
    "Final Cut 7": (
        ".xml",
        fcp7_reel,
        FCP7,
        lambda data: [
            str(one.text).removeprefix("Filmed as ")
            for one in elements(data)
            if one.tag == "clipcommenta"
        ],
    ),
    "FCPXML": (
        ".fcpxml",
        fcpxml_reel,
        FCPXML,
        lambda data: [
            one.get("value", "") for one in elements(data) if one.get("key") == "com.lipflap.filmed"
        ],
    ),
    **{
        name: (
            ".mlt",
            reel,
            MLT,
            lambda data: [
                str(one.text) for one in elements(data) if one.get("name") == "lipflap:filmed"
            ],
        )
        for name, reel in (("Kdenlive", kdenlive_reel), ("Shotcut", shotcut_reel))
    },
    "GES": (".xges", xges_reel, XGES, of_gstreamer),
    "EDL": (
        ".edl",
        edl_reel,
        EDL,
        lambda data: re.findall(r"^\* COMMENT: FILMED AS (.*)$", data.decode(), re.MULTILINE),
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_filmed_is_named_in_the_document(tmp_path: Path, dialect: str) -> None:
    suffix, reel, writer, read = DIALECTS[dialect]
    path = tmp_path / f"reel{suffix}"
    path.write_text(reel(tmp_path, RATE), encoding="utf-8")
    timeline = read_timeline(path, rate=RATE if suffix == ".edl" else None)
    hosts = {
        unquote(Path(file_of(reference_of(one.clip)) or one.clip.name).name): host_element(one.clip)
        for one in place_clips(timeline, detect_dialect(timeline))
        if not one.is_sound
    }
    places = {file: hosts[media_name(file)] for file in (1, 4)}
    shots = dubbed_shots(tmp_path, places, RATE, places)
    shots = tuple(replace(one, filmed=FILMED, has_sound=True) for one in shots)
    for how in writer.modes:
        found = writer.patch(path.read_bytes(), path, delivery(shots, how, RATE)).data
        assert read(found) == [str(FILMED)] * 2, how
        unknown = tuple(replace(one, filmed=None) for one in shots)
        assert not read(writer.patch(path.read_bytes(), path, delivery(unknown, how, RATE)).data)


def test_a_clips_own_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "reel.xml"
    said = "<comments><clipcommenta>mine</clipcommenta></comments></clipitem>"
    path.write_text(fcp7_reel(tmp_path, RATE).replace("</clipitem>", said, 1), encoding="utf-8")
    first = next(one for one in read_timeline(path).find_clips())
    (shot,) = dubbed_shots(tmp_path, {1: host_element(first)}, RATE, (1,))
    brought = delivery((replace(shot, filmed=FILMED),), FCP7.modes[-1], RATE)
    comments = [
        (one.tag, one.text)
        for one in elements(FCP7.patch(path.read_bytes(), path, brought).data)
        if one.tag.startswith("clipcomment")
    ]
    assert comments == [("clipcommenta", "mine"), ("clipcommentb", f"Filmed as {FILMED}")]
