"""Placement of every clip of a timeline in record time, and the parts of it that are visible.

Walks OTIO's tree. Everything is a fraction of a second, because tracks may mix rates.
A stack shows:

    V2       |    gap    |====== B ======|\\ fade                  what fills the frame covers,
    V1       |=============== A ===================|               a fade or a title does not
    visible  |-----A-----|------B--------|-A and B-|---A---|
"""

from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.cut.time_range import TimeRange, TimeRangeSet, difference, intersection, union
from lipflap.plugin.timeline.item_facts import facts_of
from lipflap.plugin.timeline.item_names import OURS, track_name
from lipflap.plugin.timeline.otio_time import check_denominator
from lipflap.plugin.timeline.placement.cover import below_each, track_cover
from lipflap.plugin.timeline.placement.enclosure import (
    Enclosure,
    Look,
    Position,
    own_clock,
    trimmer,
)
from lipflap.plugin.timeline.placement.item_length import Branch, offset
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip


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
    root = Branch(timeline.tracks, dialect)
    whole = TimeRange(Fraction(0), root.seconds)
    outermost = Enclosure(timeline.tracks, Fraction(0), whole, whole, look=look)
    position = Position((), whole.start, whole.end)
    placed, _ = _place_composition(root, position, outermost, ())
    return placed


def _place_item(
    branch: Branch, position: Position, outer: Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    """Return the clips in an item, and the record time in which it covers what lies below."""
    if isinstance(branch.item, otio.schema.Clip):
        return _place_clip(branch.item, position, outer, above)
    if isinstance(branch.item, otio.core.Composition):
        return _place_composition(branch, position, outer, above)
    return [], ()


def _place_clip(
    clip: otio.schema.Clip, position: Position, outer: Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    body = outer.record_of(position.start, position.end)
    record = position.record_in(outer) if position.head or position.tail else body
    facts = facts_of(clip)
    disabled_by = outer.disabled_by or (None if facts.enabled else clip)
    shown = record.overlap(outer.window)
    cover = (shown,) if shown and not disabled_by else ()
    look = None if outer.is_sound else outer.look
    if look and facts.may_cover and intersection(cover, outer.below):
        facts = look(clip, facts)
    placed = PlacedClip(
        clip=clip,
        address=position.address,
        is_sound=outer.is_sound,
        track=outer.track,
        body=body,
        record=record,
        visible=((shown,) if shown else ()) if outer.is_sound else difference(cover, above),
        disabled_by=disabled_by,
        trimmed_by=None if shown else trimmer(record, outer),
        retimed_by=outer.retimed_by,
        facts=facts,
        nest_speed=outer.nest_speed,
        window=None if shown == record else shown,
    )
    return [placed], cover if facts.covers else ()


def _place_composition(
    branch: Branch, position: Position, outer: Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    item = branch.item
    assert isinstance(item, otio.core.Composition)
    extent = position.record_in(outer)
    facts = facts_of(item)
    zero, step, is_followed = own_clock(item, position, facts, outer)
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


def _place_stack(
    stack: Branch, address: tuple[int, ...], inside: Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    """Place children from the top down, each under what the ones above it cover."""
    placed: list[PlacedClip] = []
    cover: TimeRangeSet = ()
    children = [
        (index, child)
        for index, child in enumerate(stack.children)
        if _is_placed(child.item, inside.is_sound)
    ]
    below = below_each([child for _, child in children], inside)
    for (index, child), lower in reversed(list(zip(children, below, strict=True))):
        position = Position((*address, index), Fraction(0), child.seconds)
        here = replace(inside, below=lower)
        clips, covered = _place_item(child, position, here, union((*above, *cover)))
        placed += clips
        cover = union((*cover, *covered))
    return placed, cover


def _is_placed(child: otio.core.Composable, in_sound: bool) -> bool:
    """Return whether a stack's child is placed; in a sound track a nest's picture is not."""
    if isinstance(child, otio.schema.Track):
        kinds = otio.schema.TrackKind
        wanted = (kinds.Audio,) if in_sound else (kinds.Audio, kinds.Video)
        return child.kind in wanted and OURS not in child.metadata
    return isinstance(child, otio.core.Item)


def _place_track(
    track: Branch, address: tuple[int, ...], inside: Enclosure, above: TimeRangeSet
) -> tuple[list[PlacedClip], TimeRangeSet]:
    placed: list[PlacedClip] = []
    covers: dict[int, TimeRangeSet] = {}
    transitions: dict[int, TimeRange] = {}
    end = Fraction(0)
    for index, child in enumerate(track.children):
        start, end = end, track.ends[index]
        if isinstance(child.item, otio.schema.Transition):
            head, tail = offset(child.item, "in_offset"), offset(child.item, "out_offset")
            transitions[index] = inside.record_of(start - head, start + tail)
            continue
        head, tail = track.offset(index - 1, "in_offset"), track.offset(index + 1, "out_offset")
        position = Position((*address, index), start, end, head, tail)
        clips, covers[index] = _place_item(child, position, inside, above)
        placed += clips
    return placed, () if inside.is_sound else track_cover(covers, transitions)
