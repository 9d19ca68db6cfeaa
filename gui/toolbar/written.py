"""The file that was written, in the status bar: its name, buttons to open it or show its folder."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from lipflap.gui.dialogs.notes import NotesDialog


class WrittenFile(QWidget):
    """A line about the last file that was written; hidden before the first.

    refused   why a file or a folder was not opened
    """

    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self._label = QLabel(self)
        self.notes = self._button("Notes…", "Read what was noted when it was written")
        self.notes.clicked.connect(self._show_notes)
        self._notes = ""
        self.open = self._button("Open", "Open it in the program that is made for it")
        self.show_folder = self._button("Show in folder", "Open the folder in which it lies")
        self.dismiss = self._button("✕", "Hide this")
        self.open.clicked.connect(lambda: self._open(self.path))
        self.show_folder.clicked.connect(
            lambda: self._open(self.path.parent if self.path else None)
        )
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        for widget in (self._label, self.notes, self.open, self.show_folder, self.dismiss):
            row.addWidget(widget)
        self.hide()

    def show_file(self, what: str, path: Path, notes: str = "") -> None:
        """Show that a file was written; `what` says what it is, `notes` what to know of it."""
        self.path, self._notes = path, notes
        self.notes.setVisible(bool(notes))
        self._label.setText(f"{what}: {path.name}")
        self._label.setToolTip(str(path))
        self.show()

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _show_notes(self) -> None:
        NotesDialog(self._label.text(), self._notes, self).exec()

    def _open(self, path: Path | None) -> None:
        if path is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.refused.emit(f"This desktop has no program that opens {path.name}.")
