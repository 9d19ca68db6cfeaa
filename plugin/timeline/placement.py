"""Placement of every clip of a timeline in record time, and the parts of it that are visible.

Walks OTIO's tree. Everything is a fraction of a second, because tracks may mix rates.
A stack shows:

    V2       |    gap    |====== B ======|\\ fade                  what fills the frame covers,
    V1       |=============== A ===================|               a fade or a title does not
    visible  |-----A-----|------B--------|-A and B-|---A---|
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange, TimeRangeSet, difference, intersection, union
from lipflap.plugin.timeline.dialect.speed import clip_speed, record_share
from lipflap.plugin.timeline.item_facts import ItemFacts, facts_of
from lipflap.plugin.timeline.item_names import describe, track_name
from lipflap.plugin.timeline.otio_time import check_denominator, seconds

OURS = "lipflap"

# (clip, facts that its item tells) -> facts, after a look at its media
Look: TypeAlias = Callable[[otio.schema.Clip, ItemFacts], ItemFacts]


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip at its place in the cut.

    record   |<- head ->|======= body =======|<- tail ->|       head, tail: transitions

    is_sound     whether it lies in a sound track
    track        name of that track
    visible      the parts of `record` that are seen; of sound all that plays, even if it is muted
    disabled_by  what is disabled, the clip or an enclosing item; None when all are enabled
    trimmed_by   the enclosing composition whose range excludes the clip, if one does
    retimed_by   the enclosing composition whose retime cannot be followed, if one has one
    nest_speed   speed that constant retimes of enclosing compositions give it, beside its own
    facts        how the clip itself is shown
    """

    clip: otio.schema.Clip
    address: tuple[int, ...]
    is_sound: bool
    track: str
    body: TimeRange
    record: TimeRange
    visible: TimeRangeSet
    disabled_by: otio.core.Item | None
    trimmed_by: otio.core.Composition | None
    retimed_by: otio.core.Composition | None
    facts: ItemFacts
    nest_speed: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Enclosure:
    """A composition and those that enclose it, as needed to place the items in it.

    zero    record time of the composition's own time 0
    scale   record seconds a second of its own time; negative where it plays backwards
    extent  record time that it takes up in the composition that encloses it
    window  record time in which it is shown, trimmed by all that enclose it
    outer   the composition that encloses it; None for the timeline's root
    below   record time in which a picture lies below it; empty where nobody asks
    look    of its pictures, None when their media is not looked at
    """

    item: otio.core.Composition
    zero: Fraction
    extent: TimeRange
    window: TimeRange
    outer: "_Enclosure | None" = None
    disabled_by: otio.core.Item | None = None
    retimed_by: otio.core.Composition | None = None
    is_sound: bool = False
    track: str = ""
    below: TimeRangeSet = ()
    look: Look | None = None
    scale: Fraction = Fraction(1)

    def record_of(self, start: Fraction, end: Fraction) -> TimeRange:
        """Return the record time from one moment of its own time to another."""
        ends = (self.zero + self.scale * start, self.zero + self.scale * end)
        return TimeRange(min(ends), max(ends))


@dataclass(frozen=True, slots=True)
class _Position:
    """Position of an item in its parent, in the parent's own time; `address` as in Shot."""

    address: tuple[int, ...]
    start: Fraction
    seconds: Fraction
    head: Fraction = Fraction(0)
    tail: Fraction = Fraction(0)

    @property
    def end(self) -> Fraction:
        return self.start + self.seconds

    def record_in(self, outer: _Enclosure) -> TimeRange:
        """Return its record time in its parent, transitions included."""
        return outer.record_of(self.start - self.head, self.end + self.tail)


