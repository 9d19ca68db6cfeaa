"""The pictures that a dubbed cut names: of each clip all, the active one and the alternates."""

from collections.abc import Iterator
from pathlib import Path

import opentimelineio as otio

from lipflap.plugin.timeline.bundle.read import is_bundle, unpack
from lipflap.plugin.timeline.clip.clip_media import picture_media
from lipflap.plugin.timeline.host_metadata import said_by
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaFinder, MediaPlaces
from lipflap.plugin.timeline.read import read_timeline


def shown_pictures(cut: Path, unpacked: Path, places: MediaPlaces = NO_PLACES) -> dict[str, bool]:
    """Return the path of each picture, or pattern, and whether the cut says that we dubbed it.

    unpacked   a folder for the media of a cut that is a bundle
    places     of media on this machine
    Raises DubError when the cut cannot be read.
    """
    folder = unpack(cut, unpacked) if is_bundle(cut) else cut.parent.absolute()
    finder = MediaFinder(folder, places)
    found: dict[str, bool] = {}
    for clip, is_ours in _single_clips(read_timeline(cut)):
        media, _ = picture_media(clip, finder)
        if media is not None and media.path:
            found[media.path] = found.get(media.path, False) or is_ours
    return found


def _single_clips(timeline: otio.schema.Timeline) -> Iterator[tuple[otio.schema.Clip, bool]]:
    """Yield a clip for each media reference of the timeline's clips, and whether it is ours."""
    for track in timeline.find_children(descended_from_type=otio.schema.Track):
        if track.kind != otio.schema.TrackKind.Video:
            continue
        for clip in track.find_clips():
            references = clip.media_references()
            is_new = OURS not in references and "what" in said_by(OURS, clip)
            for key, reference in references.items():
                alone = otio.schema.Clip(
                    clip.name, reference.clone(), clip.source_range, metadata=dict(clip.metadata)
                )
                yield alone, is_new or key == OURS
