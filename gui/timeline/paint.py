"""Painting of rows: boxes, names, what is covered or kept as filmed, waveforms, headers.

Pixel 0 is where the painter's own x is 0: left of it lie the names of the tracks. Only what lies
between `left` and `right` is visited, so the cost is that of the pixels, not of the cut.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QImage, QPainter, QPen, QPixmap

from lipflap.core.order import Role
from lipflap.gui.theme import BACKGROUND, FAINT, PANEL, TEXT
from lipflap.gui.timeline.colours import DUB_COLOUR, PRODUCTION_COLOUR, Argb, BoxColours
from lipflap.gui.timeline.layout import PICTURE, Row, Spans
from lipflap.gui.timeline.scale import Scale
from lipflap.gui.timeline.waveform import Outline

RULER_PX = 26
HEADER_PX = 130
STRIPE_PX = 4
NAME_PX = 16  # of a line's box, above its waveform
_ROW_COLOUR = PANEL.darker(112)
EDGE = BACKGROUND.darker(140)
_HIDDEN_VEIL = QColor(0, 0, 0, 120)
_MIN_TEXT_PX = 64
_HATCH_PX = 7
_BUTTONS_PX = 46  # of a sound track's header, for M and S


@dataclass(frozen=True, slots=True)
class Placed:
    """A row at its place on the screen."""

    row: Row
    top: int
    height: int

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Box:
    """An item at its place in its row, pixels [begin, end)."""

    index: int
    begin: int
    end: int

    @property
    def width(self) -> int:
        return self.end - self.begin


def boxes(row: Row, scale: Scale, left: int, right: int, min_px: int) -> list[Box]:
    """Return the boxes in view that are wider than a number of pixels."""
    visible = _in_view(row.spans, scale, left, right)
    begin, end = scale.xs_of(row.spans.starts[visible]), scale.xs_of(row.spans.ends[visible])
    wide = np.flatnonzero(end - begin > min_px)
    return [Box(visible.start + int(n), int(begin[n]), int(end[n])) for n in wide]


def paint_row(
    painter: QPainter, placed: Placed, colours: BoxColours, scale: Scale, left: int, right: int
) -> None:
    """Paint the boxes of a row, without their names."""
    painter.fillRect(left, placed.top, right - left, placed.height, _ROW_COLOUR)
    row = placed.row
    visible = _in_view(row.spans, scale, left, right)
    begin = scale.xs_of(row.spans.starts[visible]) - left
    end = scale.xs_of(row.spans.ends[visible]) - left
    top_box = topmost_box_per_column(begin, end, colours.urgency[visible], right - left)
    edge_columns = edges(begin, end, right - left)
    stripe_px = STRIPE_PX if row.kind == PICTURE else 2
    body = QRect(left, placed.top + 1, right - left, placed.height - 2)
    stands_out = (end - begin <= 2) & (colours.urgency[visible] > 0)
    body_colours = np.where(stands_out, colours.stripe[visible], colours.body[visible])
    _paint_columns(painter, body, _column_colours(body_colours, top_box, edge_columns))
    body.setHeight(stripe_px)
    _paint_columns(painter, body, _column_colours(colours.stripe[visible], top_box, edge_columns))
    _paint_hidden(painter, placed, scale, left, right)
    painter.setPen(TEXT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for box in boxes(row, scale, left, right, 2):
        if colours.is_selected[box.index]:
            painter.drawRect(box.begin, placed.top + 1, box.width - 2, placed.height - 3)


def paint_kept_ranges(
    painter: QPainter, placed: Placed, spans: Spans, scale: Scale, left: int, right: int
) -> None:
    """Hatch the ranges that are kept as filmed, along the foot of a row."""
    height = max(5, placed.height // 4)
    for begin, end in _ranges_in_view(spans, scale, left, right):
        foot = QRect(begin, placed.bottom - 1 - height, end - begin, height)
        painter.fillRect(foot, BACKGROUND)
        painter.fillRect(foot, _hatch(FAINT.name(), painter.device().devicePixelRatioF()))


def paint_name(
    painter: QPainter, placed: Placed, box: Box, name: str, text: str, ink: QColor
) -> None:
    """Paint the name of a box, and below it `text` where there is room, within the view."""
    begin = max(box.begin, 0) + 5
    room = box.end - 4 - begin
    metrics = painter.fontMetrics()
    top = placed.top + (STRIPE_PX if placed.row.kind == PICTURE else 1) + 1
    if shown := elide(metrics, name, room):
        painter.setPen(TEXT)
        painter.drawText(begin, top + metrics.ascent(), shown)
    below = top + metrics.height()
    if text and room > _MIN_TEXT_PX and below + metrics.height() <= placed.bottom:
        painter.setPen(ink)
        painter.drawText(begin, below + metrics.ascent(), elide(metrics, text, room, is_name=False))


def waveform_area(placed: Placed) -> tuple[int, int]:
    """Return top and height of a row's waveforms: below the names, where both fit."""
    name = NAME_PX if placed.height >= 2 * NAME_PX + 6 else 2
    return placed.top + name, placed.height - name - 3


