"""Where the rows of a strip lie on the screen, and what lies under a point or an area of it."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRect

from lipflap.core.order import Role
from lipflap.gui.timeline.layout import PICTURE, CutLayout, Item, Row, timecode_at, words_beside
from lipflap.gui.timeline.paint import RULER_PX, Placed
from lipflap.gui.timeline.scale import Scale
from lipflap.plugin.cut.cut import Shot

_HIGH_PX = {PICTURE: 46, Role.DUB: 54, Role.PRODUCTION: 38}
_BETWEEN_KINDS_PX = 5
_TALLEST = 1.7


def layout_rows(rows: Sequence[Row], height_px: int, top_px: int) -> tuple[Placed, ...]:
    """The rows from below the ruler on, taller where there is room, scrolled up by `top_px`."""
    natural = height_of(rows)
    stretch = min(max(1.0, (height_px - RULER_PX - _spaces(rows)) / (natural - _spaces(rows))),
                  _TALLEST) if rows else 1.0  # fmt: skip
    placed: list[Placed] = []
    top = RULER_PX - top_px
    for row in rows:
        if placed:
            top += _space(placed[-1].row, row)
        high = int(_HIGH_PX[row.kind] * stretch)
        placed.append(Placed(row, top, high))
        top += high
    return tuple(placed)


def height_of(rows: Sequence[Row]) -> int:
    """Pixels that the rows need at least."""
    return sum(_HIGH_PX[row.kind] for row in rows) + _spaces(rows)


def item_at(placed: Sequence[Placed], scale: Scale, x: int, y: int) -> Item | None:
    """The shot or line that is drawn at a pixel."""
    row = next((one.row for one in placed if one.top <= y < one.bottom), None)
    if row is None or y < RULER_PX:
        return None
    first, last = (float((scale.left_px + at) / scale.px_per_frame) for at in (x, x + 1))
    return row.at(first, last)


def shots_in(placed: Sequence[Placed], scale: Scale, area: QRect) -> set[str]:
    """Names of the shots whose boxes an area touches."""
    first = float((scale.left_px + area.left()) / scale.px_per_frame)
    last = float((scale.left_px + area.right() + 1) / scale.px_per_frame)
    found: set[str] = set()
    for one in placed:
        if one.row.kind == PICTURE and one.top <= area.bottom() and one.bottom > area.top():
            spans = one.row.spans
            touched = spans.between(first, last)
            found |= {
                one.row.items[n].name
                for n in range(touched.start, touched.stop)
                if spans.ends[n] > first
            }
    return found


def tip(cut: CutLayout, item: Item, state: str) -> str:
    """What is to be known of a shot or a line, a fact a line."""
    rate = cut.rate
    begin, end = (round(moment * rate) for moment in (item.record.start, item.record.end))
    record = f"{timecode_at(cut, begin)} – {timecode_at(cut, end)} · {end - begin} frames"
    if isinstance(item, Shot):
        beside = words_beside(cut.cues[item.name], state)
        return "\n".join(filter(None, (f"{item.name}: {state}", record, beside)))
    return "\n".join((f"{item.name} · {item.track}", record, item.path))


def _space(above: Row, below: Row) -> int:
    return 1 if above.kind == below.kind else _BETWEEN_KINDS_PX


def _spaces(rows: Sequence[Row]) -> int:
    return sum(_space(above, below) for above, below in pairwise(rows))
