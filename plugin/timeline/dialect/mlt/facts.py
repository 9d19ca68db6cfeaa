"""How clips of MLT are shown: scaled, moved, masked, faded, blended; and whether they are heard."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lipflap.plugin.timeline.dialect.mlt.project import MltProject, properties
from lipflap.plugin.timeline.patch.xml_spans import Element

Facts = dict[str, object]

# Filters after which the picture no longer hides all that lies below it.
_MASKS = (
    "alphaspot avfilter.chromahold avfilter.chromakey avfilter.colorkey avfilter.perspective "
    "chroma chroma_hold crop frei0r.alpha0ps frei0r.alphagrad frei0r.alphaspot "
    "frei0r.bluescreen0r frei0r.c0rners frei0r.keyspillm0pup frei0r.mask0mate frei0r.perspective "
    "frei0r.select0r frei0r.transparency mask_apply mask_start matte qtcrop rotoscoping shape"
)
_MASK_SERVICES = frozenset(_MASKS.split())
_PLACING = ("affine", "composite", "qtblend")
_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)(%?)")
_OPAQUE_COMPOSITIONS = ("mix",)
_SILENT_DB = -60  # the lowest that Shotcut's and Kdenlive's sliders nearly reach


@dataclass(frozen=True, slots=True)
class Composition:
    """A transition between tracks: frames of the sequence, and what it does to the upper track."""

    track: int
    first: int
    end: int
    facts: Facts


def clip_facts(project: MltProject, elements: Iterable[Element | None]) -> Facts:
    """Return what the filters of an entry, a producer or a track do to its picture."""
    facts: Facts = {}
    for element in elements:
        for one in element.find_all("filter") if element is not None else ():
            _add(facts, _filter_facts(project, properties(one)))
    return facts


def is_silenced(project: MltProject, elements: Iterable[Element | None]) -> bool:
    """Return whether a filter of an entry, a producer or a track lets no sound by throughout."""
    return any(
        _lets_nothing_by(properties(one)) and _lasts(project, one, element)
        for element in elements
        if element is not None
        for one in element.find_all("filter")
    )


def _lasts(project: MltProject, one: Element, element: Element) -> bool:
    """Return whether a filter lasts as long as what it is on; it does where it does not say."""
    spans = [
        (each.attributes.get("in", ""), each.attributes.get("out", "")) for each in (one, element)
    ]
    if spans[0] == ("", ""):
        return True
    if not all(text for span in spans for text in span):
        return False
    (first, last), (begin, end) = ([project.frames(text) for text in span] for span in spans)
    return first <= begin and last >= end


def _lets_nothing_by(said: dict[str, str]) -> bool:
    """Return whether a volume is 0 at all its keys: `gain` is a factor or in dB, `level` in dB.

    A fade goes from `gain` to `end`.
    """
    if said.get("mlt_service") != "volume" or said.get("disable") == "1":
        return False
    levels = [(key, True) for key in _keys(said.get("level", ""))]
    for name in ("gain", "end"):
        levels += [(key, "db" in key.casefold()) for key in _keys(said.get(name, ""))]
    values = [(number[0], in_db) for key, in_db in levels if (number := _numbers(key, (1,)))]
    return bool(values) and all(value <= (_SILENT_DB if in_db else 0) for value, in_db in values)


def merged(*several: Facts) -> Facts:
    """Return facts that hold together."""
    facts: Facts = {}
    for one in several:
        _add(facts, one)
    return facts


def compositions(project: MltProject, sequence: Element) -> list[Composition]:
    """Return the transitions between tracks that an editor laid; those of tracks are left out."""
    return [
        Composition(
            int(said["b_track"]),
            project.frames(one.attributes.get("in") or said.get("in", "0")),
            project.frames(one.attributes.get("out") or said.get("out", "0")) + 1,
            _composition_facts(project, said),
        )
        for one, said in _transitions(sequence)
        if not _is_of_track(one, said)
    ]


def track_blends(sequence: Element) -> dict[int, str]:
    """Return, by track, the blend mode of a track that is not laid over the others as it is."""
    blends = {}
    for one, said in _transitions(sequence):
        if _is_of_track(one, said) and said.get("disable") != "1" and (mode := _blend(said)):
            blends[int(said["b_track"])] = mode
    return blends


def _transitions(sequence: Element) -> Iterator[tuple[Element, dict[str, str]]]:
    for one in sequence.find_all("transition"):
        said = properties(one)
        if said.get("b_track", "").isdecimal():
            yield one, said


def _is_of_track(transition: Element, said: dict[str, str]) -> bool:
    """Return whether a transition mixes a whole track, as programs add one for each."""
    is_marked = said.get("always_active") == "1" or said.get("internal_added") == "237"
    return is_marked or not {"in", "out"} & {*transition.attributes, *said}


def _blend(said: dict[str, str]) -> str:
    """Return a blend mode other than normal, else nothing."""
    if said.get("mlt_service", "").startswith("frei0r."):
        mode = said.get("1") or said.get("blend_mode") or "normal"
        return "" if mode == "normal" or re.fullmatch(r"[\d.]+", mode) else mode
    mode = said.get("compositing", "0")
    return "" if mode == "0" or said.get("mlt_service") != "qtblend" else f"mode {mode}"


def _composition_facts(project: MltProject, said: dict[str, str]) -> Facts:
    kind = said.get("mlt_service", "")
    if said.get("disable") == "1" or kind in _OPAQUE_COMPOSITIONS:
        return {}
    if kind not in _PLACING:
        return {"fills_frame": False}
    facts = _placing_facts(project, said)
    if mode := _blend(said):
        facts["blend"] = mode
    return facts


def _filter_facts(project: MltProject, said: dict[str, str]) -> Facts:
    kind = said.get("mlt_service", "")
    if said.get("disable") == "1":
        return {}
    if kind in _MASK_SERVICES:
        return {"fills_frame": False}
    if kind == "brightness" and "alpha" in said:
        levels = [_numbers(value, (1,))[:1] for value in _keys(said["alpha"])]
        return _opacity_facts([one for one in levels if one and one[0] >= 0])
    if kind in _PLACING:
        facts = _placing_facts(project, said)
        if mode := _blend(said):
            facts["blend"] = mode
        return facts
    return {}


def _placing_facts(project: MltProject, said: dict[str, str]) -> Facts:
    """Return what a rectangle does: x, y, width, height and opacity, a key each."""
    rectangle = next(
        (said[name] for name in _rectangle_names(said) if said.get(name)), "0 0 100% 100%"
    )
    size = (project.width, project.height)
    facts: Facts = {}
    opacities = []
    for key in _keys(rectangle):
        x, y, width, height, *opacity = [*_numbers(key, size * 2), 1.0][:5]
        opacities.append(opacity[:1])
        if (x, y, width, height) != (0, 0, *size):
            facts["transformed"] = True
        if x > 0 or y > 0 or x + width < size[0] or y + height < size[1]:
            facts["fills_frame"] = False
    turns = (name for name in said if "rotat" in name)
    if any(any(_numbers(key, (1,))[:1] != [0] for key in _keys(said[name])) for name in turns):
        facts["fills_frame"] = False
        facts["transformed"] = True
    return merged(facts, _opacity_facts(opacities))


def _rectangle_names(said: dict[str, str]) -> Iterator[str]:
    yield from ("rect", "transition.rect", "geometry", "transition.geometry")
    yield from (name for name in said if name.endswith(".rect"))


def _keys(text: str) -> list[str]:
    """Return the values of a property that may be animated: 00:00:01.000=1;50~=0.5"""
    return [key.rpartition("=")[2].strip() for key in text.split(";") if key.strip()]


def _numbers(text: str, whole: tuple[int, ...]) -> list[float]:
    """Return the numbers in a value; a percentage is of `whole`, and of 1 beyond its end."""
    values = []
    for place, (number, percent) in enumerate(_NUMBER.findall(text)):
        value = float(number.replace(",", "."))
        of = whole[place] if place < len(whole) else 1
        values.append(value / 100 * of if percent else value)
    if len(values) == 5 and ":" in text and values[4] > 1:
        values[4] /= 100  # a geometry of MLT's first years: x/y:wxh:mix
    return values


def _opacity_facts(opacities: list[list[float]]) -> Facts:
    """Return the least opacity; above 0 unless nothing is ever seen."""
    values = [one[0] for one in opacities if one]
    if not values or min(values) >= 1:
        return {}
    return {"opacity": 0.0 if max(values) <= 0 else max(min(values), 0.01)}


def _add(facts: Facts, more: Facts) -> None:
    """Add facts to others; the least opacity of both counts."""
    for name, value in more.items():
        if name == "opacity":
            value = min(float(str(facts.get(name, 1.0))), float(str(value)))
        facts[name] = value
