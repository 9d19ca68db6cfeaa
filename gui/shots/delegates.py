"""How cells of the shot list are drawn that hold more than words."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lipflap.gui.shots.model import Index
from lipflap.gui.theme import PANEL, STATE_COLOURS

_DOT = 18  # where the words of a chip begin
_ROOM = 30  # what a chip is wider than its words


class ThumbnailDelegate(QStyledItemDelegate):
    """A thumbnail in its own colours, also where its row is chosen."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = _ground(self, painter, option, index)
        picture: QPixmap = index.data(Qt.ItemDataRole.DecorationRole)
        room = QRect(QPoint(), picture.deviceIndependentSize().toSize())
        room.moveCenter(cell.rect.center())
        painter.drawPixmap(room, picture)


class StateDelegate(QStyledItemDelegate):
    """A state as a coloured chip with its name in it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = _ground(self, painter, option, index)
        state, font = str(index.data(Qt.ItemDataRole.DisplayRole)), cell.fontMetrics
        high = font.height() + 6
        wide = min(chip_width(font.horizontalAdvance(state)), cell.rect.width() - 8)
        box = QRect(cell.rect.left() + 4, cell.rect.center().y() - high // 2, wide, high)
        words = box.adjusted(_DOT, 0, -6, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(STATE_COLOURS[state])
        painter.setBrush(PANEL)
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), high / 2, high / 2)
        painter.setBrush(STATE_COLOURS[state])
        painter.drawEllipse(QPoint(box.left() + 10, box.center().y() + 1), 3, 3)
        told = font.elidedText(state, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, told)
        painter.restore()


def chip_width(words: int) -> int:
    """Of a chip around words of a width, in pixels."""
    return words + _ROOM


def _ground(
    delegate: QStyledItemDelegate, painter: QPainter, option: QStyleOptionViewItem, index: Index
) -> QStyleOptionViewItem:
    """Draw what lies under a cell; where it is, and its font."""
    cell = QStyleOptionViewItem(option)
    delegate.initStyleOption(cell, index)
    cell.text = ""
    cell.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
    cell.icon = QIcon()
    style = cell.widget.style()
    style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
    return cell
