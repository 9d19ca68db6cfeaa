"""Real exports of Final Cut Pro against a second computation: offsets added up along the XML."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, needs_real

from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.clip.clip_frames import frame_at_record_start, media_rate
from lipflap.plugin.timeline.dialect.fcpxml.read import read_fcpxml
from lipflap.plugin.timeline.dialect.speed import OTIO
from lipflap.plugin.timeline.placement.place_clips import place_clips

EXPORTS = sorted((REAL / "fcpxml").glob("*.fcpxml"))
NO_PROJECT = {"EventsWithKeywords", "StandaloneAssetClip", "StandaloneRefClip"}
FIRST = {"asset-clip", "video", "clip", "sync-clip", "mc-clip", "ref-clip", "title", "gap"}

Shot = tuple[Fraction, Fraction, str, Fraction | None]  # record start, length, file, first frame


def seconds(text: str | None) -> Fraction:
    return Fraction((text or "0s").rstrip("s"))


class Export:
    """The pictures of an export, in seconds of their project."""

    def __init__(self, path: Path) -> None:
        self.root = ET.parse(path).getroot()
        self.by_id = {one.get("id"): one for one in self.root.find("resources") or ()}

    def shots(self) -> Counter[Shot]:
        found: Counter[Shot] = Counter()
        for project in self.root.iter("project"):
            found += self.of_sequence(project.find("sequence"))
        return found

    def of_sequence(self, sequence: ET.Element) -> Counter[Shot]:
        spine, rate = sequence.find("spine"), self.rate(sequence)
        return Counter(self.walk(spine, -seconds(sequence.get("tcStart")), rate))

    def rate(self, element: ET.Element) -> Fraction:
        return 1 / seconds(self.by_id[element.get("format")].get("frameDuration"))

    def walk(self, parent: ET.Element, zero: Fraction, rate: Fraction) -> Iterator[Shot]:
        for child in parent:
            if child.tag in {*FIRST, "audition"} and child.get("lane") is None:
                yield from self.one(child, zero + seconds(child.get("offset")), rate)

    def one(self, element: ET.Element, at: Fraction, rate: Fraction) -> Iterator[Shot]:
        clip = element if element.tag != "audition" else next(iter(element))
        asset = self.by_id.get(clip.get("ref"))
        start = seconds(clip.get("start") or (asset.get("start") if asset is not None else None))
        local = start
        conform = clip.find("conform-rate")
        scale = Fraction(1)
        if conform is not None and conform.get("scaleEnabled") != "0":
            source = exact_rate(float(conform.get("srcFrameRate")))
            scale = rate / source if abs(rate / source - 1) < 0.05 else round(source) / source
            if abs(rate / source - 1) >= 0.05:
                start /= scale
        length = seconds(clip.get("duration"))
        media, time = self.media(clip, start)
        if clip.get("srcEnable") == "audio":
            pass
        elif clip.tag == "ref-clip":
            for begin, lasts, file, frame in self.of_sequence(asset.find("sequence")).elements():
                yield at - start + begin, lasts, file, frame
        elif media is None and clip.tag == "mc-clip":
            yield from self.walk(self.angle(clip), at - start, rate)
        elif media is not None:
            frame = None
            if clip.find("timeMap") is None and seconds(media.get("duration")):
                frame = time * self.rate(media)
            file = media.find("media-rep")
            yield at, length, unquote((file if file is not None else media).get("src")), frame
        for child in clip:
            if child.get("lane") is None or child.tag not in {*FIRST, "spine"}:
                continue
            place = at + (seconds(child.get("offset")) - local) / scale
            yield from (
                self.walk(child, place, rate)
                if child.tag == "spine"
                else self.one(child, place, rate)
            )

    def angle(self, clip: ET.Element) -> ET.Element:
        source = next(one for one in clip.iter("mc-source") if one.get("srcEnable") != "audio")
        angles = self.by_id[clip.get("ref")].iter("mc-angle")
        return next(one for one in angles if one.get("angleID") == source.get("angleID"))

    def media(self, clip: ET.Element, time: Fraction) -> tuple[ET.Element | None, Fraction]:
        """The asset that is seen at a clip's local time, and the time in it."""
        if clip.tag in ("asset-clip", "video"):
            asset = self.by_id.get(clip.get("ref"))
            seen = asset is not None and asset.get("hasVideo") == "1"
            return (asset if seen else None), time
        inside = self.angle(clip) if clip.tag == "mc-clip" else clip
        for child in inside:
            if child.get("lane") is not None or child.tag not in FIRST:
                continue
            begin = seconds(child.get("offset"))
            if begin <= time < begin + seconds(child.get("duration")):
                asset = self.by_id.get(child.get("ref"))
                default = asset.get("start") if asset is not None else None
                inner = seconds(child.get("start") or default) + time - begin
                return self.media(child, inner)
        return None, time


def read_shots(path: Path) -> Counter[Shot]:
    """What the reader makes of it, in seconds of the timelines."""
    found: Counter[Shot] = Counter()
    projects = read_fcpxml(path)  # OTIO's iterators do not keep what they go through
    for timeline in projects:
        for placed in place_clips(timeline, OTIO):
            clip, body = placed.clip, placed.body
            if placed.is_sound or not isinstance(
                clip.media_reference, otio.schema.ExternalReference
            ):
                continue
            frame = None
            if clip.media_reference.available_range is not None and not clip.effects:
                rate = exact_rate(timeline.global_start_time.rate)
                frame = frame_at_record_start(
                    clip, Fraction(1), Fraction(1), Fraction(0), body.seconds, rate
                )
            found[body.start, body.seconds, unquote(clip.media_reference.target_url), frame] += 1
            assert media_rate(clip) > 0
    return found


def without_frames(shots: Counter[Shot]) -> Counter[tuple[Fraction, Fraction, str]]:
    return Counter(shot[:3] for shot in shots.elements())


@needs_real
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem.split("__")[1])
def test_every_picture_has_its_media_and_its_exact_record_range(path: Path) -> None:
    if path.stem.split("__")[1] in NO_PROJECT:
        return
    ours, theirs = read_shots(path), Export(path).shots()
    assert without_frames(ours) == without_frames(theirs)
    known = {shot for shot in ours if shot[3] is not None}
    second = {shot[:3]: shot[3] for shot in theirs if shot[3] is not None}
    for start, length, file, frame in known:
        expected = second[start, length, file]
        assert expected is not None
        assert abs(frame - expected) <= Fraction(1, 100)  # as near as media_frame takes for whole


@needs_real
def test_the_exports_hold_pictures() -> None:
    total = sum(
        Export(path).shots().total()
        for path in EXPORTS
        if path.stem.split("__")[1] not in NO_PROJECT
    )
    assert total >= 150
