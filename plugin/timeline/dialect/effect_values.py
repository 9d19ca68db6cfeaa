"""Numbers in the metadata of effects, which every program writes in its own way."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TypeAlias

from lipflap.plugin.timeline.host_metadata import members

Facts: TypeAlias = dict[str, object]  # by the names of the fields of item_facts.ItemFacts

NEAR = 1e-3


def as_number(value: object) -> float | None:
    """Return a number that is written as one or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def as_numbers(values: Iterable[object]) -> list[float]:
    """Return those of the values that are numbers."""
    return [number for value in values if (number := as_number(value)) is not None]


def as_mappings(value: object) -> list[Mapping[str, object]]:
    """Return the mappings in a list, or a mapping alone; other things are left out."""
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for one in members(value) if isinstance(one, Mapping)]
    return []


def opacity_facts(values: Iterable[float]) -> Facts:
    """Return the facts of opacities, 1 for opaque, that an item has one after the other."""
    known = list(values)
    if not known or min(known) >= 1:
        return {}
    return {"opacity": max(0.0, min(known)), "hidden": max(known) <= 0}


def fills(scale: float, off_centre: float) -> bool:
    """Return whether a picture reaches both edges of the frame along one axis.

    scale        its length by that of the frame
    off_centre   how far its middle lies from that of the frame, in lengths of the frame
    """
    return scale + NEAR >= 1 + 2 * abs(off_centre)
