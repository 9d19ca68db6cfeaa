"""The DUB track: the visible parts of the new shots, on one track above all other pictures.

    V2     |    gap   |==== B ====|       gap          |
    V1     |============= A ===================|x| C ===|      x: dissolve
    DUB    |=== A' ===|==== B' ====|=== A' =====|x| C' ==|

Tracks above it hold nothing but titles and other generators, which stay on top.
Where two shots are visible at once (a fade over a lower track) the upper one is used. Transitions
at a shot's own ends are repeated, where the new files hold the frames for them.
"""

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.cut.time_range import TimeRange, difference, intersection
from lipflap.plugin.timeline.new_media import RenderedMedia, frame_at, new_reference, written_rate
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.placement import (
    OURS,
    PlacedClip,
    offset,
    source_start,
)

DUB_TRACK = "DUB"
Address = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    """A visible part of a shot, and the transitions at its ends where they are wholly visible."""

    record: TimeRange
    name: str
    shot: RenderedMedia
    head: otio.schema.Transition | None
    tail: otio.schema.Transition | None

    def holds(self, record: Fraction) -> bool:
        """Return whether the new file reaches to a record time."""
        span = self.shot.available
        return span.start <= frame_at(self.shot, record) <= span.end


def add_dub_track(
    timeline: otio.schema.Timeline,
    pictures: Mapping[Address, PlacedClip],
    shots: Mapping[Address, RenderedMedia],
) -> None:
    """Add the DUB track to `timeline`, which changes; one of an earlier conform is replaced."""
    segments = sorted(_segments(pictures, shots), key=lambda segment: segment.record)
    root = timeline.tracks
    for index in reversed(range(len(root))):
        if isinstance(root[index], otio.schema.Track) and OURS in root[index].metadata:
            del root[index]
    if not segments:
        return
    rate = _cut_rate(timeline, next(iter(pictures.values())))
    lead = seconds(source_start(root), root)
    track = otio.schema.Track(name=DUB_TRACK, kind=otio.schema.TrackKind.Video)
    track.metadata[OURS] = {"holds": "rendered mouths"}
    track.extend(list(_children(segments, lead, rate)))
    root.insert(1 + max(_all_but_titles(pictures, shots))[0], track)


def _all_but_titles(
    pictures: Mapping[Address, PlacedClip], shots: Mapping[Address, RenderedMedia]
) -> list[Address]:
    """Return the clips that the new shots must lie above."""
    return [address for address, one in pictures.items() if address in shots or one.facts.covers]


def _cut_rate(timeline: otio.schema.Timeline, picture: PlacedClip) -> float:
    """Return the cut's rate as this timeline writes it."""
    start = timeline.global_start_time
    if start is not None and start.rate > 1:
        return float(start.rate)
    return float(picture.clip.trimmed_range().duration.rate)


def _segments(
    pictures: Mapping[Address, PlacedClip], shots: Mapping[Address, RenderedMedia]
) -> Iterator[_Segment]:
    """Yield the visible parts of each shot's body, upper tracks first; no time twice."""
    used: list[TimeRange] = []
    for address in sorted(shots, reverse=True):
        placed = pictures[address]
        visible = intersection([placed.body], placed.visible)
        for record in difference(visible, used):
            insort(used, record)
            yield _segment(placed, shots[address], record)


def _segment(placed: PlacedClip, shot: RenderedMedia, record: TimeRange) -> _Segment:
    segment = _Segment(record, placed.clip.name, shot, None, None)
    return replace(
        segment,
        head=_transition(placed, segment, -1) if record.start == placed.body.start else None,
        tail=_transition(placed, segment, 1) if record.end == placed.body.end else None,
    )


def _transition(placed: PlacedClip, segment: _Segment, side: int) -> otio.schema.Transition | None:
    """Return the transition before (-1) or after (1) a clip, if the new file can repeat it."""
    track, index = placed.clip.parent(), placed.address[-1] + side
    if not isinstance(track, otio.schema.Track) or not 0 <= index < len(track):
        return None
    reach = (
        TimeRange(placed.record.start, placed.body.start)
        if side < 0
        else TimeRange(placed.body.end, placed.record.end)
    )
    is_visible = not difference([reach], placed.visible)
    is_held = segment.holds(reach.start) and segment.holds(reach.end)
    neighbour = track[index]
    is_transition = isinstance(neighbour, otio.schema.Transition)
    return neighbour if is_transition and is_visible and is_held else None


def _children(
    segments: Sequence[_Segment], lead: Fraction, rate: float
) -> Iterator[otio.core.Composable]:
    yield from _between(None, segments[0], segments[0].record.start + lead, rate)
    for left, right in pairwise([*segments, None]):
        assert left is not None
        yield _clip(left, rate)
        room = right.record.start - left.record.end if right else None
        yield from _between(left, right, room, rate)


def _between(
    left: _Segment | None, right: _Segment | None, room: Fraction | None, rate: float
) -> Iterator[otio.core.Composable]:
    """Yield a dissolve where two segments touch, else a gap and the fades that fit.

    room   record seconds between them, None after the last
    """
    tail, head = left.tail if left else None, right.head if right else None
    out, into = offset(tail, "out_offset"), offset(head, "in_offset")
    if left and right and not room:
        dissolve = tail or head
        if dissolve and _can_dissolve(left, right, dissolve):
            yield deepcopy(dissolve)
        return
    room = out if room is None else room
    if tail and out + into <= room:
        yield deepcopy(tail)
    if room:
        yield otio.schema.Gap(duration=_duration(room, rate))
    if head and out + into <= room:
        yield deepcopy(head)


def _can_dissolve(left: _Segment, right: _Segment, dissolve: otio.schema.Transition) -> bool:
    """Return whether two segments are long enough for a dissolve, and their files hold it."""
    into, out = offset(dissolve, "in_offset"), offset(dissolve, "out_offset")
    is_long_enough = into <= left.record.seconds and out <= right.record.seconds
    is_held = left.holds(left.record.end + out) and right.holds(right.record.start - into)
    return is_long_enough and is_held


def _clip(segment: _Segment, cut_rate: float) -> otio.schema.Clip:
    rate = written_rate(segment.shot.available.rate, cut_rate)
    first = frame_at(segment.shot, segment.record.start)
    return otio.schema.Clip(
        name=segment.name,
        media_reference=new_reference(segment.shot, cut_rate),
        source_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(first), rate),
            _duration(segment.record.seconds, cut_rate),
        ),
        metadata={OURS: dict(segment.shot.provenance)},
    )


def _duration(length: Fraction, rate: float) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(length * exact_rate(rate)), rate)
