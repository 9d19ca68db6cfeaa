"""Where the dub is: a sound track of the cut, one sound file, or a folder of them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)


class DubDialog(QDialog):
    """Asks which sound is the dub; `dub` and `dub_at` as the command line takes them.

    why   what made it necessary to ask; empty when it was asked for
    """

    def __init__(self, tracks: Sequence[str], why: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Where the dub is")
        self.resize(520, 360 if tracks else 120)
        words = QLabel(why or "Which sound is the dub?", self)
        words.setWordWrap(True)
        self.tracks = QListWidget(self)
        self.tracks.setAccessibleName("Sound tracks of the cut")
        self.tracks.addItems(list(tracks))
        self.tracks.setVisible(bool(tracks))
        self.file = QLineEdit(self)
        self.file.setAccessibleName("Sound file or folder")
        self.file.setPlaceholderText("a sound file, or a folder of lines")
        self.file.setToolTip("In a folder, files are named like the clips they are said over.")
        self.at = QLineEdit(self)
        self.at.setAccessibleName("Record timecode of the file's start")
        self.at.setPlaceholderText("the cut's start")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out(words)
        self.tracks.itemSelectionChanged.connect(self._track_chosen)
        self.tracks.itemDoubleClicked.connect(self.accept)
        self.file.textChanged.connect(self._file_typed)
        self._judge()

    @property
    def dub(self) -> str | None:
        chosen = self.tracks.selectedItems()
        if chosen:
            return f"track:{chosen[0].text()}"
        return self.file.text().strip() or None

    @property
    def dub_at(self) -> str | None:
        return None if self.tracks.selectedItems() else self.at.text().strip() or None

    def _lay_out(self, words: QLabel) -> None:
        browse_file, browse_folder = QPushButton("File…", self), QPushButton("Folder…", self)
        browse_file.clicked.connect(self._browse_file)
        browse_folder.clicked.connect(self._browse_folder)
        row = QHBoxLayout()
        for widget in (self.file, browse_file, browse_folder):
            row.addWidget(widget)
        form = QFormLayout()
        form.addRow("File or folder", row)
        form.addRow("File starts at", self.at)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self.tracks)
        column.addLayout(form)
        column.addWidget(self._buttons)

    def _track_chosen(self) -> None:
        if self.tracks.selectedItems():
            self.file.clear()
        self._judge()

    def _file_typed(self, text: str) -> None:
        if text:
            self.tracks.clearSelection()
        self._judge()

    def _judge(self) -> None:
        fits = bool(self.tracks.selectedItems()) or Path(self.file.text().strip() or "?").exists()
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fits)

    def _browse_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "The dub")
        if path:
            self.file.setText(path)

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of lines named like the clips")
        if path:
            self.file.setText(path)
