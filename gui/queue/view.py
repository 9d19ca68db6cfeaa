"""The render queue: its shots, their progress, the time left, and where they render.

Render on [this machine v]                         4 of 12 done, about 3 min left
[=================                                                              ]
shot    state     progress             time left   remarks
SH050   Painting  [======     ]        1 min       edit-07
[Pause] [Cancel selected] [Retry failed] [Earlier] [Later]        [Clear finished]
"""

from collections.abc import Callable, Collection

from PySide6.QtCore import Qt, Signal
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

from lipflap.core.result import ShotState
from lipflap.gui.queue.model import PROGRESS, TITLES, ProgressDelegate, RenderModel
from lipflap.gui.queue.row import RenderRow, describe_queue, make_rows, shot_names, total_share
from lipflap.gui.shots.row_ranges import select_rows, selected_rows
from lipflap.gui.transport.flow import FlowBar
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus

THIS_MACHINE, FARM = "This machine", "A farm"

_WIDTHS_PX = (150, 150, 220, 90, 110)
_EMPTY = "No shots are queued.\nSelect shots in the shot list and press R to render them."


class RenderView(QWidget):
    """The view of the queue. Requests are signals; the view changes when the queue has changed.

    pause_requested    and resume_requested: of all rendering
    cancel_requested   names of shots that are queued, or being rendered
    retry_requested    names of shots that failed
    move_requested     names of shots, and how many places: earlier when negative
    clear_requested    drop finished shots from the list
    farm_changed       address of the farm to render on, empty for this machine
    selection_changed  names of the shots that the user selected
    """

    pause_requested = Signal()
    resume_requested = Signal()
    cancel_requested = Signal(object)
    retry_requested = Signal(object)
    move_requested = Signal(object, int)
    clear_requested = Signal()
    farm_changed = Signal(str)
    selection_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Render queue")
        self._queue = Queue()
        self._is_updating, self._chosen = False, frozenset[str]()
        self._model = RenderModel()
        self.summary = QLabel()
        self.progress = QProgressBar()
        self.table = QTableView()
        self.where = QComboBox()
        self.address = QLineEdit()
        self._pages = QStackedWidget()
        self.pause = self._action("Pause", self._pause_or_resume)
        self.cancel = self._action("Cancel selected", self._cancel)
        self.retry = self._action("Retry failed", self._retry)
        self.earlier = self._action("Earlier", lambda: self._move(-1))
        self.later = self._action("Later", lambda: self._move(1))
        self.clear = self._action("Clear finished", self.clear_requested.emit)
        self._lay_out()
        self._prepare_table()
        self._prepare_farm()
        self.show_status(JobStatus((), None), Queue())

    @property
    def farm(self) -> str:
        """The address of the farm that is to render; empty for this machine."""
        return self.address.text().strip() if self.where.currentText() == FARM else ""

    def show_status(self, status: JobStatus, queue: Queue) -> None:
        """Show which shots are queued, and their progress."""
        self._queue = queue
        scrolled = self.table.verticalScrollBar().value()
        rows = make_rows(status, queue)
        self._is_updating = True
        self._model.show_rows(rows)
        self._is_updating = False
        if self._chosen & {row.shot for row in rows} != set(self._selected_shots()):
            self.select(self._chosen)
            self.table.verticalScrollBar().setValue(scrolled)
        text = describe_queue(rows, queue)
        self.summary.setText(text)
        self.progress.setValue(round(total_share(rows) * self.progress.maximum()))
        self.progress.setAccessibleDescription(text)
        self._pages.setCurrentIndex(1 if rows else 0)
        self._update_actions()

    def show_farm(self, address: str) -> None:
        """Show where shots are rendered: on the farm with this address, or here if it is empty."""
        self.where.setCurrentText(FARM if address else THIS_MACHINE)
        if address:
            self.address.setText(address)
        self.address.setVisible(bool(address))

    def select(self, shots: Collection[str]) -> None:
        """Select those of these shots that are shown, without emitting `selection_changed`."""
        self._chosen = frozenset(shots)
        rows = [number for number, row in enumerate(self._model.rows) if row.shot in shots]
        self._is_updating = True
        select_rows(self.table, rows)
        self._is_updating = False
        self._update_actions()

    def _selected_rows(self) -> list[RenderRow]:
        return [self._model.rows[number] for number in selected_rows(self.table)]

    def _selected_shots(self) -> tuple[str, ...]:
        return shot_names(self._selected_rows())

    def _pause_or_resume(self) -> None:
        (self.resume_requested if self._queue.paused else self.pause_requested).emit()

    def _cancel(self) -> None:
        self.cancel_requested.emit(shot_names(row for row in self._selected_rows() if row.queued))

    def _retry(self) -> None:
        self.retry_requested.emit(shot_names(self._failed()))

    def _move(self, by: int) -> None:
        self.move_requested.emit(shot_names(row for row in self._selected_rows() if row.queued), by)

    def _failed(self) -> list[RenderRow]:
        return [row for row in self._model.rows if row.state == ShotState.FAILED]

    def _update_actions(self) -> None:
        """Enable the actions that apply now."""
        queue = self._queue
        queued = [row for row in self._selected_rows() if row.queued]
        self.pause.setText("Resume" if queue.paused else "Pause")
        self.pause.setEnabled(bool(queue.shots) or queue.paused)
        self.cancel.setEnabled(bool(queued))
        self.retry.setEnabled(bool(self._failed()))
        self.earlier.setEnabled(bool(queued) and len(queue.shots) > 1)
        self.later.setEnabled(bool(queued) and len(queue.shots) > 1)
        self.clear.setEnabled(bool(queue.finished or queue.cancelled))

    def _on_selection_changed(self) -> None:
        self._update_actions()
        if not self._is_updating:
            self._chosen = frozenset(self._selected_shots())
            self.selection_changed.emit(set(self._selected_shots()))

    def _action(self, text: str, handler: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda _checked=False: handler())
        self.table.addAction(action)
        return action

    def _lay_out(self) -> None:
        top, bottom, whole = QHBoxLayout(), FlowBar(), QVBoxLayout(self)
        label = QLabel("Render on")
        label.setBuddy(self.where)
        for widget in (label, self.where, self.address):
            top.addWidget(widget)
        top.addStretch()
        top.addWidget(self.summary)
        actions = (self.pause, self.cancel, self.retry, self.earlier, self.later, self.clear)
        for action in actions:
            bottom.flow.addWidget(_button(action))
        empty = QLabel(_EMPTY)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        empty.setEnabled(False)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.table)
        self.summary.setAccessibleName("Progress as text")
        self.progress.setAccessibleName("Progress of all shots")
        self.progress.setMaximum(1000)
        self.progress.setFormat("%p %")
        whole.addLayout(top)
        whole.addWidget(self.progress)
        whole.addWidget(self._pages, 1)
        whole.addWidget(bottom)

    def _prepare_table(self) -> None:
        table = self.table
        table.setAccessibleName("Shots in the render queue")
        table.setModel(self._model)
        table.setItemDelegateForColumn(PROGRESS, ProgressDelegate(table))
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
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        table.horizontalHeader().setDefaultAlignment(left)
        for column, width in zip(range(len(TITLES)), _WIDTHS_PX, strict=False):
            table.setColumnWidth(column, width)
        table.selectionModel().selectionChanged.connect(self._on_selection_changed)

    def _prepare_farm(self) -> None:
        self.where.setAccessibleName("Where shots are rendered")
        self.where.addItems([THIS_MACHINE, FARM])
        self.address.setAccessibleName("Address of the farm")
        self.address.setPlaceholderText("tcp://10.0.0.5:8786")
        self.address.setMinimumWidth(220)
        self.address.hide()
        self.where.activated.connect(self._on_where_changed)
        self.address.editingFinished.connect(self._emit_farm)

    def _on_where_changed(self) -> None:
        on_farm = self.where.currentText() == FARM
        self.address.setVisible(on_farm)
        if on_farm and not self.farm:
            self.address.setFocus()
        else:
            self._emit_farm()

    def _emit_farm(self) -> None:
        if not self.farm:  # without an address there is no farm, whatever the box says
            self.show_farm("")
        self.farm_changed.emit(self.farm)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text())
    action.changed.connect(lambda: button.setAccessibleName(action.text()))
    return button
