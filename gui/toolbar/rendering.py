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
        self._before = frozenset[str]()  # shots that had ended when nothing was queued any more
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

    def forget(self) -> None:
        """Count anew: another JOB is shown from now on."""
        self._before = frozenset()

    def show_status(self, status: JobStatus, queue: Queue) -> None:
        """Show the progress of what is queued and of what was rendered with it, not before it."""
        self.setVisible(bool(queue.shots))
        if not queue.shots:
            self._before = frozenset(queue.finished)
            return
        self._before -= {*queue.shots}
        rows = [row for row in make_rows(status, queue) if row.shot not in self._before]
        done = len({*queue.finished} - self._before)
        total = done + len(queue.shots)
        words = "Paused" if queue.paused else f"Rendering {done + 1} of {total}"
        if status.seconds_left is not None and not queue.paused:
            words += f" · {format_duration(status.seconds_left)} left"
        self._label.setText(words)
        self.progress.setValue(round(total_share(rows) * _STEPS))
        self.progress.setAccessibleDescription(words)
        self.pause.setText("Resume" if queue.paused else "Pause")
