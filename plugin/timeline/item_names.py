"""Names by which an editor knows the items of a timeline."""

import re
from collections.abc import Iterable

import opentimelineio as otio

from lipflap.plugin.timeline.host_metadata import said_by

OURS = "lipflap"  # the key of what is ours: of metadata, and of media references
DUB_TRACK = "DUB"  # the picture track that holds rendered mouths
DUB_NAME = re.compile(r".* lipflap")  # of a clip on it
_NO_NAME = re.compile(r"(V|Video )?\d*")  # as programs call tracks that have no name


def track_name(track: otio.schema.Track) -> str:
    """Return the track's name, or the one its place gives it: A1 is the lowest sound track.

    Premiere's and Resolve's Final Cut XML has its names in an attribute that the adapter leaves in
    the metadata. An AAF's tracks without a name are called by their class, such as Sequence.
    """
    parent = track.parent()
    own = said_by("fcp_xml", track).get("@MZ.TrackName") or track.name
    if own and own == said_by("AAF", track).get("ClassName"):
        own = ""
    if own or parent is None:
        return str(own)
    alike = [
        sibling
        for sibling in parent
        if isinstance(sibling, otio.schema.Track) and sibling.kind == track.kind
    ]
    return f"{track.kind[:1]}{next(i for i, one in enumerate(alike, 1) if one is track)}"


def is_dub_track(name: str) -> bool:
    """Return whether a picture track is named like one that holds rendered mouths."""
    return name == DUB_TRACK or name.startswith(f"{DUB_TRACK} ")


def dub_name(name: str) -> str:
    """Return the name of the clip that shows the new picture of one of this name."""
    return name if DUB_NAME.fullmatch(name) else f"{name} lipflap"


def holds_mouths(track: str, clips: Iterable[str]) -> bool:
    """Return whether a picture track of this name, with clips of these, was laid by Lipflap."""
    is_called = is_dub_track(track) or _NO_NAME.fullmatch(track) is not None
    return is_called and any(map(DUB_NAME.fullmatch, clips))


def describe(item: otio.core.Composable | str) -> str:
    """Return the item's name, or its kind and number, and its track; return text as it is."""
    if isinstance(item, str):
        return item
    if isinstance(item, otio.schema.Track):
        return f"track {track_name(item)}".strip()
    parent = item.parent()
    if not isinstance(parent, otio.schema.Track):
        return item.name or _kind(item)
    place = next(i for i, sibling in enumerate(parent, 1) if sibling is item)
    return f"{item.name or f'{_kind(item)} {place}'} on {track_name(parent) or 'a track'}"


def _kind(item: otio.core.Composable) -> str:
    if isinstance(item, otio.schema.Stack):
        return "nested sequence"
    return str(item.schema_name()).casefold()
