"""Effects of AAF that the adapter leaves in the metadata: constant speeds, and sound at level zero.

    {"Operation": {"Name": "Video Speed Control"}, "Parameters": {"Speed Ratio": "1111111/1000000"}}
    {"Operation": {"Name": "Mono Audio Gain"}, "Parameters": {"Amplitude": "0"}}

The ratio is that of record time to media time: here nine tenths of the speed. Amplitudes are
factors; keyed, they are pairs of time and factor.
"""

from collections.abc import Mapping
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.timeline.item_sound import MUTED

_RATIO = "Speed Ratio"
_GAIN, _AMPLITUDE, _KEYS = "gain", "amplitude", "keyframe_values"


def adopt_aaf(timeline: otio.schema.Timeline) -> None:
    """Give items OTIO's own effect for a constant speed, and note clips whose sound is silenced.

    Changes `timeline`.
    """
    if timeline.tracks is None:
        return
    for item in timeline.tracks.find_children(descended_from_type=otio.core.Item):
        if not len(item.effects):
            continue
        if any(effect.enabled and _silences(effect) for effect in item.effects):
            for clip in [item] if isinstance(item, otio.schema.Clip) else item.find_clips():
                clip.metadata[MUTED] = True
        item.effects[:] = [_followed(effect) for effect in item.effects]


def _silences(effect: otio.schema.Effect) -> bool:
    """Return whether an effect is a gain that lets nothing by."""
    if _GAIN not in effect.name.casefold():
        return False
    return any(
        values and all(_is_zero(value) for value in values)
        for name, said in _parameters(effect).items()
        if name.casefold().startswith(_AMPLITUDE)
        for values in [_values(said)]
    )


def _values(said: object) -> list[object]:
    """Return the values of a parameter: at its key frames, where it has some."""
    keys = said.get(_KEYS) if isinstance(said, Mapping) else None
    return [said] if keys is None else [key[-1] for key in keys]


def _is_zero(value: object) -> bool:
    try:
        return Fraction(str(value)) <= 0
    except (ValueError, ZeroDivisionError):
        return False


def _parameters(effect: otio.schema.Effect) -> Mapping[str, object]:
    said = effect.metadata.get("AAF")
    parameters = said.get("Parameters") if isinstance(said, Mapping) else None
    return parameters if isinstance(parameters, Mapping) else {}


def _followed(effect: otio.schema.Effect) -> otio.schema.Effect:
    """Return the effect, or a LinearTimeWarp where it is a constant speed."""
    ratio = _parameters(effect).get(_RATIO)
    if effect.schema_name() != "TimeEffect" or not isinstance(ratio, str):
        return effect
    try:
        speed = 1 / Fraction(ratio)
    except (ValueError, ZeroDivisionError):
        return effect
    return otio.schema.LinearTimeWarp(
        effect.name, time_scalar=float(speed), metadata=effect.metadata
    )
