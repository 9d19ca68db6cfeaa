"""Lengths of a timeline's items in the item that encloses them, in exact seconds."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.speed import record_share
from lipflap.plugin.timeline.item_names import describe
from lipflap.plugin.timeline.otio_time import check_denominator, seconds


@dataclass(frozen=True)
class Branch:
    """An item of OTIO's tree with all its children; each length is computed once."""

    item: otio.core.Composable
    dialect: str

    @cached_property
    def children(self) -> tuple["Branch", ...]:
        """Return the child items; none for anything but a composition."""
        if not isinstance(self.item, otio.core.Composition):
            return ()
        return tuple(Branch(child, self.dialect) for child in self.item)

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
            last = self.ends[-1] if self.ends else Fraction(0)
            length = check_denominator(last + self._end_transitions, item)
        else:
            length = max((child.seconds for child in self.children), default=Fraction(0))
        if length < 0:
            raise DubError(
                "has a negative length in the cut.",
                where=describe(item),
                fix="Trim it again in your editing program, and export the cut again.",
            )
        share = record_share(item, self.dialect)
        return length if share == 1 else check_denominator(length * share, item)

    @cached_property
    def ends(self) -> tuple[Fraction, ...]:
        """Return where each child of a track ends in the track's own time."""
        end, ends = Fraction(0), []
        for child in self.children:
            end = check_denominator(end + child.seconds, self.item)
            ends.append(end)
        return tuple(ends)

    @property
    def _end_transitions(self) -> Fraction:
        """Return the seconds that transitions at its ends add to a track's length in OTIO."""
        return self.offset(0, "in_offset") + self.offset(len(self.children) - 1, "out_offset")

    def offset(self, index: int, side: str) -> Fraction:
        """Return the in_offset or out_offset of a child in seconds; 0 if it is no transition."""
        exists = 0 <= index < len(self.children)
        return offset(self.children[index].item, side) if exists else Fraction(0)


def seconds_of(item: otio.core.Item, dialect: str) -> Fraction:
    """Return how long an item lasts in its parent. Raises DubError when that is unknown."""
    return Branch(item, dialect).seconds


def source_start(item: otio.core.Item) -> otio.opentime.RationalTime:
    """Return the first time of the item's own media or content that it uses."""
    if item.source_range is not None:
        return item.source_range.start_time
    if isinstance(item, otio.schema.Clip):
        return _available(item).start_time
    return otio.opentime.RationalTime(0, 1)


def offset(neighbour: otio.core.Composable | None, side: str) -> Fraction:
    """Return a transition's in_offset or out_offset in seconds; 0 for any other item."""
    if not isinstance(neighbour, otio.schema.Transition):
        return Fraction(0)
    time = getattr(neighbour, side)
    return Fraction(0) if time is None else max(Fraction(0), seconds(time, neighbour))


def _available(clip: otio.schema.Clip) -> otio.opentime.TimeRange:
    reference = clip.media_reference
    if reference is None or reference.available_range is None:
        raise DubError(
            "has no length in the cut, so nothing after it can be placed.",
            where=describe(clip),
            fix="Give the clip a source range, or its media an available range.",
        )
    return reference.available_range
