"""Facts in the filters of Final Cut 7 XML, as its adapter leaves them in the metadata.

{"effectid": "basic", "parameter": [{"parameterid": "scale", "value": "50", "keyframe": ...}]}
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from lipflap.plugin.timeline.dialect.effect_values import (
    NEAR,
    Facts,
    as_mappings,
    as_numbers,
    fills,
    opacity_facts,
)
from lipflap.plugin.timeline.dialect.named_effects import moves_picture, shows_what_is_below

Size: TypeAlias = tuple[float, float] | None  # width and height in samples, where they are known
Values: TypeAlias = dict[str, list[Any]]

_KEYS = ("key", "keying", "matte")


def says(value: object, word: str) -> bool:
    """Return whether a value of the document is this word, in any case."""
    return isinstance(value, str) and value.strip().casefold() == word.casefold()


def active_effects(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the effects in the filters of an item that are switched on."""
    for filtered in as_mappings(item.get("filter")):
        for effect in as_mappings(filtered.get("effect")):
            is_off = says(filtered.get("enabled"), "FALSE") or says(
                effect.get("pproBypass"), "TRUE"
            )
            if not is_off:
                yield effect


def parameters(effect: Mapping[str, Any]) -> Values:
    """Return the values of each parameter: at its key frames, where it has some."""
    values = {}
    for parameter in as_mappings(effect.get("parameter")):
        keys = [key.get("value") for key in as_mappings(parameter.get("keyframe"))]
        values[str(parameter.get("parameterid"))] = keys or [parameter.get("value")]
    return values


def stated_size(said: Mapping[str, Any]) -> Size:
    """Return the size that a sequence or a file states."""
    video = _inside(said, "media", "video")
    stated = _inside(video, "format", "samplecharacteristics")
    stated = stated or _inside(video, "samplecharacteristics")
    size = as_numbers([stated.get("width"), stated.get("height")])
    return (size[0], size[1]) if len(size) == 2 and min(size) > 0 else None


def effect_facts(effect: Mapping[str, Any], frame: Size, media: Size) -> Facts:
    """Return what an effect says about how its item is shown.

    frame, media   sizes of the sequence and of the item's file
    """
    name = str(effect.get("effectid", "")).casefold()
    values = parameters(effect)
    if name == "timeremap":
        return {}
    if name == "opacity":
        return opacity_facts(value / 100 for value in as_numbers(values.get("opacity", ())))
    if name == "basic":
        return _motion_facts(values, frame, media)
    if name == "crop":
        sides = (values.get(side, ()) for side in ("left", "right", "top", "bottom"))
        is_cropped = any(value > NEAR for side in sides for value in as_numbers(side))
        return {"fills_frame": False} if is_cropped else {}
    if moves_picture(f"{effect.get('name', '')} {name}"):
        return {"transformed": True}
    is_key = str(effect.get("effectcategory", "")).casefold() in _KEYS
    if is_key or shows_what_is_below(f"{effect.get('name', '')} {name}"):
        return {"fills_frame": False}
    return {}


def _motion_facts(values: Values, frame: Size, media: Size) -> Facts:
    """Return the facts of Basic Motion: its scale is of the picture's own pixels, in percent."""
    scale = min(as_numbers(values.get("scale", ())), default=100.0) / 100
    ratio = min(media[0] / frame[0], media[1] / frame[1]) if frame and media else 1.0
    places = as_mappings(values.get("center", ()))
    off_centre = max((abs(n) for place in places for n in as_numbers(place.values())), default=0.0)
    is_upright = all(abs(angle) % 180 < NEAR for angle in as_numbers(values.get("rotation", ())))
    scales = as_numbers(values.get("scale", ()))
    turns = any(as_numbers(values.get("rotation", ())))
    is_moved = any(one != 100 for one in scales) or off_centre > NEAR or turns
    facts: Facts = {"transformed": True} if is_moved else {}
    if is_upright and fills(scale * ratio, off_centre):
        return facts
    if (frame and media) or not is_upright or off_centre > NEAR:
        return facts | {"fills_frame": False}
    return facts | {"native_scale": scale}


def _inside(said: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the mapping that lies under the keys, one in the other; empty where there is none."""
    inside: Any = said
    for key in keys:
        inside = inside.get(key) if isinstance(inside, Mapping) else None
    return inside if isinstance(inside, Mapping) else {}
