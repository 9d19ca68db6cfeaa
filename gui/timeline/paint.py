"""The pixels of a strip: rows of boxes, names, what is covered, marks and playhead.

Pixel 0 is where the painter's own x is 0: left of it lie the names of the tracks. Only what lies
between `left` and `right` is looked at, so that the cost is that of the pixels, not of the cut.
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
HEADER_PX = 98
STRIPE_PX = 4
NAME_PX = 16  # of a line's box, above its waveform
_ROW_COLOUR = PANEL.darker(112)
EDGE = BACKGROUND.darker(140)
_COVERED = QColor(0, 0, 0, 120)
_WORDS_FROM_PX = 64
_HATCH_PX = 7


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


def boxes(row: Row, scale: Scale, left: int, right: int, widest_px: int) -> list[Box]:
    """The boxes in view that are wider than so many pixels."""
    found = _in_view(row.spans, scale, left, right)
    begin, end = scale.xs_of(row.spans.starts[found]), scale.xs_of(row.spans.ends[found])
    wide = np.flatnonzero(end - begin > widest_px)
    return [Box(found.start + int(n), int(begin[n]), int(end[n])) for n in wide]


def paint_row(
    painter: QPainter, placed: Placed, dress: BoxColours, scale: Scale, left: int, right: int
) -> None:
    """The boxes of a row, without their names."""
    painter.fillRect(left, placed.top, right - left, placed.height, _ROW_COLOUR)
    row = placed.row
    found = _in_view(row.spans, scale, left, right)
    begin = scale.xs_of(row.spans.starts[found]) - left
    end = scale.xs_of(row.spans.ends[found]) - left
    owner = topmost_box_per_column(begin, end, dress.urgency[found], right - left)
    cut = edges(begin, end, right - left)
    stripe_px = STRIPE_PX if row.kind == PICTURE else 2
    body = QRect(left, placed.top + 1, right - left, placed.height - 2)
    seen_from_afar = (end - begin <= 2) & (dress.urgency[found] > 0)
    worn = np.where(seen_from_afar, dress.stripe[found], dress.body[found])
    _paint_columns(painter, body, _coloured(worn, owner, cut))
    body.setHeight(stripe_px)
    _paint_columns(painter, body, _coloured(dress.stripe[found], owner, cut))
    _paint_hidden(painter, placed, scale, left, right)
    painter.setPen(TEXT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for box in boxes(row, scale, left, right, 2):
        if dress.chosen[box.index]:
            painter.drawRect(box.begin, placed.top + 1, box.width - 2, placed.height - 3)


def paint_as_filmed(
    painter: QPainter, placed: Placed, spans: Spans, scale: Scale, left: int, right: int
) -> None:
    """What stays as it was filmed although its shot is dubbed, along the foot of a row."""
    height = max(5, placed.height // 4)
    for begin, end in _stretches(spans, scale, left, right):
        foot = QRect(begin, placed.bottom - 1 - height, end - begin, height)
        painter.fillRect(foot, BACKGROUND)
        painter.fillRect(foot, _hatch(FAINT.name(), painter.device().devicePixelRatioF()))


def paint_name(
    painter: QPainter, placed: Placed, box: Box, name: str, words: str, ink: QColor
) -> None:
    """A box's name, and below it `words` where there is room; it stays in view while the box is."""
    begin = max(box.begin, 0) + 5
    room = box.end - 4 - begin
    metrics = painter.fontMetrics()
    top = placed.top + (STRIPE_PX if placed.row.kind == PICTURE else 1) + 1
    if shown := elide(metrics, name, room):
        painter.setPen(TEXT)
        painter.drawText(begin, top + metrics.ascent(), shown)
    below = top + metrics.height()
    if words and room > _WORDS_FROM_PX and below + metrics.height() <= placed.bottom:
        painter.setPen(ink)
        painter.drawText(begin, below + metrics.ascent(), elide(metrics, words, room))


def wave_room(placed: Placed) -> tuple[int, int]:
    """Top and height of a row's waveforms: below the names, where there is room for both."""
    name = NAME_PX if placed.height >= 2 * NAME_PX + 6 else 2
    return placed.top + name, placed.height - name - 3


def paint_wave(painter: QPainter, placed: Placed, begin: int, outline: Outline) -> None:
    """A waveform, one column of it a pixel of the screen, from pixel `begin` on."""
    ratio = painter.device().devicePixelRatioF()
    top, room = wave_room(placed)
    height = max(1, round(room * ratio))
    ours = DUB_COLOUR if placed.row.kind == Role.DUB else PRODUCTION_COLOUR
    middle = (height - 1) / 2
    line = np.arange(height)[:, None]
    above = np.floor(middle - outline.high[None, :] / 127 * middle)
    below = np.ceil(middle - outline.low[None, :] / 127 * middle)
    painted = np.where((line >= above) & (line <= below), np.uint32(ours.lighter(125).rgba()), 0)
    image = _image(painted.astype(np.uint32))
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPoint(begin, top), image)


