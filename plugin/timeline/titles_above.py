"""Media with an alpha channel above a shot, which may hide a part of it: a lower third, a logo.

Which part is known where both are shown as they are: not scaled, moved, faded, blended or mixed.
"""

from collections.abc import Sequence

import opentimelineio as otio

from lipflap.plugin.timeline.item_facts import ItemFacts
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip, covering_item


class TitlesAbove:
    """The clips of a cut that may hide a part of others.

    names, pictures   of all its shots
    """

    def __init__(self, names: Sequence[str], pictures: Sequence[PlacedClip]) -> None:
        named = zip(names, pictures, strict=True)
        self._titles = [(name, clip) for name, clip in named if _is_title(clip)]

    def of(self, placed: PlacedClip) -> tuple[str, ...]:
        """Return the names of those above a clip, for a part of it at least."""
        if not _is_shown_as_it_is(placed.facts) or placed.nest_speed != 1:
            return ()
        return tuple(
            name
            for name, title in self._titles
            if placed.record.overlap(title.body) and covering_item(title, placed) is not None
        )


def _is_title(clip: PlacedClip) -> bool:
    facts = clip.facts
    is_retimed = clip.retimed_by is not None or clip.nest_speed != 1 or facts.uneven_speed
    return bool(
        facts.see_through
        and clip.visible
        and clip.disabled_by is None
        and not is_retimed
        and facts.may_cover
        and _is_shown_as_it_is(facts)
        and not _mixes(clip.clip)
    )


def _is_shown_as_it_is(facts: ItemFacts) -> bool:
    return facts.fills_frame and not facts.transformed and not facts.native_scale


def _mixes(clip: otio.schema.Clip) -> bool:
    """Return whether a transition is beside a clip, in which it is not shown as it is."""
    track = clip.parent()
    if not isinstance(track, otio.schema.Track):
        return False
    beside = otio.schema.NeighborGapPolicy.never
    return any(isinstance(one, otio.schema.Transition) for one in track.neighbors_of(clip, beside))
