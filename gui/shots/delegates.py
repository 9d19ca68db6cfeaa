"""Painting of the cells of the shot list that are not plain text."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lipflap.gui.shots.model import STATE_ROLE, Index
from lipflap.gui.theme import PANEL, STATE_COLOURS

_TEXT_FROM_PX = 18  # left edge of a chip to its text
_CHIP_PADDING_PX = 30  # of a chip around its text


class ThumbnailDelegate(QStyledItemDelegate):
    """The delegate for a thumbnail, which keeps its colours where its row is selected."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = _paint_background(self, painter, option, index)
        pixmap: QPixmap = index.data(Qt.ItemDataRole.DecorationRole)
        rect = QRect(QPoint(), pixmap.deviceIndependentSize().toSize())
        rect.moveCenter(cell.rect.center())
        painter.drawPixmap(rect, pixmap)


class StateDelegate(QStyledItemDelegate):
    """The delegate for a state: a coloured chip with its name in it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = _paint_background(self, painter, option, index)
        label, font = str(index.data(Qt.ItemDataRole.DisplayRole)), cell.fontMetrics
        state = str(index.data(STATE_ROLE))
        height = font.height() + 6
        width = min(chip_width(font.horizontalAdvance(label)), cell.rect.width() - 8)
        box = QRect(cell.rect.left() + 4, cell.rect.center().y() - height // 2, width, height)
        text_rect = box.adjusted(_TEXT_FROM_PX, 0, -6, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(STATE_COLOURS[state])
        painter.setBrush(PANEL)
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), height / 2, height / 2)
        painter.setBrush(STATE_COLOURS[state])
        painter.drawEllipse(QPoint(box.left() + 10, box.center().y() + 1), 3, 3)
        text = font.elidedText(label, Qt.TextElideMode.ElideRight, text_rect.width())
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


def chip_width(text_rect: int) -> int:
    """Return the width of a chip around text of a width, in pixels."""
    return text_rect + _CHIP_PADDING_PX


def _paint_background(
    delegate: QStyledItemDelegate, painter: QPainter, option: QStyleOptionViewItem, index: Index
) -> QStyleOptionViewItem:
    """Paint what lies under a cell; return its option, with its place and font."""
    cell = QStyleOptionViewItem(option)
    delegate.initStyleOption(cell, index)
    cell.text = ""
    cell.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
    cell.icon = QIcon()
    style = cell.widget.style()
    style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
    return cell
