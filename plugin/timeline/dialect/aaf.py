"""Constant speeds in AAF that the adapter leaves in the metadata of an unknown time effect.

    {"Operation": {"Name": "Video Speed Control"}, "Parameters": {"Speed Ratio": "1111111/1000000"}}

The ratio is that of record time to media time: here nine tenths of the speed.
"""

from collections.abc import Mapping
from fractions import Fraction

import opentimelineio as otio

_RATIO = "Speed Ratio"


def adopt_aaf(timeline: otio.schema.Timeline) -> None:
    """Give items OTIO's own effect for a constant speed; changes `timeline`."""
    if timeline.tracks is None:
        return
    for item in timeline.tracks.find_children(descended_from_type=otio.core.Item):
        if len(item.effects):
            item.effects[:] = [_followed(effect) for effect in item.effects]


def _followed(effect: otio.schema.Effect) -> otio.schema.Effect:
    """Return the effect, or a LinearTimeWarp where it is a constant speed."""
    said = effect.metadata.get("AAF")
    parameters = said.get("Parameters") if isinstance(said, Mapping) else None
    ratio = parameters.get(_RATIO) if isinstance(parameters, Mapping) else None
    if effect.schema_name() != "TimeEffect" or not isinstance(ratio, str):
        return effect
    try:
        speed = 1 / Fraction(ratio)
    except (ValueError, ZeroDivisionError):
        return effect
    return otio.schema.LinearTimeWarp(
        effect.name, time_scalar=float(speed), metadata=effect.metadata
    )
