"""What an EDL says of an event beside its times: names, locators, colour, the line it stands in."""

import re
from collections.abc import Iterable, Iterator, Mapping

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.edl.counting import Counting
from lipflap.plugin.timeline.dialect.edl.events import KEY, KEY_OUT, Event
from lipflap.plugin.timeline.otio_time import otio_rate

_LOCATOR = re.compile(
    r"^LOC:?\s+(?P<code>\d\d[:;.]\d\d[:;.]\d\d[:;.]\d\d)(?:\s+(?P<colour>\w+))?\s*(?P<text>.*)$",
    re.IGNORECASE,
)
_NUMBER = r"[+-]?\d{0,6}\.?\d{1,12}"
_SOP = re.compile(rf"^ASC_SOP:?\s*\(({_NUMBER}[^)]*)\)\s*\(([^)]*)\)\s*\(([^)]*)\)", re.IGNORECASE)
_SAT = re.compile(rf"^ASC_SAT:?\s*({_NUMBER})", re.IGNORECASE)
_COLOURS = {name for name in dir(otio.schema.MarkerColor) if name.isupper()}


def add_notes(clip: otio.schema.Clip, event: Event, record: int, counting: Counting) -> None:
    """Write into a clip what its event says; `record` is the frame at which the clip starts."""
    said = {
        "reel": "" if event.reel.upper() == "AX" else event.reel,
        "clip_name": event.name,
        "source_file": event.file,
        "source_path": event.path,
        "channels": " ".join(event.channels),
        "event": event.number,
    }
    notes = {key: value for key, value in said.items() if value}
    clip.metadata["cmx_3600"] = notes | (
        {"comments": list(event.comments)} if event.comments else {}
    )
    clip.metadata["lipflap"] = {"element": str(event.line)}
    if event.edit in (KEY, KEY_OUT):
        clip.metadata["lipflap_facts"] = {"fills_frame": False}
    if grade := _grade(event.comments):
        clip.metadata["cdl"] = grade
    clip.markers.extend(_markers(clip, event, record, counting))


def _markers(
    clip: otio.schema.Clip, event: Event, record: int, counting: Counting
) -> Iterator[otio.schema.Marker]:
    """Yield the locators of an event; their record timecode becomes a time of the source."""
    start = clip.source_range.start_time
    for found in filter(None, map(_LOCATOR.match, event.comments)):
        at = counting.record_frame(event, found["code"]) - record
        colour = (found["colour"] or "").upper()
        yield otio.schema.Marker(
            name=found["text"].strip(),
            marked_range=otio.opentime.TimeRange(
                start + otio.opentime.RationalTime(at, start.rate),
                otio.opentime.RationalTime(0, otio_rate(counting.rate)),
            ),
            color=colour if colour in _COLOURS else otio.schema.MarkerColor.RED,
        )


def _grade(comments: Iterable[str]) -> Mapping[str, object]:
    """Return the ASC colour decision of an event as OpenTimelineIO's adapters write it."""
    grade: dict[str, object] = {}
    for text in comments:
        if found := _SOP.match(text):
            slope, offset, power = (
                [float(number) for number in re.findall(_NUMBER, group)] for group in found.groups()
            )
            grade["asc_sop"] = {"slope": slope, "offset": offset, "power": power}
        elif found := _SAT.match(text):
            grade["asc_sat"] = float(found[1])
    return grade
