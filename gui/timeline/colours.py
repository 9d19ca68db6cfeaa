"""Which colours the boxes of a row wear: pictures by their state, sound by its role."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from lipflap.core.order import Role
from lipflap.gui.theme import RAISED, STATE_COLOURS
from lipflap.gui.timeline.layout import PICTURE, Row
from lipflap.plugin.cut.cut import DubLine

DUB_COLOUR, PRODUCTION_COLOUR = QColor("#4fa39a"), QColor("#7f8aa3")

# Of many boxes in one pixel column, whose state is seen: the later in this list.
_URGENT = ("rendering", "sent back", "no face", "missing media", "failed")

Argb = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class BoxColours:
    """One colour, as 0xAARRGGBB, and one urgency for each box of a row.

    stripe   what tells the state, at full strength
    body     the same, muted, so that names can be read on it
    urgency  0 for most; see strip_columns
    chosen   which boxes are chosen
    """

    stripe: Argb
    body: Argb
    urgency: NDArray[np.uint8]
    chosen: NDArray[np.bool_]


def box_colours(
    row: Row, states: Mapping[str, str], chosen: Collection[str], line: DubLine | None
) -> BoxColours:
    """What the boxes of a row wear; `line` is the dub line that was taken up, if any."""
    if row.kind == PICTURE:
        wears = [states[item.name] for item in row.items]
        held = np.array([item.name in chosen for item in row.items], np.bool_)
    else:
        wears = [row.kind] * len(row.items)
        held = np.array([line is not None and item == line for item in row.items], np.bool_)
    kinds = sorted(set(wears))
    number = {worn: n for n, worn in enumerate(kinds)}
    kind = np.array([number[worn] for worn in wears], np.intp)
    colours = [colour_of(worn) for worn in kinds]
    full = np.array([colour.rgba() for colour in colours], np.uint32)
    plain = np.array([_mixed(RAISED, colour, 0.32).rgba() for colour in colours], np.uint32)
    light = np.array([_mixed(RAISED, colour, 0.5).rgba() for colour in colours], np.uint32)
    urgency = np.array([_URGENT.index(worn) + 1 if worn in _URGENT else 0 for worn in kinds])
    body = np.where(held, light[kind], plain[kind]) if len(kinds) else plain
    return BoxColours(full[kind], body, urgency.astype(np.uint8)[kind], held)


def colour_of(worn: str) -> QColor:
    if worn in (Role.DUB, Role.PRODUCTION):
        return DUB_COLOUR if worn == Role.DUB else PRODUCTION_COLOUR
    return STATE_COLOURS[worn]


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of the other colour in the one."""
    pairs = (
        (one.red(), other.red()),
        (one.green(), other.green()),
        (one.blue(), other.blue()),
    )
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))