@dataclass(frozen=True)
class _Branch:
    """An item of OTIO's tree with all its children; each length is computed once."""

    item: otio.core.Composable
    dialect: str

    @cached_property
    def children(self) -> tuple["_Branch", ...]:
        """Return the child items; none for anything but a composition."""
        if not isinstance(self.item, otio.core.Composition):
            return ()
        return tuple(_Branch(child, self.dialect) for child in self.item)

    @cached_property
    def seconds(self) -> Fraction:
        """Return the length in its parent; 0 for a transition. Raises DubError when unknown."""
        item = self.item
        if not isinstance(item, otio.core.Item):
            return Fraction(0)
        if item.source_range is not None:
            length = seconds(item.source_range.duration, item)
        elif isinstance(item, otio.schema.Clip):
            length = seconds(_available(item).duration, item)
        elif isinstance(item, otio.schema.Track):
            length = self._end_transitions
            for child in self.children:
                length = check_denominator(length + child.seconds, item)
        else:
            length = max((child.seconds for child in self.children), default=Fraction(0))
        if length < 0:
            raise DubError(
                "has a negative length in the cut.",
                where=describe(item),
                fix="Trim it again in your editing program, and export the cut again.",
            )
        return check_denominator(length * record_share(item, self.dialect), item)

    @property
    def _end_transitions(self) -> Fraction:
        """Return the seconds that transitions at its ends add to a track's length in OTIO."""
        return self.offset(0, "in_offset") + self.offset(len(self.children) - 1, "out_offset")

    def offset(self, index: int, side: str) -> Fraction:
        """Return the in_offset or out_offset of a child in seconds; 0 if it is no transition."""
        exists = 0 <= index < len(self.children)
        return offset(self.children[index].item, side) if exists else Fraction(0)


def place_clips(
    timeline: otio.schema.Timeline, dialect: str, look: Look | None = None
) -> list[PlacedClip]:
    """Place every clip of the picture and sound tracks, disabled and hidden ones too.

    look   is asked about each clip that lies over another and would cover it, by what its item
           tells

    Transitions widen both neighbours. Only film that fills the frame covers (ItemFacts.covers): a
    title, a picture in picture or half of an opacity does not. A dissolve covers what both its
    sides cover, a fade nothing. Tracks that Lipflap laid itself are left out, so that a dubbed cut
    can be dubbed again.
    Raises DubError, naming the clip, when the length of something is unknown.
    """
    root = _Branch(timeline.tracks, dialect)
    whole = TimeRange(Fraction(0), root.seconds)
    outermost = _Enclosure(timeline.tracks, Fraction(0), whole, whole, look=look)
    position = _Position((), Fraction(0), whole.end)
    placed, _ = _place_composition(root, position, outermost, ())
    return placed


def seconds_of(item: otio.core.Item, dialect: str) -> Fraction:
    """Return how long an item lasts in its parent. Raises DubError when that is unknown."""
    return _Branch(item, dialect).seconds


def source_start(item: otio.core.Item) -> otio.opentime.RationalTime:
    """Return the first time of the item's own media or content that it uses."""
    if item.source_range is not None:
        return item.source_range.start_time
    if isinstance(item, otio.schema.Clip):
        return _available(item).start_time
    return otio.opentime.RationalTime(0, 1)


def _available(clip: otio.schema.Clip) -> otio.opentime.TimeRange:
    reference = clip.media_reference
    if reference is None or reference.available_range is None:
        raise DubError(
            "has no length in the cut, so nothing after it can be placed.",
            where=describe(clip),
            fix="Give the clip a source range, or its media an available range.",
        )
    return reference.available_range


def offset(neighbour: otio.core.Composable | None, side: str) -> Fraction:
    """Return a transition's in_offset or out_offset in seconds; 0 for any other item."""
    if not isinstance(neighbour, otio.schema.Transition):
        return Fraction(0)
    time = getattr(neighbour, side)
    return Fraction(0) if time is None else max(Fraction(0), seconds(time, neighbour))


