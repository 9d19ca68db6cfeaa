"""Compositions that enclose an item: the clock that it has in them, and what they show of it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import opentimelineio as otio

from lipflap.plugin.cut.time_range import TimeRange, TimeRangeSet
from lipflap.plugin.timeline.dialect.speed import clip_speed
from lipflap.plugin.timeline.item_facts import ItemFacts
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.placement.item_length import source_start

# (clip, facts that its item tells) -> facts, after a look at its media
Look: TypeAlias = Callable[[otio.schema.Clip, ItemFacts], ItemFacts]


@dataclass(frozen=True)
class Enclosure:
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
    outer: "Enclosure | None" = None
    disabled_by: otio.core.Item | None = None
    retimed_by: otio.core.Composition | None = None
    is_sound: bool = False
    track: str = ""
    below: TimeRangeSet = ()
    look: Look | None = None
    scale: Fraction = Fraction(1)

    @cached_property
    def nest_speed(self) -> Fraction:
        """Speed that retimes of this composition and all that enclose it give what is in it."""
        return 1 / self.scale

    def record_of(self, start: Fraction, end: Fraction) -> TimeRange:
        """Return the record time from one moment of its own time to another."""
        if self.scale != 1:
            start, end = sorted((self.scale * start, self.scale * end))
        if self.zero:
            start, end = self.zero + start, self.zero + end
        return TimeRange(start, end)


@dataclass(frozen=True, slots=True)
class Position:
    """Position of an item in its parent, in the parent's own time; `address` as in Shot."""

    address: tuple[int, ...]
    start: Fraction
    end: Fraction
    head: Fraction = Fraction(0)
    tail: Fraction = Fraction(0)

    def record_in(self, outer: Enclosure) -> TimeRange:
        """Return its record time in its parent, transitions included."""
        start = self.start - self.head if self.head else self.start
        return outer.record_of(start, self.end + self.tail if self.tail else self.end)


def trimmer(record: TimeRange, outer: Enclosure) -> otio.core.Composition:
    """Return the innermost enclosing composition whose range excludes a record time."""
    trimmer = outer
    while trimmer.outer and record.overlap(trimmer.extent):
        trimmer = trimmer.outer
    return trimmer.item


def own_clock(
    item: otio.core.Composition, position: Position, facts: ItemFacts, outer: Enclosure
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
