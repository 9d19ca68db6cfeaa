"""Colours of the boxes of a row: pictures by their state, sound by its role."""

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

# Of many boxes in one pixel column the most urgent is drawn: the later in this list.
_URGENT_STATES = ("rendering", "sent back", "no face", "missing media", "failed")

Argb = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class BoxColours:
    """Colours, as 0xAARRGGBB, and urgency of each box of a row.

    stripe       colour of the state, at full strength
    body         the same, muted, so that names can be read on it
    urgency      0 for most; see paint.topmost_box_per_column
    is_selected  which boxes are selected
    """

    stripe: Argb
    body: Argb
    urgency: NDArray[np.uint8]
    is_selected: NDArray[np.bool_]


def box_colours(
    row: Row, states: Mapping[str, str], selected: Collection[str], line: DubLine | None
) -> BoxColours:
    """Return the colours of the boxes of a row; `line` is the selected dub line, if any."""
    if row.kind == PICTURE:
        kinds = [states[item.name] for item in row.items]
        is_selected = np.array([item.name in selected for item in row.items], np.bool_)
    else:
        kinds = [row.kind] * len(row.items)
        is_selected = np.array([line is not None and item == line for item in row.items], np.bool_)
    names = sorted(set(kinds))
    number = {name: n for n, name in enumerate(names)}
    index = np.array([number[name] for name in kinds], np.intp)
    colours = [colour_of(name) for name in names]
    full = np.array([colour.rgba() for colour in colours], np.uint32)
    muted = np.array([_mix(RAISED, colour, 0.32).rgba() for colour in colours], np.uint32)
    highlighted = np.array([_mix(RAISED, colour, 0.5).rgba() for colour in colours], np.uint32)
    urgency = np.array(
        [_URGENT_STATES.index(name) + 1 if name in _URGENT_STATES else 0 for name in names]
    )
    body = np.where(is_selected, highlighted[index], muted[index]) if len(names) else muted
    return BoxColours(full[index], body, urgency.astype(np.uint8)[index], is_selected)


def colour_of(name: str) -> QColor:
    """Return the colour of a role, or of a state."""
    if name in (Role.DUB, Role.PRODUCTION):
        return DUB_COLOUR if name == Role.DUB else PRODUCTION_COLOUR
    return STATE_COLOURS[name]


def _mix(first: QColor, second: QColor, share: float) -> QColor:
    """Mix `share` of the second colour into the first."""
    pairs = (
        (first.red(), second.red()),
        (first.green(), second.green()),
        (first.blue(), second.blue()),
    )
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))
