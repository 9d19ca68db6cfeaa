"""The action that makes a model of an actor, and its place in the status bar."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from lipflap.core.errors import DubError
from lipflap.gui.document import CutDocument
from lipflap.gui.personal.dialog import PersonaliseDialog
from lipflap.gui.personal.making import ModelMaking
from lipflap.plugin.job.folder import Job

_STEPS = 1000


class PersonaliseController(QObject):
    """The controller of the model that is being made.

    names     returns the characters of the cast
    window    parent of the dialogs
    bar       for the status bar: how far it is, and a button to stop it
    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self, document: CutDocument, names: Callable[[], tuple[str, ...]], window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._names, self._window = document, names, window
        self.making = ModelMaking(self)
        self.bar = MakingBar(self.making)
        self.making.failed.connect(document.error)
        self.making.made.connect(self._on_made)
        document.opened.connect(self._resume)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        return {"personalise": self._prompt}

    def _prompt(self) -> None:
        document = self._document
        if document.path is None or document.job is None:
            return
        if self.making.is_running:
            self.message.emit("A model is being made already: see the status bar.")
            return
        dialog = PersonaliseDialog(
            document.path, self._names(), document.decisions.consent, self._window
        )
        if dialog.exec():
            try:
                self.making.start(dialog.request, _log_of(document.job))
            except DubError as problem:
                document.error.emit(problem)

    def _resume(self) -> None:
        """Follow again what was begun for this cut before the panel was closed."""
        if self._document.job is not None:
            self.making.resume(_log_of(self._document.job))

    def _on_made(self, model: str) -> None:
        self.message.emit(f"The model {model} is ready: choose it under Model.")


def _log_of(job: Job) -> Path:
    return job.folder / "logs" / "model.log"


class MakingBar(QWidget):
    """The progress of a model that is being made; hidden while there is none."""

    def __init__(self, making: ModelMaking, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._making = making
        self.label, self.progress, self.stop = QLabel(self), QProgressBar(self), QToolButton(self)
        self.progress.setRange(0, _STEPS)
        self.progress.setMaximumWidth(120)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Model being made")
        self.stop.setText("Stop")
        self.stop.setToolTip(
            "Stop making the model; what was learnt is lost. It goes on when the panel is closed."
        )
        self.stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stop.clicked.connect(making.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        for widget in (self.label, self.progress, self.stop):
            row.addWidget(widget)
        making.changed.connect(self._show)
        self.hide()

    def _show(self) -> None:
        self.setVisible(self._making.is_running)
        self.label.setText(self._making.text)
        self.progress.setValue(round(self._making.share * _STEPS))
