"""Proxies that an FCPXML names alone: small copies of films, which are dubbed in their place."""

from collections.abc import Iterator
from urllib.parse import unquote

import opentimelineio as otio

from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.dialect.fcpxml.media import PROXY
from lipflap.plugin.timeline.host_metadata import said_by

_NAMED = 5


def proxy_notes(timeline: otio.schema.Timeline) -> Iterator[str]:
    """Yield a note that names the proxies which stand for their originals in a cut."""
    shown = (
        reference_of(clip)
        for track in timeline.video_tracks()
        for clip in track.find_clips()
        if isinstance(clip, otio.schema.Clip)
    )
    proxies = [one for one in shown if one and said_by("fcpxml", one).get("kind") == PROXY]
    files = list(dict.fromkeys(unquote(file_of(one)) for one in proxies))
    if files:
        more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
        yield (
            f"The cut names proxies and no originals: {', '.join(files[:_NAMED])}{more}. The dub "
            "has their size and quality; to dub the originals, export the XML again where they "
            "are online."
        )
