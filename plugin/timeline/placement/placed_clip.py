"""A clip at its place in the cut, and what puts one above another."""

from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.cut.time_range import TimeRange, TimeRangeSet
from lipflap.plugin.timeline.item_facts import ItemFacts


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip at its place in the cut.

    record   |<- head ->|======= body =======|<- tail ->|       head, tail: transitions

    is_sound     whether it lies in a sound track
    track        name of that track
    visible      the parts of `record` that are seen; of sound all that plays, even if it is muted
    window       the part of `record` that what encloses it leaves; None for none or all of it
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
    window: TimeRange | None = None


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
