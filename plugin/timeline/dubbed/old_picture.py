"""The old picture of a dubbed shot, which is seen through a new one that is laid above it.

DUB   |\\______ A' ______/|     A' fades and is half opaque as A is
V1    |\\______ A  ______/|     so that A shows through it
"""

import opentimelineio as otio

from lipflap.plugin.timeline.item_names import DUB_TRACK
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip


def note_on_old_picture(placed: PlacedClip, other_way: str) -> str:
    """Return a sentence on why an old picture is seen below a copy of it; empty where it is not.

    other_way   to conform with, which shows the new picture alone; empty without one
    """
    facts = placed.facts
    if facts.blend:
        why = f"is blended with what lies below it ({facts.blend})"
    elif facts.opacity < 1:
        why = "is not opaque all the time"
    elif facts.translucent:
        why = f"has the effect {facts.translucent}"
    elif _fades(placed):
        why = "fades in or out"
    else:
        return ""
    alone = f"Conform with {other_way}, or switch" if other_way else "Switch"
    return (
        f"Its clip {why}, and its new picture on {DUB_TRACK} likewise: the old one is seen "
        f"through it. {alone} the old clip off."
    )


def _fades(placed: PlacedClip) -> bool:
    """Return whether a transition leads from nothing to a clip, or from it to nothing."""
    track, at = placed.clip.parent(), placed.address[-1]
    if not isinstance(track, otio.schema.Track):
        return False
    return any(
        0 <= at + side < len(track)
        and isinstance(track[at + side], otio.schema.Transition)
        and (
            not 0 <= at + 2 * side < len(track) or isinstance(track[at + 2 * side], otio.schema.Gap)
        )
        for side in (-1, 1)
    )
