"""Facts about how an item of a timeline is shown, whichever program says them.

A reader of ours says what OTIO has no field for in the item's metadata, under FACTS:

    clip.metadata["lipflap_facts"] = {"opacity": 0.5, "fills_frame": False}

Keys are the fields of ItemFacts; what is left out has its default. What OTIO has a field for is
said there: clip.enabled, a LinearTimeWarp or FreezeFrame for a constant speed, a GeneratorReference
for a title. What programs write into OTIO in their own way is read in plugin.timeline.dialect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import PurePath
from typing import Any

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.cut.shot_names import FILM_SUFFIXES
from lipflap.plugin.timeline.bundle.read import REASON_KEY
from lipflap.plugin.timeline.dialect.effect_values import Facts
from lipflap.plugin.timeline.dialect.named_effects import named_effect_facts
from lipflap.plugin.timeline.dialect.premiere import PREMIERE, premiere_facts
from lipflap.plugin.timeline.dialect.resolve import RESOLVE, resolve_facts
from lipflap.plugin.timeline.dialect.solid_generators import is_solid
from lipflap.plugin.timeline.host_metadata import members, noted, said_by
from lipflap.plugin.timeline.item_names import describe

FACTS = "lipflap_facts"
MEDIA_FACTS = "lipflap_media_facts"  # the same, as a look at the media tells: media_look.py

_DIALECTS = (RESOLVE, PREMIERE, "fcp_xml")  # the last is read when the cut is opened


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """How a clip, a nested sequence or a track is shown.

    enabled       False when it is switched off
    opacity       1 opaque, 0 not seen; of a fade or keys the least
    hidden        its opacity is 0 throughout
    fills_frame   False when it is scaled, moved, cropped or masked so that what lies below is seen
                  beside it
    transformed   it is scaled, moved, turned, mirrored or bent, even where it fills the frame
    native_scale  scale of its own pixels, where its program does not fit pictures to the frame by
                  itself; 0 where it does
    no_film       it names no film, and nothing tells that it had any: a title of some programs
    graphic       it is a title, a generator, a matte or an adjustment clip: nothing filmed
    solid         a graphic that is opaque all over: a colour, black, bars
    translucent   name of an effect that may leave it half opaque, where nothing tells how much
    blend         name of a blend or composite mode other than normal, else empty
    see_through   its media is said to have an alpha channel
    still         it holds one picture for as long as it lasts
    uneven_speed  name of what varies its speed, else empty; a constant speed is a LinearTimeWarp
    unread        what holds its film in a way that is not read, and why, else empty: a multiclip
    """

    enabled: bool = True
    opacity: float = 1.0
    hidden: bool = False
    fills_frame: bool = True
    transformed: bool = False
    native_scale: float = 0.0
    no_film: bool = False
    graphic: bool = False
    solid: bool = False
    translucent: str = ""
    blend: str = ""
    see_through: bool = False
    still: bool = False
    uneven_speed: str = ""
    unread: str = ""

    @property
    def covers(self) -> bool:
        """Whether it hides what lies below, by all that is known without its media."""
        is_whole = self.fills_frame and not 0 < self.native_scale < 1
        return self.may_cover and is_whole and not self.see_through

    @property
    def may_cover(self) -> bool:
        """Whether it hides what lies below, if its media is opaque and large enough."""
        is_whole = self.opacity >= 1 and self.fills_frame
        is_graphic = self.graphic and not self.solid
        return is_whole and not (is_graphic or self.no_film or self.blend)


_FILES = (otio.schema.ExternalReference, otio.schema.ImageSequenceReference)
_FILM_KEYS = ("cmx_3600", "AAF", "ALE")

_PLAIN = ItemFacts()
_DEFAULTS = {field.name: field.default for field in fields(ItemFacts)}


def facts_of(item: otio.core.Item) -> ItemFacts:
    """Return the facts about an item. Raises DubError for facts that cannot be."""
    notes = noted(item, (FACTS, MEDIA_FACTS))
    said = [_said(item, FACTS)] if FACTS in notes else []
    if effects := members(item.effects):
        said += [resolve_facts(effects), premiere_facts(effects)]
        said.append(named_effect_facts(effects, except_of=_DIALECTS))
    if not item.enabled:
        said.append({"enabled": False})
    if isinstance(item, otio.schema.Clip):
        said.append(_reference_facts(item))
    facts = _merged(said) if any(said) else _PLAIN
    if MEDIA_FACTS in notes:
        return replace(facts, native_scale=0.0, **_said(item, MEDIA_FACTS))
    return facts


def _reference_facts(clip: otio.schema.Clip) -> Facts:
    """Return what a clip's media reference says about it: that there is none, or a generator."""
    reference = clip.media_reference
    if isinstance(reference, otio.schema.GeneratorReference):
        return {"graphic": True, "solid": is_solid(reference)}
    if isinstance(reference, _FILES):
        return {}
    return {} if _had_film(clip) or _said_unread(clip) else {"no_film": True}


def _said_unread(clip: otio.schema.Clip) -> bool:
    return bool(said_by(FACTS, clip).get("unread"))


def _had_film(clip: otio.schema.Clip) -> bool:
    """Return whether a clip without media shows a sign that it had film, which is lost here."""
    named = [one for one in clip.media_references().values() if one is not None]
    is_ranged = any(
        isinstance(one, _FILES) or one.available_range or noted(one, (REASON_KEY,)) for one in named
    )
    names = (clip.name, *(one.name for one in named))
    is_named = any(PurePath(name).suffix.casefold() in FILM_SUFFIXES for name in names)
    return is_ranged or is_named or bool(noted(clip, _FILM_KEYS))


def _merged(said: Sequence[Mapping[str, Any]]) -> ItemFacts:
    """Return the facts that all say together: of an opacity or a scale the least."""
    merged: dict[str, Any] = {}
    for facts in said:
        for name, value in facts.items():
            if name in ("opacity", "native_scale"):
                merged[name] = min(merged.get(name, value), value)
            elif value != _DEFAULTS[name]:
                merged[name] = value
    return ItemFacts(**merged)


def _said(item: otio.core.Item, key: str) -> Mapping[str, Any]:
    """Return the facts that are said under a key of the metadata."""
    said = item.metadata[key]
    if not isinstance(said, Mapping):
        raise _impossible(item, said)
    for name, value in said.items():
        kind = type(_DEFAULTS.get(name))
        if not isinstance(value, (int, float) if kind is float else kind) or value is None:
            raise _impossible(item, f"{name}: {value!r}")
    return said


def _impossible(item: otio.core.Item, said: object) -> DubError:
    return DubError(
        f"has a fact in its metadata that Lipflap does not know: {said}.",
        where=describe(item),
        fix=f"Remove the key {FACTS} from its metadata, or export the cut again.",
    )
