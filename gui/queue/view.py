"""The render queue: which shots are rendered, how far each is, how long still, and where.

Render on [this machine v]                         4 of 12 done, about 3 min left
[=================                                                              ]
shot    state     progress             time left   remark
SH050   Painting  [======     ]        1 min       edit-07
[Pause] [Cancel selected] [Retry failed] [Earlier] [Later]        [Clear finished]
"""

from collections.abc import Callable, Collection

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lipflap.core.order import ShotState
from lipflap.gui.queue.model import PROGRESS, REMARK, TITLES, ProgressBar, RenderModel
from lipflap.gui.queue.row import RenderRow, heading, rows_of, share_of, shots_of
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus

HERE, FARM = "This machine", "A farm"

_WIDTHS_PX = (150, 150, 220, 90)
_EMPTY = "Nothing is queued.\nChoose shots in the list and render them."


class RenderView(QWidget):
    """Shows a queue; what is wished of it is said by signals, and seen when the queue has changed.

    pause_wished, resume_wished   of all rendering
    cancel_wished                 names of shots that are queued, or being rendered
    retry_wished                  names of shots that failed
    move_wished                   names of shots, and how many places: earlier when negative
    clear_wished                  of what is over
    place_wished                  address of a farm, or empty for this machine
    chosen                        names of the shots that are chosen here
    """

    pause_wished = Signal()
    resume_wished = Signal()
    cancel_wished = Signal(object)
    retry_wished = Signal(object)
    move_wished = Signal(object, int)
    clear_wished = Signal()
    place_wished = Signal(str)
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Render queue")
        self._queue = Queue()
        self._showing = False
        self._model = RenderModel()
        self.heading = QLabel()
        self.whole = QProgressBar()
        self.table = QTableView()
        self.where = QComboBox()
        self.address = QLineEdit()
        self._pages = QStackedWidget()
        self.pause = self._action("Pause", self._pause_or_resume)
        self.cancel = self._action("Cancel selected", self._cancel)
        self.retry = self._action("Retry failed", self._retry)
        self.earlier = self._action("Earlier", lambda: self._move(-1))
        self.later = self._action("Later", lambda: self._move(1))
        self.clear = self._action("Clear finished", self.clear_wished.emit)
        self._lay_out()
        self._prepare_table()
        self._prepare_place()
        self.show_status(JobStatus((), None), Queue())

    @property
    def place(self) -> str:
        """The address of the farm that is to render; empty for this machine."""
        return self.address.text().strip() if self.where.currentText() == FARM else ""

    def show_status(self, status: JobStatus, queue: Queue) -> None:
        """Show what is queued, and how far it is."""
        self._queue = queue
        chosen, scrolled = set(self._chosen_shots()), self.table.verticalScrollBar().value()
        rows = rows_of(status, queue)
        self._showing = True
        self._model.show_rows(rows)
        self._showing = False
        if chosen != set(self._chosen_shots()):
            self.choose(chosen)
            self.table.verticalScrollBar().setValue(scrolled)
        said = heading(rows, queue)
        self.heading.setText(said)
        self.whole.setValue(round(share_of(rows) * self.whole.maximum()))
        self.whole.setAccessibleDescription(said)
        self._pages.setCurrentIndex(1 if rows else 0)
        self._allow()

    def show_place(self, address: str) -> None:
        """Show where shots are rendered: on the farm with this address, or here if it is empty."""
        self.where.setCurrentText(FARM if address else HERE)
        if address:
            self.address.setText(address)
        self.address.setVisible(bool(address))

    def choose(self, shots: Collection[str]) -> None:
        """Choose these, of the shots that are shown; nothing is said about it."""
        picked = QItemSelection()
        for number, row in enumerate(self._model.rows):
            if row.shot in shots:
                picked.select(self._model.index(number, 0), self._model.index(number, REMARK))
        self._showing = True
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.table.selectionModel().select(picked, how)
        self._showing = False
        self._allow()

    def _chosen_rows(self) -> list[RenderRow]:
        picked = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._model.rows[number] for number in picked]

    def _chosen_shots(self) -> tuple[str, ...]:
        return shots_of(self._chosen_rows())

    def _pause_or_resume(self) -> None:
        (self.resume_wished if self._queue.paused else self.pause_wished).emit()

    def _cancel(self) -> None:
        self.cancel_wished.emit(shots_of(row for row in self._chosen_rows() if row.queued))

    def _retry(self) -> None:
        self.retry_wished.emit(shots_of(self._failed()))

    def _move(self, by: int) -> None:
        self.move_wished.emit(shots_of(row for row in self._chosen_rows() if row.queued), by)

    def _failed(self) -> list[RenderRow]:
        """Those that are chosen, or all where none of the chosen failed."""
        failed = [row for row in self._model.rows if row.state == ShotState.FAILED]
        chosen = set(self._chosen_shots())
        return [row for row in failed if row.shot in chosen] or failed

    def _allow(self) -> None:
        """Only what can be done now can be asked for."""
        queue = self._queue
        queued = [row for row in self._chosen_rows() if row.queued]
        self.pause.setText("Resume" if queue.paused else "Pause")
        self.pause.setEnabled(bool(queue.shots) or queue.paused)
        self.cancel.setEnabled(bool(queued))
        self.retry.setEnabled(bool(self._failed()))
        self.earlier.setEnabled(bool(queued) and len(queue.shots) > 1)
        self.later.setEnabled(bool(queued) and len(queue.shots) > 1)
        self.clear.setEnabled(bool(queue.finished or queue.cancelled))

    def _say_chosen(self) -> None:
        self._allow()
        if not self._showing:
            self.chosen.emit(set(self._chosen_shots()))

    def _action(self, text: str, serve: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda _checked=False: serve())
        self.table.addAction(action)
        return action

    def _lay_out(self) -> None:
        top, bottom, whole = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        label = QLabel("Render on")
        label.setBuddy(self.where)
        for widget in (label, self.where, self.address):
            top.addWidget(widget)
        top.addStretch()
        top.addWidget(self.heading)
        for action in (self.pause, self.cancel, self.retry, self.earlier, self.later):
            bottom.addWidget(_button(action))
        bottom.addStretch()
        bottom.addWidget(_button(self.clear))
        empty = QLabel(_EMPTY)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setEnabled(False)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.table)
        self.heading.setAccessibleName("Progress in words")
        self.whole.setAccessibleName("Progress of all shots")
        self.whole.setMaximum(1000)
        self.whole.setFormat("%p %")
        whole.addLayout(top)
        whole.addWidget(self.whole)
        whole.addWidget(self._pages, 1)
        whole.addLayout(bottom)

    def _prepare_table(self) -> None:
        table = self.table
        table.setAccessibleName("Shots in the render queue")
        table.setModel(self._model)
        table.setItemDelegateForColumn(PROGRESS, ProgressBar(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(26)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setHighlightSections(False)
        for column, width in zip(range(len(TITLES)), _WIDTHS_PX, strict=False):
            table.setColumnWidth(column, width)
        table.selectionModel().selectionChanged.connect(self._say_chosen)

    def _prepare_place(self) -> None:
        self.where.setAccessibleName("Where shots are rendered")
        self.where.addItems([HERE, FARM])
        self.address.setAccessibleName("Address of the farm")
        self.address.setPlaceholderText("tcp://10.0.0.5:8786")
        self.address.setMinimumWidth(220)
        self.address.hide()
        self.where.activated.connect(self._place_picked)
        self.address.editingFinished.connect(self._say_place)

    def _place_picked(self) -> None:
        on_farm = self.where.currentText() == FARM
        self.address.setVisible(on_farm)
        if on_farm and not self.place:
            self.address.setFocus()
        else:
            self._say_place()

    def _say_place(self) -> None:
        if self.where.currentText() == HERE or self.place:
            self.place_wished.emit(self.place)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text())
    action.changed.connect(lambda: button.setAccessibleName(action.text()))
    return button
