"""An EDL as a timeline: record timecodes place, source in starts, M2 says the speed."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.timecode import is_drop_frame_rate
from lipflap.plugin.timeline.dialect.edl.counting import (
    Certainty,
    Counting,
    find_counting,
    unmarked_below,
)
from lipflap.plugin.timeline.dialect.edl.events import (
    DISSOLVE,
    KEY,
    KEY_BACKGROUND,
    KEY_OUT,
    Event,
    EventList,
    decode,
    read_events,
)
from lipflap.plugin.timeline.dialect.edl.notes import add_notes
from lipflap.plugin.timeline.host_metadata import said_by
from lipflap.plugin.timeline.otio_time import otio_rate

_log = logging.getLogger(__name__)

_TOLD, _UNMARKED = "told", "unmarked_below"
_PAL = (25, 50)  # which drop frame is never meant for


@dataclass(frozen=True, slots=True)
class _Laid:
    """An event on one track, in frames of the cut.

    outgoing   the source that a transition mixes from, where it is seen in the mix alone
    """

    event: Event
    source: tuple[int, int]
    start: int
    end: int
    outgoing: Event | None = None


def read_edl(path: Path, rate: Fraction | None = None) -> otio.schema.Timeline:
    """Return the timeline of an EDL; source ranges count in source timecode.

    rate   frames per second that the user gives; None to find it out
    What an editor should know of how it was read is told by `tell_reading`.
    Raises DubError for a file without events, a line that cannot be read and an impossible rate.
    """
    listed = read_events(decode(path.read_bytes()), str(path))
    counting = find_counting(listed, rate, str(path))
    channels = _lay(listed.events, counting)
    if not channels and (lost := _backwards(listed.events, counting)):
        raise DubError(lost[0], where=str(path))
    laid = [one for events in channels.values() for one in events]
    start = min((one.start for one in laid), default=0)
    made = otio.schema.Timeline(listed.title or path.stem)
    made.global_start_time = _time(start, counting.rate)
    told = [*([] if rate else [f"an EDL {counting.reason}."]), *filter(None, [counting.warning])]
    made.metadata["cmx_3600"] = {
        "rate_certainty": str(counting.certainty),
        _UNMARKED: unmarked_below(listed),
        _TOLD: [
            *told,
            *_odd_lengths(laid),
            *_backwards(listed.events, counting),
            *_unsplit(listed, counting),
        ],
    }
    for name, events in channels.items():
        kind = otio.schema.TrackKind.Audio if name[0] == "A" else otio.schema.TrackKind.Video
        for place, layer in enumerate(_without_overlaps(events)):
            track = otio.schema.Track(name if not place else f"{name} ({place + 1})", kind=kind)
            track.extend(_items(layer, start, counting))
            made.tracks.append(track)
    return made


def tell_reading(timeline: otio.schema.Timeline, path: Path) -> None:
    """Log what an editor should know of how an EDL was read; nothing of any other timeline."""
    for text in said_by("cmx_3600", timeline).get(_TOLD, ()):
        _log.warning("%s: %s", path, text)


def may_run_at(timeline: otio.schema.Timeline, rate: Fraction) -> bool:
    """Return whether an EDL may be one of this rate, which its media has.

    timeline   as `read_edl` returns it
    """
    match Certainty(timeline.metadata["cmx_3600"]["rate_certainty"]):
        case Certainty.ASSUMED:
            return True
        case Certainty.BASE:
            return round(rate) == round(timeline.global_start_time.rate)
        case Certainty.DROP:
            unmarked = timeline.metadata["cmx_3600"][_UNMARKED]
            return is_drop_frame_rate(rate) or (rate in _PAL and 0 < unmarked <= rate)
        case Certainty.EXACT:
            return False


def _lay(events: Sequence[Event], counting: Counting) -> dict[str, list[_Laid]]:
    """Return what lies on each track in record order: pictures first, keys above what they key."""
    channels: dict[str, list[_Laid]] = {}
    before: dict[str, tuple[Event, int]] = {}  # by channel: the last event, where it ends
    for event in events:
        source, record = counting.source(event), counting.record(event)
        for channel in event.channels:
            start, end = record
            last, last_end = before.get(channel, (None, None))
            before[channel] = event, end
            if end <= start:
                continue  # what a transition mixes from, or nothing
            late, outgoing = counting.late(event, channel), None
            start += late
            if event.mix and last is not None and last_end == start:
                outgoing = _only_in_mix(last, event, channels.get(channel, ()), counting)
            laid = _Laid(event, (source[0] + late, source[1]), start, end, outgoing)
            name = f"{channel} key" if event.edit in (KEY, KEY_OUT) else channel
            channels.setdefault(name, []).append(laid)
    for events_of in channels.values():
        events_of.sort(key=lambda one: one.start)
    return dict(sorted(channels.items(), key=lambda item: _track_order(item[0])))


def _track_order(name: str) -> tuple[bool, int, bool]:
    return name[0] == "A", int(name[1:].split()[0]), name.endswith("key")


def _only_in_mix(
    before: Event, event: Event, placed: Sequence[_Laid], counting: Counting
) -> Event | None:
    """Return what a transition mixes from, unless the event before plays on into it."""
    start, end = counting.record(before)
    if before.is_black or end > start:
        return None
    last = placed[-1] if placed and placed[-1].end == start else None
    if last is not None:
        goes_on = last.source[1] == counting.source(before)[0]
        is_retimed = last.event.speed is not None and last.event.reel == before.reel
        if goes_on or is_retimed:
            return None
    return replace(before, name=event.from_name, file=event.from_file)


def _without_overlaps(events: Iterable[_Laid]) -> list[list[_Laid]]:
    """Return layers in which no two events overlap; what was laid over another lies above it."""
    layers: list[list[_Laid]] = []
    for one in events:
        free = (layer for layer in layers if layer[-1].end <= one.start)
        layer = next(free, None)
        if layer is None:
            layers.append(layer := [])
        layer.append(one)
    return layers


def _items(
    events: Sequence[_Laid], start: int, counting: Counting
) -> Iterator[otio.core.Composable]:
    """Yield the clips, gaps and transitions of a track that starts at a record frame."""
    at = start
    for one in events:
        if one.start > at:
            yield _gap(one.start - at, counting.rate)
        if one.outgoing is not None:
            yield _clip(one.outgoing, counting.source(one.outgoing), 0, one.start, counting)
        if one.event.mix:
            yield _transition(one, counting.rate)
        length = one.end - one.start
        if one.event.is_black:
            yield _gap(length, counting.rate)
        else:
            yield _clip(one.event, one.source, length, one.start, counting)
        at = one.end


def _clip(
    event: Event, source: tuple[int, int], length: int, record: int, counting: Counting
) -> otio.schema.Clip:
    """Return the clip of an event, `length` record frames from `record` on."""
    step = Fraction(1) if event.speed is None else event.speed / round(counting.rate)
    source_rate = counting.source_rate(event)
    first = Fraction(source[0])
    if step < 0:
        first = _start_backwards(source, length, step)
    clip = otio.schema.Clip(
        name=event.name or event.file or event.reel,
        media_reference=_media(event),
        source_range=otio.opentime.TimeRange(
            _time(first, source_rate), _time(length, counting.rate)
        ),
    )
    speed = step * counting.rate / source_rate
    if speed == 0:
        clip.effects.append(otio.schema.FreezeFrame())
    elif speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(speed)))
    add_notes(clip, event, record, counting)
    return clip


def _start_backwards(source: tuple[int, int], length: int, speed: Fraction) -> Fraction:
    """Return the source frame at which a range that is played backwards starts, read forwards.

    It is played from its last frame, or from source in where source out is the lower one.
    """
    shown_first = source[1] - 1 if source[1] > source[0] else source[0]
    return shown_first + (length - 1) * speed


def _media(event: Event) -> otio.core.MediaReference:
    """Return a reference to the file where the EDL has its path, else a missing one by name."""
    for text in (event.path, event.file):
        if "/" in text or "\\" in text:
            return otio.schema.ExternalReference(target_url=text)
    return otio.schema.MissingReference(name=event.file or event.name)


def _transition(one: _Laid, rate: Fraction) -> otio.schema.Transition:
    length = min(one.event.mix, one.end - one.start)
    kind = "SMPTE_Dissolve" if one.event.edit == DISSOLVE else "Custom_Transition"
    return otio.schema.Transition(
        transition_type=kind,
        in_offset=_time(0, rate),
        out_offset=_time(length, rate),
        metadata={"cmx_3600": {"transition": one.event.edit, "transition_duration": length}},
    )


def _gap(length: int, rate: Fraction) -> otio.schema.Gap:
    return otio.schema.Gap(duration=_time(length, rate))


def _time(frame: int | Fraction, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(frame), otio_rate(rate))


def _backwards(events: Iterable[Event], counting: Counting) -> list[str]:
    """Return which events end on the record before they begin, and are left out."""
    spans = ((event.number, counting.record(event)) for event in events)
    numbers = list(dict.fromkeys(number for number, (start, end) in spans if end < start))
    if not numbers:
        return []
    return [
        "ends on the record before it begins, and is left out: event "
        f"{', '.join(numbers[:5])}. Correct its record timecodes."
    ]


def _unsplit(listed: EventList, counting: Counting) -> Iterator[str]:
    """Yield which split edits are not followed."""
    left = [
        event.number
        for event in listed.events
        if event.split and not any(counting.late(event, one) for one in event.channels)
    ]
    if left:
        yield (
            "has a split edit (SPLIT) that is not followed, for its event is retimed, shorter, or "
            f"without the track that waits: event {', '.join(left[:5])}."
        )
    if listed.ends_split:
        yield "has a SPLIT line after its last event, which is not followed."


def _odd_lengths(laid: Iterable[_Laid]) -> list[str]:
    """Return which events are not as long in their source as on the record, and say no speed."""
    odd = {
        one.event.number: one
        for one in laid
        if one.event.speed is None
        and not one.event.is_black
        and one.event.edit != KEY_BACKGROUND
        and one.source[1] - one.source[0] != one.end - one.start
    }
    if not odd:
        return []
    names = ", ".join(list(odd)[:5]) + (" and others" if len(odd) > 5 else "")
    return [
        "not as long in the source as in the cut, and without an M2 line for a speed: event "
        f"{names}. Its picture plays at its own speed from source in, for as long as the cut has "
        "it."
    ]
