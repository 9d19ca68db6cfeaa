"""Rendering, in the status bar: how far it is, how long it takes, and a button to pause it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from lipflap.core.timing import format_duration
from lipflap.gui.queue.row import make_rows, total_share
from lipflap.plugin.job.queue import Queue
from lipflap.plugin.job.status import JobStatus

_STEPS = 1000


class RenderingBar(QWidget):
    """The progress of the render queue; hidden while nothing is queued."""

    def __init__(self, pause: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label, self.progress = QLabel(self), QProgressBar(self)
        self.progress.setRange(0, _STEPS)
        self.progress.setMaximumWidth(160)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Rendering")
        self.pause = QToolButton(self)
        self.pause.setToolTip(pause.toolTip())
        self.pause.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pause.clicked.connect(pause.trigger)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        for widget in (self._label, self.progress, self.pause):
            row.addWidget(widget)
        self.hide()

    @property
    def text(self) -> str:
        return self._label.text()

    def show_status(self, status: JobStatus, queue: Queue) -> None:
        """Show the progress of what is queued and of what was rendered with it."""
        self.setVisible(bool(queue.shots))
        if not queue.shots:
            return
        rows = make_rows(status, queue)
        done, total = len(queue.finished), len(queue.finished) + len(queue.shots)
        words = "Paused" if queue.paused else f"Rendering {done + 1} of {total}"
        if status.seconds_left is not None and not queue.paused:
            words += f" · {format_duration(status.seconds_left)} left"
        self._label.setText(words)
        self.progress.setValue(round(total_share(rows) * _STEPS))
        self.progress.setAccessibleDescription(words)
        self.pause.setText("Resume" if queue.paused else "Pause")
