"""The DUB track: what is seen of the new shots, on one track above all others that hold pictures.

    V2     |    gap   |==== B ====|       gap          |
    V1     |============= A ===================|x| C ===|      x: dissolve
    DUB    |=== A' ===|==== B' ====|=== A' =====|x| C' ==|

Tracks above it hold nothing but titles and other generators, which stay on top.
Where two shots are seen at once (a fade over a lower track) the upper one is laid. Transitions at a
shot's own ends are laid again, where the new files hold the frames for them.
"""

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.cut.time_range import TimeRange, difference, intersection
from lipflap.plugin.timeline.new_media import RenderedMedia, frame_at, new_reference, written_rate
from lipflap.plugin.timeline.placement import (
    OURS,
    PlacedClip,
    is_generated,
    offset,
    seconds,
    source_start,
)

DUB_TRACK = "DUB"
Address = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    """A part of a shot that is laid, and the transitions at its ends where they are all seen."""

    record: TimeRange
    name: str
    shot: RenderedMedia
    head: otio.schema.Transition | None
    tail: otio.schema.Transition | None

    def holds(self, record: Fraction) -> bool:
        """Whether the new file goes as far as a record time."""
        span = self.shot.available
        return span.start <= frame_at(self.shot, record) <= span.end


def add_dub_track(
    timeline: otio.schema.Timeline,
    laid: Mapping[Address, PlacedClip],
    shots: Mapping[Address, RenderedMedia],
) -> None:
    """Add the DUB track to `timeline`, which changes; one of an earlier conform is replaced."""
    pieces = sorted(_pieces(laid, shots), key=lambda piece: piece.record)
    root = timeline.tracks
    for index in reversed(range(len(root))):
        if isinstance(root[index], otio.schema.Track) and OURS in root[index].metadata:
            del root[index]
    if not pieces:
        return
    clock = _clock(timeline, next(iter(laid.values())))
    lead = seconds(source_start(root), root.name)
    track = otio.schema.Track(name=DUB_TRACK, kind=otio.schema.TrackKind.Video)
    track.metadata[OURS] = {"holds": "rendered mouths"}
    track.extend(list(_children(pieces, lead, clock)))
    root.insert(1 + max(_pictures(laid, shots))[0], track)


def _pictures(
    laid: Mapping[Address, PlacedClip], shots: Mapping[Address, RenderedMedia]
) -> list[Address]:
    """The clips that the new shots must lie above: all but titles."""
    return [at for at, one in laid.items() if at in shots or not is_generated(one)]


def _clock(timeline: otio.schema.Timeline, laid: PlacedClip) -> float:
    """The cut's rate as this timeline writes it."""
    start = timeline.global_start_time
    if start is not None and start.rate > 1:
        return float(start.rate)
    return float(laid.clip.trimmed_range().duration.rate)


def _pieces(
    laid: Mapping[Address, PlacedClip], shots: Mapping[Address, RenderedMedia]
) -> Iterator[_Segment]:
    """What is seen of each shot's body, upper tracks first; what they take is not laid again."""
    taken: list[TimeRange] = []
    for address in sorted(shots, reverse=True):
        one = laid[address]
        seen = intersection([one.body], one.seen)
        for part in difference(seen, taken):
            insort(taken, part)
            yield _piece(one, shots[address], part)


def _piece(laid: PlacedClip, shot: RenderedMedia, record: TimeRange) -> _Segment:
    piece = _Segment(record, laid.clip.name, shot, None, None)
    return _Segment(
        record,
        laid.clip.name,
        shot,
        head=_mix(laid, piece, -1) if record.start == laid.body.start else None,
        tail=_mix(laid, piece, 1) if record.end == laid.body.end else None,
    )


def _mix(laid: PlacedClip, piece: _Segment, side: int) -> otio.schema.Transition | None:
    """The transition before (-1) or after (1) a clip, if all the clip gives to it can be laid."""
    track, index = laid.clip.parent(), laid.address[-1] + side
    if not isinstance(track, otio.schema.Track) or not 0 <= index < len(track):
        return None
    reach = (
        TimeRange(laid.record.start, laid.body.start)
        if side < 0
        else TimeRange(laid.body.end, laid.record.end)
    )
    whole = not difference([reach], laid.seen)
    held = piece.holds(reach.start) and piece.holds(reach.end)
    neighbour = track[index]
    return neighbour if isinstance(neighbour, otio.schema.Transition) and whole and held else None


def _children(
    pieces: Sequence[_Segment], lead: Fraction, clock: float
) -> Iterator[otio.core.Composable]:
    yield from _between(None, pieces[0], pieces[0].record.start + lead, clock)
    for left, right in pairwise([*pieces, None]):
        assert left is not None
        yield _clip(left, clock)
        room = right.record.start - left.record.end if right else None
        yield from _between(left, right, room, clock)


def _between(
    left: _Segment | None, right: _Segment | None, room: Fraction | None, clock: float
) -> Iterator[otio.core.Composable]:
    """What lies between two pieces: a dissolve where they touch, else a gap and the fades that fit.

    room   record seconds between them, None after the last
    """
    tail, head = left.tail if left else None, right.head if right else None
    out, into = offset(tail, "out_offset"), offset(head, "in_offset")
    if left and right and not room:
        mix = tail or head
        if mix and _reach(left, right, mix):
            yield deepcopy(mix)
        return
    room = out if room is None else room
    if tail and out + into <= room:
        yield deepcopy(tail)
    if room:
        yield otio.schema.Gap(duration=_duration(room, clock))
    if head and out + into <= room:
        yield deepcopy(head)


def _reach(left: _Segment, right: _Segment, mix: otio.schema.Transition) -> bool:
    """Whether two pieces are long enough for a dissolve, and their files go beyond the cut."""
    into, out = offset(mix, "in_offset"), offset(mix, "out_offset")
    long_enough = into <= left.record.seconds and out <= right.record.seconds
    held = left.holds(left.record.end + out) and right.holds(right.record.start - into)
    return long_enough and held


def _clip(piece: _Segment, clock: float) -> otio.schema.Clip:
    rate = written_rate(piece.shot.available.rate, clock)
    first = frame_at(piece.shot, piece.record.start)
    return otio.schema.Clip(
        name=piece.name,
        media_reference=new_reference(piece.shot, clock),
        source_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(first), rate), _duration(piece.record.seconds, clock)
        ),
        metadata={OURS: dict(piece.shot.provenance)},
    )


def _duration(length: Fraction, clock: float) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(length * exact_rate(clock)), clock)
