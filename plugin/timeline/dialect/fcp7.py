"""Final Cut 7 XML as Final Cut, Premiere, Resolve and Hiero write it.

The adapter leaves what it does not know in the metadata, item.metadata["fcp_xml"]. From there comes
into OTIO's own fields, and into the facts of plugin.timeline.item_facts:

    <enabled>FALSE                      enabled
    <filter> timeremap                  LinearTimeWarp; `in` counts frames of the retimed clip
    <filter> basic, crop, opacity ...   fills_frame, native_scale, opacity
    <compositemode>, <alphatype>        blend, see_through
    <stillframe>TRUE                    still
    <subclipinfo> startoffset           source_range: `in` counts from where the subclip begins
    <multiclip>                         what its active camera recorded, else unread
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.dialect.effect_values import Facts, as_number
from lipflap.plugin.timeline.dialect.fcp7_check import ITEMS, check_sequence
from lipflap.plugin.timeline.dialect.fcp7_effects import (
    Size,
    Values,
    active_effects,
    effect_facts,
    parameters,
    says,
    stated_size,
)
from lipflap.plugin.timeline.dialect.fcp7_multiclip import play_active_angles
from lipflap.plugin.timeline.host_metadata import said_by
from lipflap.plugin.timeline.item_facts import FACTS
from lipflap.plugin.timeline.otio_time import seconds

_FCP7 = "fcp_xml"
_REMAP = "Time Remap"
_DEFINED = ("file", "sequence", "clip", "multiclip")
_LEAST_PERCENT = 1  # Hiero writes a speed of 0.25 where others write 25


def read_fcp7(path: Path) -> otio.core.SerializableObject:
    """Return what a Final Cut 7 XML holds: a timeline, or a collection of them.

    Raises DubError for items that cannot be read and clips of one track that lie over one another,
    and what the adapter raises.
    """
    document = ET.fromstring(path.read_bytes())
    for sequence in document.iter("sequence"):
        for track in sequence.iterfind("./media/*/track"):
            _put_in_order(track, str(path))
        check_sequence(sequence, str(path))
    _put_in_definitions(document)
    parser = otio.adapters.from_name("fcp_xml").module().FCP7XMLParser
    timelines = parser(document).top_level_sequences()
    if not timelines:
        raise DubError("holds no sequence.", where=str(path), fix="Export the sequence again.")
    if len(timelines) == 1:
        return timelines[0]
    return otio.schema.SerializableCollection(name="Sequences", children=timelines)


def _put_in_order(track: ET.Element, where: str) -> None:
    """Put the items of a track in the order of their starts, which the adapter takes them to have.

    Raises DubError where one begins before another ends, which the adapter would lay later.
    """
    items = [one for one in track if one.tag in ITEMS]
    starts = [_whole(one, "start") for one in items]
    if starts != sorted(starts) and min(starts) >= 0:
        items.sort(key=lambda one: _whole(one, "start"))
        for place, item in zip(
            [n for n, one in enumerate(track) if one.tag in ITEMS], items, strict=True
        ):
            track[place] = item
    clips = [one for one in items if one.tag != "transitionitem"]
    for one, following in pairwise(clips):
        if 0 <= _whole(following, "start") < _whole(one, "end"):
            names = (repr(each.findtext("name", "").strip()) for each in (following, one))
            raise DubError(
                "cannot be read: {} begins before {} ends, on the same track.".format(*names),
                where=where,
                fix="Lay one of them on a track of its own, and export the cut again.",
            )


def _whole(item: ET.Element, tag: str) -> int:
    """Return a whole number of an item; -1, which a transition stands for, where it has none."""
    try:
        return int(item.findtext(tag, "-1"))
    except ValueError:  # refused later
        return -1


def _put_in_definitions(document: ET.Element) -> None:
    """Put the files and sequences that clips name by their id into these clips.

    The adapter knows those alone that are defined before, and looks for the tracks of a nested
    sequence one level too high.
    """
    defined: dict[tuple[str, str | None], ET.Element] = {}
    for element in document.iter():
        if element.tag in _DEFINED and len(element):
            defined.setdefault((element.tag, element.get("id")), element)
    play_active_angles(document, defined)
    for clip in list(document.iter("clipitem")):
        for index, child in enumerate(clip):
            if child.tag in ("file", "sequence"):
                whole = child if len(child) else defined.get((child.tag, child.get("id")), child)
                clip[index] = _nested(whole) if child.tag == "sequence" else whole
        if clip.find("file") is None and clip.find("sequence") is None:
            file = ET.SubElement(clip, "file")  # without one the adapter reads nothing at all
            ET.SubElement(file, "name").text = clip.findtext("name")


def _nested(sequence: ET.Element) -> ET.Element:
    """Return a sequence whose tracks are where the adapter looks for those of a nested one."""
    nested = ET.Element("sequence")
    nested.extend(child for child in sequence if child.tag in ("name", "rate"))
    nested.extend(sequence.iterfind("./media/*"))
    return nested


def adopt_fcp7(timeline: otio.schema.Timeline) -> None:
    """Put what the metadata of a timeline's items says into OTIO's fields and the facts, once.

    The timeline may have become an OTIO file in between, by OTIO's own tools or as a dubbed cut.
    """
    if _FCP7 not in timeline.metadata or FACTS in timeline.metadata:
        return
    timeline.metadata[FACTS] = {"read_from": _FCP7}
    frame = stated_size(said_by(_FCP7, timeline))
    for item in timeline.tracks.find_children(descended_from_type=otio.core.Item):
        said = item.metadata.get(_FCP7)
        if isinstance(said, Mapping):
            _adopt(item, said, frame)


def _adopt(item: otio.core.Item, said: Mapping[str, Any], frame: Size) -> None:
    if says(said.get("enabled"), "FALSE"):
        item.enabled = False
    facts = _facts(item, said, frame)
    before, after = _outside_subclip(item, said)
    remaps = [one for one in active_effects(said) if says(one.get("effectid"), "timeremap")]
    if facts.get("still"):
        _hold(item, as_number(said.get("stillframeoffset")))
    elif before and not remaps:
        _start_at(item, seconds(item.source_range.start_time, item) + before)
    for effect in remaps:
        facts |= _retime(item, parameters(effect), before, after)
    if facts:
        item.metadata[FACTS] = facts


def _facts(item: otio.core.Item, said: Mapping[str, Any], frame: Size) -> Facts:
    reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
    media = stated_size(said_by(_FCP7, reference)) if reference else None
    facts: Facts = {}
    for effect in active_effects(said):
        facts |= effect_facts(effect, frame, media)
    mode, alpha = said.get("compositemode"), said.get("alphatype")
    if isinstance(mode, str) and not says(mode, "normal"):
        facts["blend"] = mode
    if isinstance(alpha, str) and not says(alpha, "none"):
        facts["see_through"] = True
    if says(said.get("stillframe"), "TRUE"):
        facts["still"] = True
    if "multiclip" in said:
        why = said["multiclip"]
        facts["unread"] = why if isinstance(why, str) else "multiclip, whose cameras are not read"
    return facts


def _outside_subclip(item: otio.core.Item, said: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    """Return the seconds of its media that a subclip leaves out before it and after it."""
    info = said.get("subclipinfo")
    if not isinstance(info, Mapping) or "multiclip" in said:
        return Fraction(0), Fraction(0)
    rate = exact_rate(item.source_range.start_time.rate)
    frames = (as_number(info.get(name)) or 0 for name in ("startoffset", "endoffset"))
    before, after = (max(Fraction(0), Fraction(one) / rate) for one in frames)
    return before, after


def _hold(item: otio.core.Item, frame: float | None) -> None:
    """Let a still start at the frame of its media that it holds, where the document says which."""
    if frame is not None and frame >= 0:
        rate = exact_rate(item.source_range.start_time.rate)
        _start_at(item, _media_range(item)[0] + Fraction(frame) / rate)


def _retime(item: otio.core.Item, values: Values, before: Fraction, after: Fraction) -> Facts:
    """Retime an item, which changes, as its Time Remap says; return the fact that it cannot be.

    `in` counts the frames of the retimed clip: at 125 %, in 24 is frame 30 of the media. Backwards
    it counts from the end of the media.

    before, after   seconds of the media that a subclip leaves out
    """
    percent = as_number(values.get("speed", ["100"])[-1])
    is_varied = any(as_number(value) for value in values.get("variablespeed", ()))
    if percent is None or is_varied or 0 < abs(percent) < _LEAST_PERCENT:
        return {"uneven_speed": _REMAP}
    speed = Fraction(percent).limit_denominator(100_000) / 100
    if says(values.get("reverse", [""])[-1], "TRUE"):
        speed = -abs(speed)
    start, length = _media_range(item)
    if speed == 1:
        _start_at(item, seconds(item.source_range.start_time, item) + before)
        return {}
    advanced = seconds(item.source_range.start_time, item) - start
    if speed < 0:
        if length is None:
            return {"uneven_speed": _REMAP}
        frame = 1 / exact_rate(item.source_range.duration.rate)
        last_shown = advanced + seconds(item.source_range.duration, item) - frame
        _start_at(item, start + length - after - frame + last_shown * speed)
    else:
        _start_at(item, start + before + advanced * (speed or 1))
    _warp(item, speed)
    return {}


def _media_range(item: otio.core.Item) -> tuple[Fraction, Fraction | None]:
    """Return the start of an item's media and its length, in seconds; None where it states none."""
    reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
    if reference is None or reference.available_range is None:
        return Fraction(0), None
    stated = reference.available_range
    return seconds(stated.start_time, item), seconds(stated.duration, item) or None


def _start_at(item: otio.core.Item, start: Fraction) -> None:
    """Let an item, which changes, start at a time of its media, in seconds."""
    rate = item.source_range.start_time.rate
    item.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(float(start * exact_rate(rate)), rate),
        item.source_range.duration,
    )


def _warp(item: otio.core.Item, speed: Fraction) -> None:
    """Give an item OTIO's own effect for a speed, in place of that of the document."""
    others = [e for e in item.effects if not says(_effect_id(e), "timeremap")]
    warp = otio.schema.LinearTimeWarp(time_scalar=float(speed)) if speed else None
    item.effects[:] = [*others, warp or otio.schema.FreezeFrame()]


def _effect_id(effect: otio.schema.Effect) -> object:
    said = effect.metadata.get(_FCP7)
    return said.get("effectid") if isinstance(said, Mapping) else None
