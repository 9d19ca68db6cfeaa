"""The DUB track: the new shots, whole, directly above the highest track that holds one.

    V3     |        title             |                          stays on top
    DUB    |====== A' ======|x| C' ==|x| D |                     x: dissolve, D: as in the cut
    V2     |    gap   |B|                                        B fills the frame: A' is cut by it
    V1     |===== A ========|x| C ===|x|===== D ====|

What covers a shot between its own track and DUB cuts it. Where something there lets the shot be
seen through it (a title, a picture in the picture, a fade), DUB would hide it: that shot lies on a
DUB track of its own, directly above its own track.
Dissolves are repeated. Where the other side was not dubbed, its own clip is laid for the length of
the mix: a dissolve into a gap would show the old mouth, and not every program can load it.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.cut.time_range import TimeRange, difference, intersection
from lipflap.plugin.timeline.dialect.speed import clip_speed, detect_dialect
from lipflap.plugin.timeline.dubbed.copied_item import dubbed_copy, trimmed_copy
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia, frame_at, written_rate
from lipflap.plugin.timeline.item_names import DUB_TRACK, OURS
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.patch.dubbed_shot import Address
from lipflap.plugin.timeline.placement.item_length import offset, seconds_of, source_start
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip


@dataclass(frozen=True, slots=True)
class _Mix:
    """A transition at an end of a segment; `other` is the item on its far side, None for a fade."""

    transition: otio.schema.Transition
    other: otio.core.Item | None


@dataclass(frozen=True, slots=True)
class _Segment:
    """A piece of the track.

    record  where it lies; a part of `whole`, the place of the whole item
    item    the shot's clip in the cut, or an undubbed neighbour of one
    shot    the new file; None for a neighbour
    """

    record: TimeRange
    whole: TimeRange
    item: otio.core.Item
    shot: RenderedMedia | None
    head: _Mix | None = None
    tail: _Mix | None = None

    def holds(self, record: Fraction) -> bool:
        """Return whether the new file reaches to a record time; a neighbour does, as in the cut."""
        if self.shot is None:
            return True
        span = self.shot.available
        return span.start <= frame_at(self.shot, record) <= span.end


@dataclass(frozen=True, slots=True)
class _View:
    """The timeline as it is seen from above one of its tracks, without what lies higher.

    timeline   keeps the clips of `pictures` alive, and in their tracks
    """

    timeline: otio.schema.Timeline
    pictures: Mapping[Address, PlacedClip]


@dataclass(frozen=True, slots=True)
class _Home:
    """A track of the root above which a DUB track lies, and the shots that go there."""

    track: int
    view: _View
    shots: Mapping[Address, RenderedMedia]


def add_dub_tracks(timeline: otio.schema.Timeline, shots: Mapping[Address, RenderedMedia]) -> None:
    """Add the DUB track to `timeline`, which changes; those of an earlier conform are replaced.

    shots   what is to lie on the track, by address of the clip; at least one
    """
    root, dialect = timeline.tracks, detect_dialect(timeline)
    tracks = list(root)
    lead = seconds(source_start(root), root)
    laid: list[tuple[otio.core.Composable, otio.schema.Track]] = []
    for home in _homes(timeline, shots):
        if segments := _segments(home, dialect):
            name = DUB_TRACK if not laid else f"{DUB_TRACK} {len(laid) + 1}"
            rate = cut_rate(timeline, home.view.pictures.values())
            laid.append((tracks[home.track], _track(name, segments, lead, rate, dialect)))
    drop_dub_tracks(timeline)
    for below, track in laid:
        root.insert(next(i for i, one in enumerate(root) if one is below) + 1, track)


def drop_dub_tracks(timeline: otio.schema.Timeline) -> None:
    """Take the DUB tracks of an earlier conform out of `timeline`, which changes."""
    for track in list(timeline.tracks):
        if isinstance(track, otio.schema.Track) and OURS in track.metadata:
            timeline.tracks.remove(track)


def _homes(
    timeline: otio.schema.Timeline, shots: Mapping[Address, RenderedMedia]
) -> Iterator[_Home]:
    """Yield where the shots go, lowest first: what is seen through lies on its own track's DUB."""
    top = max(address[0] for address in shots)
    from_top = _view(timeline, top)
    alone = {
        address
        for address in shots
        if _is_seen_through(from_top.pictures[address], from_top.pictures.values())
    }
    for track in sorted({address[0] for address in alone}):
        own = {a: shot for a, shot in shots.items() if a in alone and a[0] == track}
        yield _Home(track, _view(timeline, track), own)
    yield _Home(top, from_top, {a: shot for a, shot in shots.items() if a not in alone})


