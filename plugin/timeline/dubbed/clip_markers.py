"""OpenTimelineIO markers of a JOB on the clips of the dubbed cut."""

from collections.abc import Iterable

import opentimelineio as otio

from lipflap.plugin.qc.markers import BLUE, CYAN, GREEN, RED, YELLOW, QcMarker
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.placement.place_clips import place_clips

_COLOURS = {
    GREEN: otio.schema.MarkerColor.GREEN,
    RED: otio.schema.MarkerColor.RED,
    YELLOW: otio.schema.MarkerColor.YELLOW,
    BLUE: otio.schema.MarkerColor.BLUE,
    CYAN: otio.schema.MarkerColor.CYAN,
}


def add_markers(timeline: otio.schema.Timeline, markers: Iterable[QcMarker]) -> None:
    """Put each marker on the first frame of its clip, in place of an earlier one by Lipflap."""
    placed = place_clips(timeline, detect_dialect(timeline))
    clips = {one.address: one.clip for one in placed}
    for marker in markers:
        clip = clips[marker.address]
        first = clip.trimmed_range().start_time
        clip.markers[:] = [one for one in clip.markers if OURS not in one.metadata]
        clip.markers.append(
            otio.schema.Marker(
                name=f"{OURS}: {marker.shot}",
                marked_range=otio.opentime.TimeRange(
                    first, otio.opentime.RationalTime(1, first.rate)
                ),
                color=_COLOURS[marker.colour],
                comment=marker.comment,
                metadata={OURS: {"shot": marker.shot}},
            )
        )
