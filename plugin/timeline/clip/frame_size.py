"""The size of a cut's pictures, where its program states it."""

from collections.abc import Mapping
from typing import TypeAlias

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.effect_values import as_numbers
from lipflap.plugin.timeline.dialect.fcp7_effects import stated_size
from lipflap.plugin.timeline.dialect.premiere import PREMIERE
from lipflap.plugin.timeline.host_metadata import said_by

FrameSize: TypeAlias = tuple[float, float] | None


def frame_size(timeline: otio.schema.Timeline) -> FrameSize:
    """Return width and height in samples of a timeline's frame; None where it does not state it."""
    size = said_by(PREMIERE, timeline.tracks).get("VideoResolution")
    if isinstance(size, Mapping):
        numbers = as_numbers([size.get("width"), size.get("height")])
        return (numbers[0], numbers[1]) if len(numbers) == 2 else None
    return stated_size(said_by("fcp_xml", timeline))