def _view(timeline: otio.schema.Timeline, track: int) -> _View:
    under = deepcopy(timeline)
    del under.tracks[track + 1 :]
    placed = place_clips(under, detect_dialect(under))
    return _View(under, {one.address: one for one in placed if not one.is_sound})


def _is_seen_through(shot: PlacedClip, pictures: Iterable[PlacedClip]) -> bool:
    """Return whether something on a track above a shot's lets the shot be seen."""
    return any(
        shot.address[0] < one.address[0]
        and one.disabled_by is None
        and intersection([one.record], shot.visible)
        for one in pictures
    )


def cut_rate(timeline: otio.schema.Timeline, pictures: Iterable[PlacedClip]) -> float:
    """Return the cut's rate as this timeline writes it."""
    start = timeline.global_start_time
    if start is not None and start.rate > 1:
        return float(start.rate)
    return float(next(iter(pictures)).clip.trimmed_range().duration.rate)


def _segments(home: _Home, dialect: str) -> list[_Segment]:
    """Return the parts of the shots that nothing below the track covers, in record order.

    Where two shots show at once, the upper one is laid. Neighbours that they dissolve with are laid
    for as long as the mix lasts.
    """
    used: list[TimeRange] = []
    found: list[tuple[PlacedClip, _Segment]] = []
    for address in sorted(home.shots, reverse=True):
        placed = home.view.pictures[address]
        visible = intersection([placed.body], placed.visible)
        for record in difference(visible, used):
            insort(used, record)
            segment = _Segment(record, placed.body, placed.clip, home.shots[address])
            found.append((placed, segment))
    segments = []
    for placed, segment in found:
        head, before = _mix(placed, segment, -1, home.shots, dialect, used)
        tail, after = _mix(placed, segment, 1, home.shots, dialect, used)
        segments += [replace(segment, head=head, tail=tail)]
        for piece in filter(None, (before, after)):
            insort(used, piece.record)
            segments.append(piece)
    return sorted(segments, key=lambda segment: segment.record)


def _mix(
    placed: PlacedClip,
    segment: _Segment,
    side: int,
    shots: Mapping[Address, RenderedMedia],
    dialect: str,
    used: Sequence[TimeRange],
) -> tuple[_Mix | None, _Segment | None]:
    """Return the transition before (-1) or after (1) a segment, if the track can repeat it.

    With it the piece of the item on its far side, where that was not dubbed.
    """
    transition, other = _sibling(placed, side), _sibling(placed, 2 * side)
    if not isinstance(transition, otio.schema.Transition) or placed.nest_speed != 1:
        return None, None
    reach = (
        TimeRange(placed.record.start, placed.body.start)
        if side < 0
        else TimeRange(placed.body.end, placed.record.end)
    )
    is_at_end = reach.end == segment.record.start if side < 0 else reach.start == segment.record.end
    is_held = segment.holds(reach.start) and segment.holds(reach.end)
    if not is_at_end or not is_held or difference([reach], placed.visible):
        return None, None
    if not isinstance(other, otio.core.Item) or isinstance(other, otio.schema.Gap):
        return _Mix(transition, None), None
    if (*placed.address[:-1], placed.address[-1] + 2 * side) in shots:
        return _Mix(transition, other), None
    piece = _neighbour(other, reach, side, dialect)
    is_free = piece is not None and not intersection([piece.record], used)
    return (_Mix(transition, other), piece) if is_free else (None, None)


