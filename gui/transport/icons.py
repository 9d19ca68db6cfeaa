"""Icons of the transport, drawn: no font has all of these signs on every system."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from lipflap.gui.theme import ACCENT, FAINT, TEXT

SIZE = QSize(18, 14)
_RATIO = 2  # device pixels a pixel: sharp on every screen

PLAY, PAUSE, STEP, STEP_BACK, NEXT, PREVIOUS, LOOP = (
    "play",
    "pause",
    "step",
    "step_back",
    "next_shot",
    "previous_shot",
    "loop",
)


def icon(name: str) -> QIcon:
    """Return the icon of a transport button: plain, disabled and ticked."""
    made = QIcon()
    for colour, mode, state in (
        (TEXT, QIcon.Mode.Normal, QIcon.State.Off),
        (FAINT, QIcon.Mode.Disabled, QIcon.State.Off),
        (ACCENT, QIcon.Mode.Normal, QIcon.State.On),
    ):
        made.addPixmap(_draw(name, colour), mode, state)
    return made


def _draw(name: str, colour: QColor) -> QPixmap:
    pixmap = QPixmap(SIZE * _RATIO)
    pixmap.setDevicePixelRatio(_RATIO)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if name == LOOP:
            _draw_loop(painter, colour)
        elif name == PAUSE:
            painter.drawRect(QRectF(4, 1, 3.5, 12))
            painter.drawRect(QRectF(10.5, 1, 3.5, 12))
        else:
            _draw_arrow(painter, name)
    return pixmap


def _draw_arrow(painter: QPainter, name: str) -> None:
    """Draw a triangle, for a step with a bar behind it, for a shot with one before it."""
    if name in (STEP_BACK, PREVIOUS):
        painter.translate(SIZE.width(), 0)
        painter.scale(-1, 1)
    painter.drawPolygon(QPolygonF([QPointF(5, 1), QPointF(14, 7), QPointF(5, 13)]))
    if name in (STEP, STEP_BACK):
        painter.drawRect(QRectF(1.5, 1, 2, 12))
    if name in (NEXT, PREVIOUS):
        painter.drawRect(QRectF(14.5, 1, 2, 12))


def _draw_loop(painter: QPainter, colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.8))
    painter.drawArc(QRectF(3, 1.5, 11, 11), 60 * 16, 270 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(10, 0), QPointF(16, 2.5), QPointF(10.5, 6)]))
