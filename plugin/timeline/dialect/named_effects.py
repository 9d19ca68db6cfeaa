"""What nothing but the name of an effect tells, as many programs write into OTIO."""

import re
from collections.abc import Container, Iterable

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.effect_values import Facts
from lipflap.plugin.timeline.host_metadata import noted

_WORDS = re.compile(
    r"\b(alpha|blend|border|composite|corner pin|crop|fade|garbage|key|keyer|keying|matte"
    r"|(?<!unsharp )mask"
    r"|merge|move|opacity|picture in picture|pip|position|reformat|resize|rotate|rotation|scale"
    r"|size|split screen|superimpose|title|transform|translate|wipe|3d warp)\b"
)
_MOVING_WORDS = re.compile(
    r"\b(distort\w*|fish ?eye|flip|flop|lens|mirror|perspective|reframe|stabili[sz]\w*|warp|zoom)\b"
)
_TRANSLUCENT_WORDS = re.compile(r"\b(alpha|blend|composite|fade|merge|opacity|superimpose)\b")
_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")


def shows_what_is_below(name: str) -> bool:
    """Return whether an effect of this name lets what lies below be seen, as far as it tells."""
    return bool(_WORDS.search(_BETWEEN_WORDS.sub(" ", name).casefold()))


def moves_picture(name: str) -> bool:
    """Return whether an effect of this name moves what is seen, as far as it tells."""
    return bool(_MOVING_WORDS.search(_BETWEEN_WORDS.sub(" ", name).casefold()))


def makes_translucent(name: str) -> bool:
    """Return whether an effect of this name may leave a picture half opaque."""
    return bool(_TRANSLUCENT_WORDS.search(_BETWEEN_WORDS.sub(" ", name).casefold()))


def named_effect_facts(
    effects: Iterable[otio.schema.Effect], *, except_of: Container[str]
) -> Facts:
    """Return what names of effects say: an item does not fill the frame, is moved or translucent.

    except_of   keys of metadata of programs whose effects are read otherwise
    """
    facts: Facts = {}
    for effect in effects:
        is_read = bool(noted(effect, except_of))
        if is_read or not effect.enabled or isinstance(effect, otio.schema.TimeEffect):
            continue
        name = f"{effect.name} {effect.effect_name}"
        if shows_what_is_below(name):
            facts["fills_frame"] = False
        if makes_translucent(name):
            facts["translucent"] = effect.effect_name or effect.name
        if moves_picture(name):
            facts["transformed"] = True
    return facts
