"""Facts that Premiere Pro writes into the effects of its OTIO files.

    effect.metadata["PremierePro_OTIO"] = {"MatchName": "AE.ADBE Motion", "Parameters": [
        {"DisplayName": "Scale", "ID": 2, "StartValue": {"Value": 50.0}}, ...]}

A keyed parameter has "Keyframes", a list of values, instead of its start value. Names are in the
language of the program, numbers are not.
"""

from collections.abc import Iterable, Iterator, Mapping

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

PREMIERE = "PremierePro_OTIO"

_OPACITY, _BLEND_MODES, _NORMAL = 1, (2, 3), {2: 18, 3: 0}
_POSITION, _SCALE, _SCALE_WIDTH, _UNIFORM, _ROTATION = 1, 2, 3, 4, 5
_MOTION_CROPS, _CROPS = range(8, 12), range(1, 5)
_TEXTS = ("AE.ADBE Graphic Group", "AE.ADBE Text")

_Values = dict[int, list[object]]


def premiere_facts(effects: Iterable[otio.schema.Effect]) -> Facts:
    """Return what Premiere's effects of an item say about how it is shown."""
    facts: Facts = {}
    for effect in effects:
        said = said_by(PREMIERE, effect)
        if said and effect.enabled:
            facts |= _effect_facts(str(said.get("MatchName", "")), parameter_values(said))
    return facts


def parameter_values(said: Mapping[str, object]) -> _Values:
    """Return the values of each parameter by its number: at its key frames, where it has some."""
    return {
        number: list(_values_of(parameter))
        for parameter in as_mappings(said.get("Parameters"))
        if isinstance(number := parameter.get("ID"), int)
    }


def _values_of(parameter: Mapping[str, object]) -> Iterator[object]:
    keys = as_mappings(parameter.get("Keyframes"))
    for key in keys or as_mappings(parameter.get("StartValue")):
        yield key.get("Value")


def _effect_facts(name: str, values: _Values) -> Facts:
    if name == "AE.ADBE Opacity":
        facts = opacity_facts(value / 100 for value in as_numbers(values.get(_OPACITY, ())))
        modes = {number: as_numbers(values.get(number, ())) for number in _BLEND_MODES}
        is_normal = all(set(found) <= {_NORMAL[number]} for number, found in modes.items())
        return facts if is_normal else facts | {"blend": "blend mode"}
    if name in ("AE.ADBE Motion", "PR.ADBE Motion"):
        return _motion_facts(values)
    if name.endswith("Crop"):
        return {"fills_frame": False} if _is_any(values, _CROPS) else {}
    if name.endswith("Time Remapping"):
        speeds = {value for found in values.values() for value in as_numbers(found)}
        return {"uneven_speed": "Time Remapping"} if len(speeds) > 1 else {}
    if name in _TEXTS:
        return {"graphic": True}
    if moves_picture(name):
        return {"transformed": True}
    return {"fills_frame": False} if shows_what_is_below(name) else {}


def _motion_facts(values: _Values) -> Facts:
    """Return the facts of the fixed effect Motion: a picture is as large as its own pixels."""
    high = min(as_numbers(values.get(_SCALE, ())), default=100.0) / 100
    is_uniform = values.get(_UNIFORM, [True]) != [False]
    wide = (
        high if is_uniform else min(as_numbers(values.get(_SCALE_WIDTH, ())), default=100.0) / 100
    )
    places = as_mappings(values.get(_POSITION, ()))
    across = max((abs(x - 0.5) for x in as_numbers(p.get("X") for p in places)), default=0.0)
    down = max((abs(y - 0.5) for y in as_numbers(p.get("Y") for p in places)), default=0.0)
    is_upright = all(abs(angle) % 180 < NEAR for angle in as_numbers(values.get(_ROTATION, ())))
    is_moved = (across > NEAR or down > NEAR) and not (fills(wide, across) and fills(high, down))
    facts: Facts = {} if min(wide, high) == 1 else {"native_scale": min(wide, high)}
    scales = as_numbers((*values.get(_SCALE, ()), *values.get(_SCALE_WIDTH, ())))
    turns = any(as_numbers(values.get(_ROTATION, ())))
    if any(scale != 100 for scale in scales) or max(across, down) > NEAR or turns:
        facts["transformed"] = True
    if is_moved or not is_upright or _is_any(values, _MOTION_CROPS):
        facts["fills_frame"] = False
    return facts


def _is_any(values: _Values, numbers: range) -> bool:
    return any(value > NEAR for n in numbers for value in as_numbers(values.get(n, ())))
