"""Place of the rows of the timeline on the screen, and what lies under a point or an area."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRect

from lipflap.core.order import Role
from lipflap.gui.shots.row import LABELS
from lipflap.gui.timeline.layout import PICTURE, CutLayout, Item, Row, describe_shot, timecode_at
from lipflap.gui.timeline.paint import RULER_PX, Placed
from lipflap.gui.timeline.scale import Scale
from lipflap.plugin.cut.cut import Shot

_HEIGHT_PX = {PICTURE: 46, Role.DUB: 54, Role.PRODUCTION: 38}
_KIND_GAP_PX = 5
_MAX_STRETCH = 1.7


def layout_rows(rows: Sequence[Row], height_px: int, top_px: int) -> tuple[Placed, ...]:
    """Place the rows below the ruler, taller where there is room, scrolled up by `top_px`."""
    min_height = total_height(rows)
    stretch = min(max(1.0, (height_px - RULER_PX - _gaps(rows)) / (min_height - _gaps(rows))),
                  _MAX_STRETCH) if rows else 1.0  # fmt: skip
    placed: list[Placed] = []
    top = RULER_PX - top_px
    for row in rows:
        if placed:
            top += _gap(placed[-1].row, row)
        high = int(_HEIGHT_PX[row.kind] * stretch)
        placed.append(Placed(row, top, high))
        top += high
    return tuple(placed)


def total_height(rows: Sequence[Row]) -> int:
    """Return the pixels that the rows need at least."""
    return sum(_HEIGHT_PX[row.kind] for row in rows) + _gaps(rows)


def item_at(placed: Sequence[Placed], scale: Scale, x: int, y: int) -> Item | None:
    """Return the shot or line that is drawn at a pixel."""
    row = next(
        (placed_row.row for placed_row in placed if placed_row.top <= y < placed_row.bottom), None
    )
    if row is None or y < RULER_PX:
        return None
    first, last = (float((scale.left_px + at) / scale.px_per_frame) for at in (x, x + 1))
    return row.at(first, last)


def shots_in(placed: Sequence[Placed], scale: Scale, area: QRect) -> set[str]:
    """Return the names of the shots whose boxes an area touches."""
    first = float((scale.left_px + area.left()) / scale.px_per_frame)
    last = float((scale.left_px + area.right() + 1) / scale.px_per_frame)
    shots: set[str] = set()
    for placed_row in placed:
        if (
            placed_row.row.kind == PICTURE
            and placed_row.top <= area.bottom()
            and placed_row.bottom > area.top()
        ):
            spans = placed_row.row.spans
            touched = spans.between(first, last)
            shots |= {
                placed_row.row.items[n].name
                for n in range(touched.start, touched.stop)
                if spans.ends[n] > first
            }
    return shots


def tooltip(cut: CutLayout, item: Item, state: str) -> str:
    """Return the tooltip of a shot or a line, a fact a line."""
    rate = cut.rate
    begin, end = (round(moment * rate) for moment in (item.record.start, item.record.end))
    record = f"{timecode_at(cut, begin)} – {timecode_at(cut, end)} · {end - begin} frames"
    if isinstance(item, Shot):
        beside = describe_shot(cut.cues[item.name], state)
        return "\n".join(filter(None, (f"{item.name}: {LABELS[state]}", record, beside)))
    return "\n".join((f"{item.name} · {item.track}", record, item.path))


def _gap(above: Row, below: Row) -> int:
    return 1 if above.kind == below.kind else _KIND_GAP_PX


def _gaps(rows: Sequence[Row]) -> int:
    return sum(_gap(above, below) for above, below in pairwise(rows))
