"""The pictures that a timeline shows, as OpenTimelineIO's own functions find them.

An opinion that is not ours: neither our placement nor our readers take part.
"""

from pathlib import PurePath
from urllib.parse import unquote

import opentimelineio as otio


def seen(timeline: otio.schema.Timeline, frame: int, rate: float) -> tuple[str, int] | None:
    """Return the name of the file and its frame, from 0, that shows at a record frame.

    Of the topmost picture track that has a clip with media there; None where none has.
    """
    time = otio.opentime.RationalTime(frame, rate)
    for track in reversed(timeline.video_tracks()):
        child = next((c for c in track.find_clips() if c.range_in_parent().contains(time)), None)
        if child is None or not child.enabled:
            continue
        reference = child.media_reference
        if not isinstance(reference, otio.schema.ExternalReference):
            continue
        at = track.transformed_time(time, child)
        first = reference.available_range.start_time if reference.available_range else at * 0
        index = at.rescaled_to(first.rate) - first
        return PurePath(unquote(reference.target_url)).name, round(index.value)
    return None
