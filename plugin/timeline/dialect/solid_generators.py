"""Generators that hide what lies below them, by the kind that a media reference names.

A colour, black or test bars fill the frame. Titles, shapes and most other generators do not, and
neither does what Final Cut 7 XML calls a Slug: black, but an adjustment layer or a title, too.
"""

import re
from collections.abc import Sequence

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.effect_values import as_number

SOLID_COLOUR = "SolidColor"
COLOUR = "color"  # parameter of a generator: red, green, blue, opacity

_SOLID = re.compile(
    r"(toucan )?(solid|solid ?colou?r|colou?r|colou?r ?matte|fill|black|black ?video|white"
    r"|(smpte ?|hd ?)?(colou?r ?)?bars?( ?and ?tone)?)"
)
_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


def is_solid(reference: otio.schema.GeneratorReference) -> bool:
    """Return whether a generator is opaque all over, as far as its kind and its colour tell."""
    kind = _BETWEEN_WORDS.sub(" ", reference.generator_kind or "").strip().casefold()
    return bool(_SOLID.fullmatch(kind)) and _is_opaque(reference.parameters.get(COLOUR))


def _is_opaque(colour: object) -> bool:
    if not isinstance(colour, Sequence) or isinstance(colour, str) or len(colour) < 4:
        return True
    opacity = as_number(colour[3])
    return opacity is None or opacity >= 1
