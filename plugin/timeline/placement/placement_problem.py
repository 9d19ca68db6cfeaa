"""Reasons why a clip cannot be dubbed at its place in the cut, whatever its media."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import accumulate

import opentimelineio as otio

from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.dialect.speed import retimed_unevenly
from lipflap.plugin.timeline.item_facts import ItemFacts
from lipflap.plugin.timeline.item_names import describe, track_name
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip, covering_item

_RETIME_CLIPS = "Retime the clips in it instead."
_NOT_FOLLOWED = "whose speed varies, is 0, or runs backwards inside another retime"


class PlacementProblems:
    """The reasons why clips of a cut cannot be dubbed at their place in it.

    pictures   all picture clips of the cut
    """

    def __init__(self, pictures: Sequence[PlacedClip]) -> None:
        self._pictures = pictures

    def of(self, placed: PlacedClip) -> Reason | None:
        """Return the reason why a clip cannot be dubbed, or None."""
        if placed.body.start == placed.body.end:
            return Reason(ReasonCode.NO_LENGTH, "It is zero frames long.")
        if placed.disabled_by is not None:
            return Reason(ReasonCode.DISABLED, _disabled_text(placed))
        if placed.trimmed_by is not None:
            return Reason(ReasonCode.OUTSIDE_NEST, _trimmed_text(placed.trimmed_by))
        if not placed.visible:
            return Reason(ReasonCode.COVERED, _covered_text(self._covering_names(placed)))
        if placed.retimed_by is not None:
            return Reason(ReasonCode.RETIMED_NEST, _retimed_text(placed.retimed_by))
        return None

    def _covering_names(self, placed: PlacedClip) -> list[str]:
        """Return the names of what covers a clip: tracks, or clips that lie in no track."""
        covering, starts, latest_ends = self._covering
        first = bisect_right(latest_ends, placed.record.start)
        last = bisect_left(starts, placed.record.end)
        names = (_covering_name(clip, placed) for clip in covering[first:last])
        return sorted({name for name in names if name})

    @cached_property
    def _covering(self) -> tuple[list[PlacedClip], list[Fraction], list[Fraction]]:
        """The clips that cover, by start; their starts; the latest end of each and all before."""
        found = (clip for clip in self._pictures if clip.visible and clip.facts.covers)
        covering = sorted(found, key=lambda clip: clip.record.start)
        starts = [clip.record.start for clip in covering]
        return covering, starts, list(accumulate((clip.record.end for clip in covering), max))


def nest_problem(placed: PlacedClip, suffix: str) -> Reason | None:
    """Return the reason why a clip in a retimed nest cannot come back in a format, or None.

    suffix   of the cut; only OpenTimelineIO takes new pictures above the nest
    """
    if placed.nest_speed == 1 or suffix.casefold() in (".otio", ".otioz", ".otiod"):
        return None
    return Reason(
        ReasonCode.RETIMED_NEST,
        f"It lies in a nested sequence that plays at {float(placed.nest_speed) * 100:.6g} %, into "
        f"which no new picture can be laid in {suffix}. {_RETIME_CLIPS[:-1]}, or export the cut as "
        ".otio.",
    )


def seen_problem(facts: ItemFacts) -> Reason | None:
    """Return the reason why a clip that is shown like this cannot be dubbed, or None."""
    if facts.graphic:
        return Reason(
            ReasonCode.GENERATED,
            "It is a title, a matte, an adjustment clip or the like, not filmed.",
        )
    if facts.unread:
        return Reason(
            ReasonCode.NO_MEDIA,
            f"It is a {facts.unread}. Flatten it to the camera that it shows, and export the cut "
            "again.",
        )
    if facts.no_film:
        return Reason(
            ReasonCode.NO_MEDIA,
            "It names no media, as titles and adjustment clips do. If it was filmed, relink it in "
            "your editing program, and export the cut again.",
        )
    if facts.hidden:
        return Reason(ReasonCode.COVERED, "Its opacity is 0; nothing of it is visible.")
    return retimed_unevenly(facts.uneven_speed) if facts.uneven_speed else None


def _covering_name(upper: PlacedClip, lower: PlacedClip) -> str:
    """Return the name of what puts one clip above another; empty where it is not above."""
    if not upper.record.overlap(lower.record):
        return ""
    item = covering_item(upper, lower)
    return describe(item) if item is not None else ""


def _disabled_text(placed: PlacedClip) -> str:
    item = placed.disabled_by
    assert item is not None
    if item is placed.clip:
        return "It is disabled. Enable the clip to have it dubbed."
    if isinstance(item, otio.schema.Track):
        return f"Its track {track_name(item)} is disabled. Enable the track to have it dubbed."
    return f"It lies in {_nest_name(item)}, which is disabled. Enable it to have the clip dubbed."


def _trimmed_text(composition: otio.core.Composition) -> str:
    if isinstance(composition, otio.schema.Track):
        return f"It lies outside of the range that track {track_name(composition)} plays."
    return f"It lies outside of the range that the cut uses of {_nest_name(composition)}."


def _covered_text(names: Sequence[str]) -> str:
    upper = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    return f"It is covered by {upper or 'clips above it'}; nothing of it is visible."


def _retimed_text(composition: otio.core.Composition) -> str:
    if isinstance(composition, otio.schema.Track):
        return f"It lies on track {track_name(composition)}, {_NOT_FOLLOWED}. {_RETIME_CLIPS}"
    return f"It lies in {_nest_name(composition)}, {_NOT_FOLLOWED}. {_RETIME_CLIPS}"


def _nest_name(item: otio.core.Item) -> str:
    if item.parent() is None:
        return "the timeline"
    return f"the nested sequence '{item.name}'" if item.name else "the nested sequence"
