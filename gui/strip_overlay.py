"""What lies over the rows of a strip: ruler, marks, playhead, a line on its way, rubber band."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon

from lipflap.gui.strip_dress import DUB_COLOUR
from lipflap.gui.strip_paint import EDGE, HEADER_PX, RULER_PX, Box, Placed
from lipflap.gui.strip_ruler import Tick
from lipflap.gui.theme import ACCENT, BACKGROUND, FAINT, PANEL, RAISED, TEXT

PLAYHEAD = QColor("#ff5c4d")


def paint_ruler(painter: QPainter, ticks: tuple[Tick, ...], left: int, right: int) -> None:
    """The timecode ruler."""
    painter.fillRect(left, 0, right - left, RULER_PX, PANEL)
    metrics = painter.fontMetrics()
    for tick in ticks:
        high = 9 if tick.label else 4
        painter.fillRect(
            tick.x, RULER_PX - high, 1, high, QColor(FAINT if tick.label else RAISED).lighter(110)
        )
        if tick.label:
            painter.setPen(FAINT.lighter(120))
            painter.drawText(tick.x + 4, 2 + metrics.ascent(), tick.label)
    painter.fillRect(left, RULER_PX - 1, right - left, 1, EDGE)


def paint_corner(painter: QPainter, timecode: str) -> None:
    """Where the playhead is, left of the ruler."""
    corner = QRect(-HEADER_PX, 0, HEADER_PX, RULER_PX)
    painter.fillRect(corner, PANEL)
    painter.fillRect(-HEADER_PX, RULER_PX - 1, HEADER_PX, 1, EDGE)
    painter.setPen(TEXT)
    painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, timecode)


def paint_marks(painter: QPainter, begin: int | None, end: int | None, bottom: int) -> None:
    """The marked range over ruler and rows, with a bracket at each mark that is set."""
    if begin is not None and end is not None:
        width = max(1, end - begin)
        painter.fillRect(begin, RULER_PX - 6, width, 5, _veil(ACCENT, 130))
        painter.fillRect(begin, RULER_PX, width, bottom - RULER_PX, _veil(ACCENT, 30))
    for x, foot in ((begin, 0), (None if end is None else end - 1, -5)):
        if x is not None:
            painter.fillRect(x, RULER_PX - 16, 1, bottom - RULER_PX + 16, ACCENT)
            painter.fillRect(x + foot, RULER_PX - 16, 6, 2, ACCENT)


def paint_playhead(painter: QPainter, x: int, frame_px: int, bottom: int) -> None:
    """The playhead, and the cell of its frame where frames are told apart."""
    if frame_px > 5:
        painter.fillRect(x, RULER_PX, frame_px, bottom - RULER_PX, _veil(PLAYHEAD, 44))
    painter.fillRect(x, RULER_PX - 6, 1, bottom - RULER_PX + 6, PLAYHEAD)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLAYHEAD)
    head = [(-5, -14), (5, -14), (5, -9), (0, -4), (-5, -9)]
    painter.drawPolygon(QPolygon([QPoint(x + dx, RULER_PX + dy) for dx, dy in head]))


def paint_ghost(painter: QPainter, placed: Placed, box: Box) -> None:
    """A dub line on its way."""
    ghost = QRect(box.begin, placed.top + 1, max(2, box.width - 1), placed.height - 3)
    painter.fillRect(ghost, _veil(DUB_COLOUR, 110))
    painter.setPen(QPen(ACCENT, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(ghost)


def paint_sign(painter: QPainter, at: QPoint, words: str, right: int) -> None:
    """Words on a small plate, kept left of pixel `right`."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(words) + 12, metrics.height() + 4
    plate = QRect(min(at.x(), right - width - 2), at.y(), width, height)
    painter.fillRect(plate, ACCENT)
    painter.setPen(BACKGROUND)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def paint_band(painter: QPainter, band: QRect) -> None:
    """The rubber band that chooses shots."""
    painter.fillRect(band, _veil(TEXT, 30))
    painter.setPen(TEXT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(band.adjusted(0, 0, -1, -1))


def _veil(colour: QColor, alpha: int) -> QColor:
    veil = QColor(colour)
    veil.setAlpha(alpha)
    return veil