def _neighbour(item: otio.core.Item, reach: TimeRange, side: int, dialect: str) -> _Segment | None:
    """Return the piece of an item that a mix shows; None where its speed cannot be followed."""
    length = seconds_of(item, dialect)
    if reach.seconds > length or clip_speed(item)[1]:
        return None
    whole = (
        TimeRange(reach.end - length, reach.end)
        if side < 0
        else TimeRange(reach.start, reach.start + length)
    )
    if not reach.seconds:  # the mix ends with the cut: a transition still needs what comes after
        reach = whole
    return _Segment(reach, whole, item, None)


def _sibling(placed: PlacedClip, steps: int) -> otio.core.Composable | None:
    track, index = placed.clip.parent(), placed.address[-1] + steps
    if not isinstance(track, otio.schema.Track) or not 0 <= index < len(track):
        return None
    return track[index]


def _track(
    name: str, segments: Sequence[_Segment], lead: Fraction, rate: float, dialect: str
) -> otio.schema.Track:
    track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Video)
    track.metadata[OURS] = {"holds": "rendered mouths"}
    track.extend(list(_children(segments, lead, rate, dialect)))
    return track


def _children(
    segments: Sequence[_Segment], lead: Fraction, rate: float, dialect: str
) -> Iterator[otio.core.Composable]:
    yield from _between(None, segments[0], segments[0].record.start + lead, rate)
    for left, right in pairwise([*segments, None]):
        assert left is not None
        yield _item(left, rate, dialect)
        room = right.record.start - left.record.end if right else None
        yield from _between(left, right, room, rate)


def _between(
    left: _Segment | None, right: _Segment | None, room: Fraction | None, rate: float
) -> Iterator[otio.core.Composable]:
    """Yield a dissolve where two segments touch, else a gap and the fades that fit.

    room   record seconds between them, None after the last
    """
    tail, head = left.tail if left else None, right.head if right else None
    if left and right and not room:
        if dissolve := _dissolve(left, right):
            yield deepcopy(dissolve)
        return
    fade_out = tail.transition if tail and tail.other is None else None
    fade_in = head.transition if head and head.other is None else None
    out, into = offset(fade_out, "out_offset"), offset(fade_in, "in_offset")
    room = out if room is None else room
    if fade_out and out + into <= room:
        yield deepcopy(fade_out)
    if room:
        yield otio.schema.Gap(duration=_duration(room, rate))
    if fade_in and out + into <= room:
        yield deepcopy(fade_in)


def _dissolve(left: _Segment, right: _Segment) -> otio.schema.Transition | None:
    """Return the transition between two segments that touch, if they and their files hold it."""
    if left.tail and left.tail.other is right.item:
        dissolve = left.tail.transition
    elif right.head and right.head.other is left.item:
        dissolve = right.head.transition
    else:
        return None
    into, out = offset(dissolve, "in_offset"), offset(dissolve, "out_offset")
    is_long_enough = into <= left.record.seconds and out <= right.record.seconds
    is_held = left.holds(left.record.end + out) and right.holds(right.record.start - into)
    return dissolve if is_long_enough and is_held else None


def _item(segment: _Segment, cut_rate: float, dialect: str) -> otio.core.Item:
    start = segment.record.start - segment.whole.start
    if segment.shot is None:
        return trimmed_copy(segment.item, start, segment.record.seconds, dialect)
    assert isinstance(segment.item, otio.schema.Clip)
    rate = written_rate(segment.shot.available.rate, cut_rate)
    first = frame_at(segment.shot, segment.record.start)
    used = otio.opentime.TimeRange(
        otio.opentime.RationalTime(float(first), rate),
        _duration(segment.record.seconds, cut_rate),
    )
    return dubbed_copy(segment.item, segment.shot, used, cut_rate)


def _duration(length: Fraction, rate: float) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(length * exact_rate(rate)), rate)
