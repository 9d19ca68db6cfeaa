"""The size of a cut's pictures, where its program states it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.effect_values import as_numbers
from lipflap.plugin.timeline.dialect.fcp7_effects import stated_size
from lipflap.plugin.timeline.dialect.premiere import PREMIERE

FrameSize: TypeAlias = tuple[float, float] | None


def frame_size(timeline: otio.schema.Timeline) -> FrameSize:
    """Return width and height in samples of a timeline's frame; None where it does not state it."""
    said = timeline.tracks.metadata.get(PREMIERE, {})
    size = said.get("VideoResolution") if isinstance(said, Mapping) else None
    if isinstance(size, Mapping):
        numbers = as_numbers([size.get("width"), size.get("height")])
        return (numbers[0], numbers[1]) if len(numbers) == 2 else None
    fcp7: Any = timeline.metadata.get("fcp_xml", {})
    return stated_size(fcp7) if isinstance(fcp7, Mapping) else None
