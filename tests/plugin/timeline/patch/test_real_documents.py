"""Every real document that can be patched, in every way: no byte outside our own ranges changes."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from support.cuts.dubbed_shots import dubbed_shots
from support.cuts.timelines import REAL, needs_real

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How
from lipflap.plugin.timeline.patch.writers import WRITERS
from lipflap.plugin.timeline.patch.xml_spans import Element, parse_xml
from lipflap.plugin.timeline.read import read_timeline

FOLDERS = ("fcp7xml", "fcpxml", "kdenlive", "xges")
DOCUMENTS = [path for folder in FOLDERS for path in sorted((REAL / folder).glob("*"))]

# Numbers of tracks and lanes, which are counted anew, what Kdenlive notes of groups, and the
# name and identifier of Final Cut's project, which is a new one.
COUNTED = re.compile(
    rb"""(?<=<project )[^>]*|(?<=[ ]lane=")\d+|(?<=priority=).\d+.|(?<=groups">)[^<]*"""
    rb"""|(?<=_track">)\d+(?=<)|(?<="track">)\d+(?=<)|(?<=activeTrack">)\d+|(?<=Target">)\d+"""
)
TOKEN = re.compile(rb"<[^>]*>|[^<]+")


@cache
def dubbed(path: Path) -> tuple[Delivery, str]:
    """All shots of a document as they come back, under its own name."""
    timeline = read_timeline(path)
    cut = extract_cut(timeline, path=path)
    shots = tuple(replace(one, has_sound=True) for one in dubbed_shots(path, cut.rate))
    name = timeline.name or path.stem
    return Delivery(shots, (), How.TRACK, name, cut.rate, cut.first_frame), path.suffix


def elements(data: bytes, shots: tuple[DubbedShot, ...]) -> Iterator[Element]:
    """The elements of dubbed clips: by their place, or in Final Cut 7 XML by their id."""
    document = parse_xml(data, "document")
    by_id = {one.attributes.get("id"): one for one in document.root.iter("clipitem")}
    for shot in shots:
        found = by_id.get(shot.element) or document.at(shot.element)
        assert found is not None
        yield found


def outside(data: bytes, shots: tuple[DubbedShot, ...], suffix: str) -> list[bytes]:
    """The tokens of a document but for dubbed clips; of FCPXML, whose clips hold others, but tags.

    Of Final Cut 7 XML without what names a file alone: its definition may move there.
    """
    kept = bytearray(data)
    for one in elements(data, shots):
        end = data.index(b">", one.start) + 1 if suffix == ".fcpxml" else one.end
        kept[one.start : end] = b"\0" * (end - one.start)
    text = re.sub(rb'<file id="[^"]*"\s*/>', b"", bytes(kept)) if suffix == ".xml" else bytes(kept)
    return [one for one in tokens(text.replace(b"\0", b"")) if one.strip()]


def tokens(data: bytes) -> list[bytes]:
    """All tags and texts; an empty tag is like an open one, for something may come into it."""
    return TOKEN.findall(COUNTED.sub(b"#", data).replace(b"/>", b">"))


def first_lost(wanted: list[bytes], found: list[bytes]) -> bytes:
    """The first of some tokens that does not follow the others in a document; empty for none."""
    rest = iter(found)
    return next((one for one in wanted if one not in rest), b"")


@needs_real
@pytest.mark.parametrize("how", How)
def test_real_documents_keep_every_byte_outside_our_ranges(how: How) -> None:
    patched = 0
    for path in DOCUMENTS:
        writer = WRITERS.get(path.suffix)
        try:
            delivery, suffix = dubbed(path)
        except DubError:  # no cut, or several
            continue
        if writer is None or how not in writer.modes or not delivery.shots:
            continue
        data = path.read_bytes()
        after = writer.patch(data, path, replace(delivery, how=how)).data
        changed = delivery.shots if how != How.TRACK else ()
        kept, found = outside(data, changed, suffix), tokens(after)
        if how == How.ALTERNATE:  # what is connected to a clip moves with the pick of its audition
            assert not Counter(kept) - Counter(found), path.name
        else:
            assert first_lost(kept, found) == b"", path.name
        assert after != data
        patched += 1
    assert patched >= {How.TRACK: 25, How.REPLACE: 24, How.ALTERNATE: 18}[how]
