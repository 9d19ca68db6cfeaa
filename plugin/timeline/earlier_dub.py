"""Rendered mouths of an earlier dub in a cut that is dubbed again: its DUB tracks, its alternates.

Programs keep neither our metadata nor, some of them, the names of tracks; the names of clips last.
"""

from collections.abc import Iterator, Sequence

import opentimelineio as otio

from lipflap.plugin.timeline.item_names import DUB_NAME, OURS, holds_mouths, track_name

_MARK = {"holds": "rendered mouths"}


def mark_dub_tracks(timeline: otio.schema.Timeline) -> None:
    """Mark the tracks that an earlier dub laid, so that the shots below are read; changes them."""
    for track in timeline.find_children(descended_from_type=otio.schema.Track):
        if OURS not in track.metadata and _is_laid(track):
            track.metadata[OURS] = _MARK


def _is_laid(track: otio.schema.Track) -> bool:
    """Return whether a track holds rendered mouths alone, and the other sides of their mixes."""
    items = list(track) if track.kind == otio.schema.TrackKind.Video else []
    clips = {place: item.name for place, item in enumerate(items) if _is_shown(item)}
    if not holds_mouths(track_name(track), clips.values()):
        return False
    below = _names_below(track)
    others = [place for place, name in clips.items() if not DUB_NAME.fullmatch(name)]
    return bool(below) and all(clips[one] in below and _is_mixed(items, one) for one in others)


def _names_below(track: otio.schema.Track) -> set[str]:
    """Return the names of the pictures that lie below a track, side by side with it."""
    names: set[str] = set()
    for one in track.parent() or ():
        if one is track:
            break
        if isinstance(one, otio.schema.Track) and one.kind == otio.schema.TrackKind.Video:
            names |= {item.name for item in one if _is_shown(item)}
    return names


def _is_shown(item: otio.core.Composable) -> bool:
    return not isinstance(item, (otio.schema.Gap, otio.schema.Transition))


def _is_mixed(items: Sequence[otio.core.Composable], place: int) -> bool:
    """Return whether an item lies beside a transition or, as in MLT, beside a new picture."""
    beside = (*items[max(0, place - 1) : place], *items[place + 1 : place + 2])
    return any(
        isinstance(one, otio.schema.Transition) or DUB_NAME.fullmatch(one.name) for one in beside
    )


def dub_tracks(timeline: otio.schema.Timeline) -> Iterator[str]:
    """Yield the names of the picture tracks that an earlier dub laid."""
    for track in timeline.find_children(descended_from_type=otio.schema.Track):
        if OURS in track.metadata:
            yield track_name(track)


def earlier_dub_notes(timeline: otio.schema.Timeline) -> Iterator[str]:
    """Yield what an editor should know of an earlier dub in the cut."""
    if tracks := list(dict.fromkeys(dub_tracks(timeline))):
        many = "s" if len(tracks) > 1 else ""
        hold = "hold" if many else "holds"
        yield (
            f"Picture track{many} {', '.join(tracks)} {hold} the new pictures of an earlier dub: "
            "the shots below are dubbed, from what was filmed."
        )
    shown = [one for one in timeline.find_clips() if one.active_media_reference_key == OURS]
    if shown:
        one = "One clip shows" if len(shown) == 1 else f"{len(shown)} clips show"
        yield f"{one} the new picture of an earlier dub, and its original is dubbed again."
