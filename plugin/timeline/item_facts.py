"""Facts about how an item of a timeline is shown, whichever program says them.

A reader of ours says what OTIO has no field for in the item's metadata, under FACTS:

    clip.metadata["lipflap_facts"] = {"opacity": 0.5, "fills_frame": False}

Keys are the fields of ItemFacts; what is left out has its default. What OTIO has a field for is
said there: clip.enabled, a LinearTimeWarp or FreezeFrame for a constant speed, a GeneratorReference
for a title.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.item_names import describe

FACTS = "lipflap_facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """How a clip, a nested sequence or a track is shown.

    enabled       False when it is switched off
    opacity       1 opaque, 0 not seen; of a fade or keys the least
    fills_frame   False when it is scaled, moved, cropped or masked so that what lies below is seen
                  beside it
    graphic       it is a title, a generator, a matte or an adjustment clip: nothing filmed
    blend         name of a blend or composite mode other than normal, else empty
    still         it holds one picture for as long as it lasts
    uneven_speed  name of what varies its speed, else empty; a constant speed is a LinearTimeWarp
    """

    enabled: bool = True
    opacity: float = 1.0
    fills_frame: bool = True
    graphic: bool = False
    blend: str = ""
    still: bool = False
    uneven_speed: str = ""

    @property
    def covers(self) -> bool:
        """Whether it hides what lies below, if its picture is opaque."""
        return self.opacity >= 1 and self.fills_frame and not self.graphic and not self.blend


_KINDS = {field.name: type(field.default) for field in fields(ItemFacts)}


def facts_of(item: otio.core.Item) -> ItemFacts:
    """Return the facts about an item. Raises DubError for facts that cannot be."""
    facts = _said(item)
    if not item.enabled:
        facts = replace(facts, enabled=False)
    return replace(facts, graphic=True) if is_generator(item) else facts


def is_generator(item: otio.core.Item) -> bool:
    """Return whether an item is a clip that OTIO knows to be generated, such as a title."""
    reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
    return isinstance(reference, otio.schema.GeneratorReference)


def _said(item: otio.core.Item) -> ItemFacts:
    """Return the facts that are said under FACTS."""
    said = item.metadata.get(FACTS)
    if said is None:
        return ItemFacts()
    if not isinstance(said, Mapping):
        raise _impossible(item, said)
    for name, value in said.items():
        kind = _KINDS.get(name)
        if not kind or not isinstance(value, (int, float) if kind is float else kind):
            raise _impossible(item, f"{name}: {value!r}")
    return ItemFacts(**said)


def _impossible(item: otio.core.Item, said: object) -> DubError:
    return DubError(
        f"has a fact in its metadata that Lipflap does not know: {said}.",
        where=describe(item),
        fix=f"Remove the key {FACTS} from its metadata, or export the cut again.",
    )