def covering_item(upper: PlacedClip, lower: PlacedClip) -> otio.core.Composable | None:
    """Return the track or the item in a stack that puts a clip above another; None if none does."""
    pairs = zip(upper.address, lower.address, strict=False)
    depth = next((i for i, (high, low) in enumerate(pairs) if high != low), None)
    if depth is None or upper.address[depth] < lower.address[depth]:
        return None
    item: otio.core.Composable = upper.clip
    for _ in upper.address[depth + 1 :]:
        item = item.parent()
    return None if isinstance(item.parent(), otio.schema.Track) else item


def _place_item(
    branch: _Branch, position: _Position, outer: _Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    """Return the clips in an item, and the record time in which it covers what lies below."""
    if isinstance(branch.item, otio.schema.Clip):
        return _place_clip(branch.item, position, outer, above)
    if isinstance(branch.item, otio.core.Composition):
        return _place_composition(branch, position, outer, above)
    return [], ()


def _place_clip(
    clip: otio.schema.Clip, position: _Position, outer: _Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    body, record = outer.record_of(position.start, position.end), position.record_in(outer)
    facts = facts_of(clip)
    disabled_by = outer.disabled_by or (None if facts.enabled else clip)
    shown = record.overlap(outer.window)
    cover = (shown,) if shown and not disabled_by else ()
    if outer.look and facts.may_cover and intersection(cover, outer.below):
        facts = outer.look(clip, facts)
    placed = PlacedClip(
        clip=clip,
        address=position.address,
        is_sound=outer.is_sound,
        track=outer.track,
        body=body,
        record=record,
        visible=((shown,) if shown else ()) if outer.is_sound else difference(cover, above),
        disabled_by=disabled_by,
        trimmed_by=None if shown else _trimmer(record, outer),
        retimed_by=outer.retimed_by,
        facts=facts,
        nest_speed=1 / outer.scale,
    )
    return [placed], cover if facts.covers else ()


def _trimmer(record: TimeRange, outer: _Enclosure) -> otio.core.Composition:
    """Return the innermost enclosing composition whose range excludes a record time."""
    trimmer = outer
    while trimmer.outer and record.overlap(trimmer.extent):
        trimmer = trimmer.outer
    return trimmer.item


def _place_composition(
    branch: _Branch, position: _Position, outer: _Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    item = branch.item
    assert isinstance(item, otio.core.Composition)
    extent = position.record_in(outer)
    facts = facts_of(item)
    zero, step, is_followed = _own_clock(item, position, facts, outer)
    inside = replace(
        outer,
        item=item,
        outer=outer,
        zero=check_denominator(outer.zero + outer.scale * zero, item),
        scale=check_denominator(outer.scale * step, item),
        extent=extent,
        window=extent.overlap(outer.window) or TimeRange(extent.start, extent.start),
        disabled_by=outer.disabled_by or (None if facts.enabled else item),
        retimed_by=outer.retimed_by or (None if is_followed else item),
    )
    above = intersection([inside.window], above)
    if isinstance(item, otio.schema.Track):
        is_sound = outer.is_sound or item.kind == otio.schema.TrackKind.Audio
        track = outer.track if outer.is_sound else track_name(item)
        inside = replace(inside, is_sound=is_sound, track=track)
        placed, cover = _place_track(branch, position.address, inside, above)
    else:
        placed, cover = _place_stack(branch, position.address, inside, above)
    return placed, cover if facts.covers else ()


def _own_clock(
    item: otio.core.Composition, position: _Position, facts: ItemFacts, outer: _Enclosure
) -> tuple[Fraction, Fraction, bool]:
    """Return the time in its parent of a composition's own time 0, the parent's seconds a second
    of its own time, and whether that is how it plays: not at a speed that varies or is 0, nor
    backwards where another is retimed, which would be a frame off.
    """
    first = seconds(source_start(item), item)
    speed, uneven = clip_speed(item)
    is_turned = (speed < 0 and outer.scale != 1) or (speed != 1 and outer.scale < 0)
    if uneven or facts.uneven_speed or speed == 0 or is_turned:
        return position.start - first, Fraction(1), False
    starts = position.start if speed > 0 else position.end
    return starts - first / speed, 1 / speed, True


def _place_stack(
    stack: _Branch, address: tuple[int, ...], inside: _Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    """Place children from the top down, each under what the ones above it cover."""
    placed: list[PlacedClip] = []
    cover: TimeRangeSet = ()
    children = [
        (index, child)
        for index, child in enumerate(stack.children)
        if _is_placed(child.item, inside.is_sound)
    ]
    below = _below_each((child for _, child in children), inside)
    for (index, child), lower in reversed(list(zip(children, below, strict=True))):
        position = _Position((*address, index), Fraction(0), child.seconds)
        here = replace(inside, below=lower)
        clips, covered = _place_item(child, position, here, union((*above, *cover)))
        placed += clips
        cover = union((*cover, *covered))
    return placed, cover


def _below_each(children: Iterable[_Branch], inside: _Enclosure) -> Iterator[TimeRangeSet]:
    """Yield for each child of a stack the record time in which a picture lies below it."""
    below = inside.below
    for child in children:
        yield below
        if inside.look and not inside.is_sound and _is_picture(child.item):
            below = union((*below, *_occupied(child, inside)))


def _is_picture(child: otio.core.Composable) -> bool:
    return not isinstance(child, otio.schema.Track) or child.kind == otio.schema.TrackKind.Video


def _occupied(child: _Branch, inside: _Enclosure) -> Iterator[TimeRange]:
    """Yield the record time of a stack's child; of an untrimmed track without its gaps."""
    if not isinstance(child.item, otio.schema.Track) or child.item.source_range is not None:
        yield inside.record_of(Fraction(0), child.seconds)
        return
    start = Fraction(0)
    for index, item in enumerate(child.children):
        end = start + item.seconds
        if not isinstance(item.item, (otio.schema.Gap, otio.schema.Transition)):
            head = child.offset(index - 1, "in_offset")
            yield inside.record_of(start - head, end + child.offset(index + 1, "out_offset"))
        start = end


def _is_placed(child: otio.core.Composable, in_sound: bool) -> bool:
    """Return whether a stack's child is placed; in a sound track a nest's picture is not."""
    if isinstance(child, otio.schema.Track):
        kinds = otio.schema.TrackKind
        wanted = (kinds.Audio,) if in_sound else (kinds.Audio, kinds.Video)
        return child.kind in wanted and OURS not in child.metadata
    return isinstance(child, otio.core.Item)


def _place_track(
    track: _Branch, address: tuple[int, ...], inside: _Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    placed: list[PlacedClip] = []
    covers: dict[int, TimeRangeSet] = {}
    transitions: dict[int, TimeRange] = {}
    start = Fraction(0)
    for index, child in enumerate(track.children):
        if isinstance(child.item, otio.schema.Transition):
            head, tail = offset(child.item, "in_offset"), offset(child.item, "out_offset")
            transitions[index] = inside.record_of(start - head, start + tail)
            continue
        head, tail = track.offset(index - 1, "in_offset"), track.offset(index + 1, "out_offset")
        position = _Position((*address, index), start, child.seconds, head, tail)
        clips, covers[index] = _place_item(child, position, inside, above)
        placed += clips
        start = check_denominator(start + position.seconds, track.item)
    return placed, () if inside.is_sound else _track_cover(covers, transitions)


def _track_cover(
    covers: dict[int, TimeRangeSet], transitions: dict[int, TimeRange]
) -> TimeRangeSet:
    """Return the time a track covers: its items; in a transition, where both sides cover."""
    items = union(time_range for cover in covers.values() for time_range in cover)
    solid = list(difference(items, union(transitions.values())))
    for index, transition in transitions.items():
        both = intersection(covers.get(index - 1, ()), covers.get(index + 1, ()))
        solid += intersection([transition], both)
    return union(solid)
