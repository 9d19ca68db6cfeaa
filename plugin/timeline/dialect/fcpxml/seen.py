"""What FCPXML says about being seen: scale, position, crop, conform, opacity, masks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from lipflap.plugin.timeline.dialect.fcpxml.document import FcpxDocument
from lipflap.plugin.timeline.patch.xml_spans import Element

_HALF = 50  # positions count in hundredths of the frame's height, from its middle
_ALIKE = 0.01  # relative difference of two aspects that are one
_MASKING = re.compile(r"\b(mask|keyer|key)\b", re.IGNORECASE)
_MOVING = ("transform", "crop", "corners", "360-transform", "stabilization", "rollingShutter")
_SIDES = ("left", "top", "right", "bottom")


def is_enabled(element: Element) -> bool:
    """Return whether an element is switched on."""
    return element.attributes.get("enabled", "1") != "0"


def seen_facts(
    layers: Sequence[Element], asset: Element | None, document: FcpxDocument, frame: Element | None
) -> dict[str, bool | float | str]:
    """Return the facts about a picture, as plugin.timeline.item_facts has them.

    layers   the clip and the clips inside it, down to the one that plays the media
    asset    None for a title or a generator
    frame    the format of the sequence
    """
    facts: dict[str, bool | float | str] = {}
    opacities = [values for layer in layers if (values := list(_opacities(layer)))]
    if opacities and min(map(min, opacities)) < 1:
        facts["opacity"] = max(0.0, min(map(min, opacities)))
        facts["hidden"] = any(max(values) <= 0 for values in opacities)
    blends = [blend for layer in layers if (blend := _blend(layer))]
    if blends:
        facts["blend"] = blends[0]
    fills = all(_fills(layer, frame, document) and not _masks(layer) for layer in layers)
    if not fills or not _conforms(layers, asset, document, frame):
        facts["fills_frame"] = False
    if any(_adjustment(layer, name) is not None for layer in layers for name in _MOVING):
        facts["transformed"] = True
    return facts


def _adjustment(layer: Element, name: str) -> Element | None:
    found = layer.find(f"adjust-{name}")
    return found if found is not None and is_enabled(found) else None


def _opacities(layer: Element) -> Iterator[float]:
    blend = _adjustment(layer, "blend")
    if blend is None:
        return
    yield _number(blend.attributes.get("amount", ""), 1.0)
    for param in blend.find_all("param"):
        if param.attributes.get("name") == "amount":
            yield from _values(param)
            if param.find("fadeIn") is not None or param.find("fadeOut") is not None:
                yield 0.0


def _values(param: Element) -> Iterator[float]:
    """Yield the values that a parameter takes, its keyframes' included."""
    texts = [param.attributes.get("value", "")]
    texts += [key.attributes.get("value", "") for key in param.iter("keyframe")]
    yield from (float(text) for text in texts if re.fullmatch(r"-?\d{1,12}(\.\d{1,20})?", text))


def _blend(layer: Element) -> str:
    """Return the name or number of a blend mode other than normal; empty for normal."""
    blend = _adjustment(layer, "blend")
    mode = blend.attributes.get("mode", "") if blend is not None else ""
    return "" if mode.casefold() in ("", "0", "normal") or mode.startswith("0 ") else mode


def _masks(layer: Element) -> bool:
    """Return whether a filter makes parts of the picture transparent."""
    return any(
        is_enabled(part) and (part.tag == "filter-video-mask" or _MASKING.search(_name(part)))
        for part in layer.children
        if part.tag in ("filter-video", "filter-video-mask")
    )


def _name(part: Element) -> str:
    return part.attributes.get("name", "")


def _fills(layer: Element, frame: Element | None, document: FcpxDocument) -> bool:
    """Return whether what is seen of a layer still reaches all sides of the frame."""
    crop = _adjustment(layer, "crop")
    if crop is not None and crop.attributes.get("mode") == "trim":
        trim = crop.find("trim-rect")
        if trim is not None and (trim.children or _any_side(trim)):
            return False
    if _adjustment(layer, "corners") is not None or _adjustment(layer, "360-transform") is not None:
        return False
    transform = _adjustment(layer, "transform")
    return transform is None or _transform_fills(transform, _aspect(frame) or 16 / 9)


def _any_side(trim: Element) -> bool:
    return any(_number(trim.attributes.get(side, ""), 0.0) > 0 for side in _SIDES)


def _transform_fills(transform: Element, aspect: float) -> bool:
    """Return whether a picture that is scaled and moved fills the frame.

    half a frame high is 50: scaled by s it reaches 50 s, and may be moved by 50 (s - 1)
    """
    if any(param.find("keyframeAnimation") is not None for param in transform.find_all("param")):
        return False
    said = transform.attributes
    wide, high = (abs(value) for value in _pair(said.get("scale", "1 1"), 1.0))
    across, up = (abs(value) for value in _pair(said.get("position", "0 0"), 0.0))
    is_turned = _number(said.get("rotation", ""), 0.0) % 180 != 0
    is_anchored = any(_pair(said.get("anchor", "0 0"), 0.0))
    if is_turned or is_anchored:
        return False
    return across <= _HALF * (wide - 1) * aspect + _ALIKE and up <= _HALF * (high - 1) + _ALIKE


def _conforms(
    layers: Iterable[Element], asset: Element | None, document: FcpxDocument, frame: Element | None
) -> bool:
    """Return whether the media as conformed to the frame fills it: `fit` leaves bars."""
    media = document.resource(asset, "format") if asset is not None else None
    ours, theirs = _aspect(frame), _aspect(media)
    if ours is None or theirs is None or media is None or frame is None:
        return True
    kinds = (_adjustment(layer, "conform") for layer in layers)
    kind = next((one.attributes.get("type", "fit") for one in kinds if one is not None), "fit")
    if kind == "none":
        return all(_size(media, side) >= _size(frame, side) for side in ("width", "height"))
    return kind == "fill" or abs(theirs / ours - 1) <= _ALIKE


def _aspect(form: Element | None) -> float | None:
    """Return the width of a format's frame by its height, its pixels' shape included."""
    if form is None or not (_size(form, "width") and _size(form, "height")):
        return None
    pixel = Fraction(_size(form, "paspH") or 1, _size(form, "paspV") or 1)
    return float(_size(form, "width") * pixel / _size(form, "height"))


def _size(form: Element, name: str) -> int:
    text = form.attributes.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0


def _pair(text: str, default: float) -> tuple[float, float]:
    numbers = [_number(part, default) for part in text.split()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (default, default)


def _number(text: str, default: float) -> float:
    return float(text) if re.fullmatch(r"-?\d{0,12}\.?\d{1,20}(e-?\d{1,2})?", text) else default
