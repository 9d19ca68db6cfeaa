"""The badge of a slipped dub line: how far it was slipped, and a place to click to reset it."""

from fractions import Fraction

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from lipflap.gui.theme import ACCENT, BACKGROUND
from lipflap.gui.timeline.paint import NAME_PX, Box, Placed

_PADDING_PX = 5
_MIN_NAME_PX = 20  # of the line's name, left of its badge


def badge_text(frames: Fraction) -> str:
    """Return the text of a badge, such as "+3f ↺"."""
    number = f"{int(frames):+d}" if frames.denominator == 1 else f"{float(frames):+.2f}"
    return f"{number}f ↺"


def badge_area(
    metrics: QFontMetrics, placed: Placed, box: Box, frames: Fraction, width_px: int
) -> QRect:
    """Return where the badge of a line lies; empty where its box is too narrow for one.

    width_px   of the visible part of the cut, within which the badge stays
    """
    width = metrics.horizontalAdvance(badge_text(frames)) + 2 * _PADDING_PX
    right = min(box.end, width_px) - 2
    if right - max(box.begin, 0) < width + _MIN_NAME_PX:
        return QRect()
    return QRect(right - width, placed.top + 2, width, NAME_PX)


def paint_badge(painter: QPainter, area: QRect, frames: Fraction) -> None:
    """Paint the badge of a line, if there is room for it."""
    if area.isValid():
        painter.fillRect(area, ACCENT)
        painter.setPen(BACKGROUND)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, badge_text(frames))
