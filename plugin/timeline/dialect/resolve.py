"""Facts that DaVinci Resolve writes into the effects of its OTIO files.

Every clip has all effects; a parameter is listed where it differs from its default:

    effect.metadata["Resolve_OTIO"] = {"Effect Name": "Composite", "Enabled": True, "Parameters": [
        {"Parameter ID": "opacity", "Parameter Value": 40.0, "Key Frames": {"0": {"Value": 40.0}}}]}
"""

from collections.abc import Iterable, Mapping

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.effect_values import (
    NEAR,
    Facts,
    as_mappings,
    as_numbers,
    fills,
    opacity_facts,
)
from lipflap.plugin.timeline.dialect.named_effects import moves_picture, shows_what_is_below
from lipflap.plugin.timeline.host_metadata import said_by

RESOLVE = "Resolve_OTIO"

_CROPS = ("cropLeft", "cropRight", "cropTop", "cropBottom")
_FADES = ("videoFaderIn", "videoFaderOut")
_MOVING = ("Transform", "Source Transform", "Dynamic Zoom")
_READ = ("Transform", "Cropping", "Source Cropping", "Source Transform", "Video Faders")

_TILTED = ("transformationPitch", "transformationYaw")


def resolve_facts(effects: Iterable[otio.schema.Effect]) -> Facts:
    """Return what Resolve's effects of an item say about how it is shown."""
    facts: Facts = {}
    for effect in effects:
        said = said_by(RESOLVE, effect)
        if said and said.get("Enabled", True) and effect.enabled:
            facts |= _effect_facts(str(said.get("Effect Name", "")), _values(said))
    return facts


def _values(said: Mapping[str, object]) -> dict[str, list[float]]:
    """Return the values of each parameter: at its key frames, where it has some."""
    values = {}
    for parameter in as_mappings(said.get("Parameters")):
        keys = parameter.get("Key Frames")
        keyed = keys.values() if isinstance(keys, Mapping) else ()
        at_keys = as_numbers(key.get("Value") for key in keyed if isinstance(key, Mapping))
        steady = as_numbers([parameter.get("Parameter Value")])
        values[str(parameter.get("Parameter ID"))] = at_keys or steady
    return values


def _effect_facts(name: str, values: Mapping[str, list[float]]) -> Facts:
    if name == "Composite":
        faded = opacity_facts(value / 100 for value in values.get("opacity", ()))
        modes = [mode for mode in values.get("composite mode", ()) if mode]
        return faded | ({"blend": f"composite mode {modes[0]:.0f}"} if modes else {})
    if name == "Video Faders" and any(max(values.get(fade, [0.0])) > 0 for fade in _FADES):
        return {"opacity": 0.0}
    is_cropped = any(max(values.get(crop, [0.0])) > NEAR for crop in _CROPS)
    is_zoomed_out = name == "Dynamic Zoom" and max(values.get("dynamicZoomScale", [1.0])) > 1 + NEAR
    is_part = shows_what_is_below(name) if name not in _READ else False
    moves = bool(values) and (name in _MOVING or moves_picture(name))
    facts: Facts = {"transformed": True} if moves else {}
    if is_cropped or is_zoomed_out or is_part or (name == "Transform" and not _fills(values)):
        facts["fills_frame"] = False
    return facts


def _fills(values: Mapping[str, list[float]]) -> bool:
    def most(name: str) -> float:
        return max((abs(value) for value in values.get(name, ())), default=0.0)

    is_upright = all(
        abs(angle) % 180 < NEAR for angle in values.get("transformationRotationAngle", ())
    )
    is_flat = all(most(name) < NEAR for name in _TILTED)
    wide = fills(min(values.get("transformationZoomX", [1.0])), most("transformationPan"))
    high = fills(min(values.get("transformationZoomY", [1.0])), most("transformationTilt"))
    return is_upright and is_flat and wide and high
