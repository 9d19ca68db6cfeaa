"""Clips made longer for their dub: into the gap that follows them, or at the end of their track.

before   |== clip ==|---- gap ----|== next ==|
after    |===== clip =====|- gap -|== next ==|     nothing else moves
"""

from collections.abc import Mapping
from fractions import Fraction

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.patch.dubbed_shot import Address
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip

_NO_ROOM = "Its new file is longer than its clip, which has no room in this document: lengthen it."


def lengthen_clips(
    pictures: Mapping[Address, PlacedClip], extensions: Mapping[Address, Fraction]
) -> dict[Address, str]:
    """Lengthen clips of a timeline, which changes; return notes on those that have no room.

    extensions  seconds to add at the end of a clip, by its address

    Gaps that are used up stay, of no length, so that addresses stay: `drop_empty_gaps` drops them.
    """
    notes = {}
    for address, added in extensions.items():
        clip = pictures[address].clip
        track = clip.parent()
        following = track[track.index(clip) + 1] if clip is not track[-1] else None
        if not _has_room(following, added) or track.source_range is not None:
            notes[address] = _NO_ROOM
            continue
        if following is not None:
            _add(following, -added)
        _add(clip, added)
    return notes


def drop_empty_gaps(timeline: otio.schema.Timeline) -> None:
    """Remove the gaps of no length from the tracks of a timeline, which changes."""
    for track in timeline.tracks:
        for gap in [one for one in track if isinstance(one, otio.schema.Gap)]:
            if gap.source_range is not None and gap.source_range.duration.value == 0:
                track.remove(gap)


def _has_room(following: otio.core.Composable | None, added: Fraction) -> bool:
    if following is None:
        return True
    if not isinstance(following, otio.schema.Gap):
        return False
    return seconds(following.trimmed_range().duration, following) >= added


def _add(item: otio.core.Item, added: Fraction) -> None:
    """Make an item longer by so many seconds, shorter when they are negative."""
    span = item.trimmed_range()
    rate = span.duration.rate
    value = (seconds(span.duration, item) + added) * exact_rate(rate)
    duration = otio.opentime.RationalTime(float(value), rate)
    item.source_range = otio.opentime.TimeRange(span.start_time, duration)
