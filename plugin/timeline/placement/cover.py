"""Record time that pictures take up, and that they hide from what lies below them."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.cut.time_range import TimeRange, TimeRangeSet, difference, intersection, union
from lipflap.plugin.timeline.placement.enclosure import Enclosure
from lipflap.plugin.timeline.placement.item_length import Branch


def below_each(children: Sequence[Branch], inside: Enclosure) -> Iterator[TimeRangeSet]:
    """Yield for each child of a stack the record time in which a picture lies below it.

    Nobody asks it of sound.
    """
    below = inside.below
    is_asked = inside.look is not None and not inside.is_sound
    pictures = [n for n, child in enumerate(children) if is_asked and _is_picture(child.item)]
    for number, child in enumerate(children):
        yield below
        if number in pictures[:-1]:
            below = union((*below, *_occupied(child, inside)))


def track_cover(covers: dict[int, TimeRangeSet], transitions: dict[int, TimeRange]) -> TimeRangeSet:
    """Return the time a track covers: its items; in a transition, where both sides cover."""
    items = union(time_range for cover in covers.values() for time_range in cover)
    solid = list(difference(items, union(transitions.values())))
    for index, transition in transitions.items():
        both = intersection(covers.get(index - 1, ()), covers.get(index + 1, ()))
        solid += intersection([transition], both)
    return union(solid)


def _occupied(child: Branch, inside: Enclosure) -> Iterator[TimeRange]:
    """Yield the record time of a stack's child; of an untrimmed track without its gaps."""
    if not isinstance(child.item, otio.schema.Track) or child.item.source_range is not None:
        yield inside.record_of(Fraction(0), child.seconds)
        return
    end = Fraction(0)
    for index, item in enumerate(child.children):
        start, end = end, child.ends[index]
        if not isinstance(item.item, (otio.schema.Gap, otio.schema.Transition)):
            head = child.offset(index - 1, "in_offset")
            yield inside.record_of(start - head, end + child.offset(index + 1, "out_offset"))


def _is_picture(child: otio.core.Composable) -> bool:
    return not isinstance(child, otio.schema.Track) or child.kind == otio.schema.TrackKind.Video