def paint_header(painter: QPainter, placed: Placed) -> None:
    """The name of a track, left of its row; the painter's x is 0 at the row's own left."""
    area = QRect(-HEADER_PX, placed.top, HEADER_PX, placed.height)
    painter.fillRect(area, PANEL)
    painter.fillRect(-HEADER_PX, placed.bottom - 1, HEADER_PX, 1, EDGE)
    painter.fillRect(-1, placed.top, 1, placed.height, EDGE)
    if placed.row.track:
        text = area.adjusted(8, 0, -6, 0)
        painter.setPen(FAINT if placed.row.kind == Role.PRODUCTION else TEXT)
        name = elide(painter.fontMetrics(), placed.row.track, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def _in_view(spans: Spans, scale: Scale, left: int, right: int) -> slice:
    per_frame = float(scale.px_per_frame)
    return spans.between(
        (scale.left_px + left - 1) / per_frame, (scale.left_px + right) / per_frame
    )


def _coloured(colours: Argb, owner: NDArray[np.int64], cut: NDArray[np.int64]) -> Argb:
    """One colour a column; nothing where nobody owns it, the edge's own at the ends of boxes."""
    if not len(colours):
        return np.zeros(len(owner), np.uint32)
    columns = np.where(owner >= 0, colours[owner], np.uint32(0))
    columns[cut] = EDGE.rgba()
    return columns


def _paint_columns(painter: QPainter, area: QRect, columns: Argb) -> None:
    painter.drawImage(area, _image(columns[None, :]))


def _image(pixels: Argb) -> QImage:
    """[H, W] premultiplied pixels; a copy, so that they need not outlive it."""
    held = np.ascontiguousarray(pixels)
    height, width = held.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(held.data, width, height, 4 * width, kind).copy()


def _paint_hidden(painter: QPainter, placed: Placed, scale: Scale, left: int, right: int) -> None:
    """A dark veil over what the audience does not see, hatched."""
    hatch = _hatch(FAINT.name(), painter.device().devicePixelRatioF())
    for begin, end in _stretches(placed.row.hidden, scale, left, right):
        area = QRect(begin, placed.top + 1, end - begin, placed.height - 2)
        painter.fillRect(area, _COVERED)
        painter.setBrushOrigin(-scale.left_px % _HATCH_PX, placed.top)
        painter.fillRect(area, hatch)


def _stretches(spans: Spans, scale: Scale, left: int, right: int) -> list[tuple[int, int]]:
    """Pixels [begin, end) in view, those that touch joined: no more than there are columns."""
    found = _in_view(spans, scale, left, right)
    begin = np.clip(scale.xs_of(spans.starts[found]), left, right)
    end = np.clip(scale.xs_of(spans.ends[found]), left, right)
    inside = np.zeros(right - left + 2, np.int64)
    np.add.at(inside, begin - left + 1, 1)
    np.add.at(inside, np.maximum(end, begin + 1) - left + 1, -1)
    held = np.cumsum(inside) > 0
    turns = np.flatnonzero(np.diff(held)) + left
    return [(int(a), int(b)) for a, b in turns.reshape(-1, 2)]


@cache
def _hatch(colour: str, ratio: float) -> QBrush:
    """Slanting lines, as fine on every screen."""
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
    """For each column [0, width_px) the index of its box, -1 where there is none.

    begin, end  pixels [begin, end) of boxes in the order of their starts; each shows in one
                column at least
    urgency     of slim boxes that share a column the most urgent is shown, then the last
    """
    if not len(begin):
        return np.full(width_px, -1)
    columns = np.arange(width_px)
    last = np.searchsorted(begin, columns, "right") - 1
    found = np.where((last >= 0) & (columns < np.maximum(end, begin + 1)[last]), last, -1)
    slim = np.flatnonzero((end - begin < _SLIM_PX) & (begin >= 0) & (begin < width_px))
    slim = slim[np.argsort(urgency[slim], kind="stable")]
    found[begin[slim]] = slim
    return found


def edges(begin: NDArray[np.int64], end: NDArray[np.int64], width_px: int) -> NDArray[np.int64]:
    """The last columns of boxes wide enough to be told apart."""
    last = end[end - begin > _SLIM_PX] - 1
    return last[(last >= 0) & (last < width_px)]


_MOST = 4096
_FEWEST = 6  # letters of a name that is cut in its middle
_STEP_PX = 4  # rooms that differ by less share their text

_known: OrderedDict[tuple[str, int, int], str] = OrderedDict()


def elide(metrics: QFontMetrics, text: str, room_px: int) -> str:
    """The text with its middle left out if it is longer than there is room, or all but its end
    if there is little: that is where names differ. Empty where nothing of it would be left."""
    room = room_px // _STEP_PX * _STEP_PX
    key = text, room, metrics.height()
    if key not in _known:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        if len(shown) < min(_FEWEST, len(text)):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
        _known[key] = shown if shown == text or len(shown) > 2 else ""
        if len(_known) > _MOST:
            _known.popitem(last=False)
    return _known[key]