def paint_waveform(painter: QPainter, placed: Placed, begin: int, outline: Outline) -> None:
    """Paint a waveform, one column of it a pixel of the screen, from pixel `begin` on."""
    ratio = painter.device().devicePixelRatioF()
    top, room = waveform_area(placed)
    height = max(1, round(room * ratio))
    colour = DUB_COLOUR if placed.row.kind == Role.DUB else PRODUCTION_COLOUR
    middle = (height - 1) / 2
    line = np.arange(height)[:, None]
    above = np.floor(middle - outline.high[None, :] / 127 * middle)
    below = np.ceil(middle - outline.low[None, :] / 127 * middle)
    painted = np.where((line >= above) & (line <= below), np.uint32(colour.lighter(125).rgba()), 0)
    image = _image(painted.astype(np.uint32))
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPoint(begin, top), image)


def paint_header(painter: QPainter, placed: Placed) -> None:
    """Paint the name of a track, left of its row."""
    area = QRect(-HEADER_PX, placed.top, HEADER_PX, placed.height)
    painter.fillRect(area, PANEL)
    painter.fillRect(-HEADER_PX, placed.bottom - 1, HEADER_PX, 1, EDGE)
    painter.fillRect(-1, placed.top, 1, placed.height, EDGE)
    if placed.row.track:
        text = area.adjusted(8, 0, -6 if placed.row.kind == PICTURE else -_BUTTONS_PX, 0)
        painter.setPen(FAINT if placed.row.kind == Role.PRODUCTION else TEXT)
        name = elide(painter.fontMetrics(), placed.row.track, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def _in_view(spans: Spans, scale: Scale, left: int, right: int) -> slice:
    per_frame = float(scale.px_per_frame)
    return spans.between(
        (scale.left_px + left - 1) / per_frame, (scale.left_px + right) / per_frame
    )


def _column_colours(
    colours: Argb, top_box: NDArray[np.int64], edge_columns: NDArray[np.int64]
) -> Argb:
    """Return a colour for each column: of its box, of the edge, or transparent."""
    if not len(colours):
        return np.zeros(len(top_box), np.uint32)
    columns = np.where(top_box >= 0, colours[top_box], np.uint32(0))
    columns[edge_columns] = EDGE.rgba()
    return columns


def _paint_columns(painter: QPainter, area: QRect, columns: Argb) -> None:
    painter.drawImage(area, _image(columns[None, :]))


def _image(pixels: Argb) -> QImage:
    """Copy [H, W] premultiplied pixels into an image."""
    is_inside = np.ascontiguousarray(pixels)
    height, width = is_inside.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(is_inside.data, width, height, 4 * width, kind).copy()


def _paint_hidden(painter: QPainter, placed: Placed, scale: Scale, left: int, right: int) -> None:
    """Hatch what the audience does not see."""
    hatch = _hatch(FAINT.name(), painter.device().devicePixelRatioF())
    for begin, end in _ranges_in_view(placed.row.hidden, scale, left, right):
        area = QRect(begin, placed.top + 1, end - begin, placed.height - 2)
        painter.fillRect(area, _HIDDEN_VEIL)
        painter.setBrushOrigin(-scale.left_px % _HATCH_PX, placed.top)
        painter.fillRect(area, hatch)


def _ranges_in_view(spans: Spans, scale: Scale, left: int, right: int) -> list[tuple[int, int]]:
    """Return pixels [begin, end) in view, joined where they touch: at most one a column."""
    visible = _in_view(spans, scale, left, right)
    begin = np.clip(scale.xs_of(spans.starts[visible]), left, right)
    end = np.clip(scale.xs_of(spans.ends[visible]), left, right)
    inside = np.zeros(right - left + 2, np.int64)
    np.add.at(inside, begin - left + 1, 1)
    np.add.at(inside, np.maximum(end, begin + 1) - left + 1, -1)
    is_inside = np.cumsum(inside) > 0
    turns = np.flatnonzero(np.diff(is_inside)) + left
    return [(int(a), int(b)) for a, b in turns.reshape(-1, 2)]


@cache
def _hatch(colour: str, ratio: float) -> QBrush:
    """Make a brush of slanting lines, equally fine on every screen."""
    size = round(_HATCH_PX * ratio)
    tile = QPixmap(size, size)
    tile.fill(Qt.GlobalColor.transparent)
    with QPainter(tile) as painter:
        ink = QColor(colour)
        ink.setAlpha(120)
        painter.setPen(QPen(ink, ratio))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for shift in (-size, 0, size):
            painter.drawLine(shift, size, shift + size, 0)
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


_SLIM_PX = 3  # a box less wide may be hidden by its neighbours


def topmost_box_per_column(
    begin: NDArray[np.int64], end: NDArray[np.int64], urgency: NDArray[np.uint8], width_px: int
) -> NDArray[np.int64]:
    """Return for each column [0, width_px) the index of its box, -1 where there is none.

    begin, end  pixels [begin, end) of boxes in the order of their starts; each shows in one
                column at least
    urgency     of slim boxes that share a column the most urgent is shown, then the last
    """
    if not len(begin):
        return np.full(width_px, -1)
    columns = np.arange(width_px)
    last = np.searchsorted(begin, columns, "right") - 1
    visible = np.where((last >= 0) & (columns < np.maximum(end, begin + 1)[last]), last, -1)
    slim = np.flatnonzero((end - begin < _SLIM_PX) & (begin >= 0) & (begin < width_px))
    slim = slim[np.argsort(urgency[slim], kind="stable")]
    visible[begin[slim]] = slim
    return visible


def edges(begin: NDArray[np.int64], end: NDArray[np.int64], width_px: int) -> NDArray[np.int64]:
    """Return the last columns of boxes wide enough to be told apart."""
    last = end[end - begin > _SLIM_PX] - 1
    return last[(last >= 0) & (last < width_px)]


_MAX_ELIDED = 4096
_MIN_LETTERS = 6  # letters of a name that is cut in its middle
_STEP_PX = 4  # rooms that differ by less share their text

_elided: OrderedDict[tuple[str, int, int, bool], str] = OrderedDict()


def elide(metrics: QFontMetrics, text: str, room_px: int, *, is_name: bool = True) -> str:
    """Shorten text to its room: of a sentence its end is dropped, of a name its middle.

    Of a name with little room, its end is left, where names differ; empty where hardly a letter
    fits.
    """
    room = room_px // _STEP_PX * _STEP_PX
    key = text, room, metrics.height(), is_name
    if key not in _elided:
        mode = Qt.TextElideMode.ElideMiddle if is_name else Qt.TextElideMode.ElideRight
        shown = metrics.elidedText(text, mode, room)
        if is_name and len(shown) < min(_MIN_LETTERS, len(text)):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
        _elided[key] = shown if shown == text or len(shown) > 2 else ""
        if len(_elided) > _MAX_ELIDED:
            _elided.popitem(last=False)
    return _elided[key]
