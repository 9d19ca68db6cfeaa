"""The render queue as a Qt table, and the painting of its progress."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lipflap.core.result import ShotState
from lipflap.core.timing import format_duration
from lipflap.gui.queue.row import CANCELLED, RenderRow
from lipflap.gui.theme import FAINT, LINE, RAISED, STATE_COLOURS, TEXT, TROUBLE
from lipflap.plugin.job.status import RenderState

SHOT, STATE, PROGRESS, TIME_LEFT, MACHINE, REMARKS = range(6)
TITLES = ("Shot", "State", "Progress", "Time left", "Machine", "Remarks")

ROW_ROLE = Qt.ItemDataRole.UserRole

_COLOURS = STATE_COLOURS | {
    RenderState.RENDERING: STATE_COLOURS["rendering"],
    RenderState.INTERRUPTED: STATE_COLOURS["waiting"],
    RenderState.WAITING: FAINT,
    CANCELLED: FAINT,
}
_BAR_PX = 14

Index = QModelIndex | QPersistentModelIndex


class RenderModel(QAbstractTableModel):
    """Table model with a row for each shot."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[RenderRow, ...] = ()

    def show_rows(self, rows: tuple[RenderRow, ...]) -> None:
        """Show other rows; where the shots are the same, update only rows that changed."""
        before = self.rows
        if [row.shot for row in before] == [row.shot for row in rows]:
            self.rows = rows
            for number, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(number, 0), self.index(number, REMARKS))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], index.column()
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{TITLES[column]}: {_text(row, column)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.status.reason or None
        if role == Qt.ItemDataRole.ForegroundRole:
            return _colour(row, column)
        return None


class ProgressDelegate(QStyledItemDelegate):
    """The delegate for the progress of a shot; screen readers read the share in per cent."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RenderRow = index.data(ROW_ROLE)
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        option.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget
        )
        if row.state in (RenderState.WAITING, RenderState.INTERRUPTED, CANCELLED):
            return
        frame = QRectF(option.rect).adjusted(6, 0, -6, 0)
        frame.setTop(frame.center().y() - _BAR_PX / 2)
        frame.setHeight(_BAR_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(LINE)
        painter.setBrush(RAISED)
        painter.drawRoundedRect(frame, 3, 3)
        done = QRectF(frame)
        done.setWidth(frame.width() * row.done_share)
        colour = QColor(_COLOURS[row.state])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour.darker(175))
        painter.drawRoundedRect(done, 3, 3)
        painter.setPen(TEXT)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()


def _text(row: RenderRow, column: int) -> str:
    status = row.status
    if column == SHOT:
        return row.shot
    if column == STATE:
        return row.label
    if column == PROGRESS:
        counts = row.state == RenderState.RENDERING and status.total
        return f"{100 * status.done // status.total} %" if counts else ""
    if column == TIME_LEFT:
        known = row.state == RenderState.RENDERING and status.seconds_left is not None
        return format_duration(status.seconds_left or 0) if known else ""
    return row.machine if column == MACHINE else row.status.reason


def _colour(row: RenderRow, column: int) -> QColor | None:
    if column == STATE:
        return _COLOURS[row.state]
    if column in (MACHINE, REMARKS):
        return TROUBLE if row.state == ShotState.FAILED else FAINT
    return FAINT if row.state == CANCELLED else None
