"""The dialog that asks where media lies which is not where the cut says."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

_FILE_TITLE = "This file is it"
_FOLDER_TITLE = "The folder in which the media lies now"


class RelinkDialog(QDialog):
    """A dialog for one file that is missing, or for a folder that holds some of them.

    missing  paths as the cut has them, each with the shots that it is missing for
    file     what was chosen for `path`; None where a folder was chosen
    folder   in and below which all of them are looked for
    """

    def __init__(self, missing: Mapping[str, list[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Relink media")
        self.resize(640, 320)
        self.path = ""
        self.file: Path | None = None
        self.folder: Path | None = None
        about = QLabel(self._about(missing), self)
        about.setWordWrap(True)
        self.files = QListWidget(self)
        self.files.setAccessibleName("Media offline")
        for path, shots in missing.items():
            item = QListWidgetItem(f"{path}    {', '.join(shots[:3])}{' …' if shots[3:] else ''}")
            item.setData(Qt.ItemDataRole.UserRole, path)
            self.files.addItem(item)
        self.files.setCurrentRow(0)
        self.files.setVisible(bool(missing))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.choose_file = QPushButton("Choose the file…", self)
        self.choose_folder = QPushButton("Look in a folder…", self)
        for button in (self.choose_file, self.choose_folder):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        self.choose_file.setEnabled(bool(missing))
        self.choose_file.clicked.connect(self._choose_file)
        self.choose_folder.clicked.connect(self._choose_folder)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(self.files)
        column.addWidget(buttons)

    def _about(self, missing: Mapping[str, list[str]]) -> str:
        if not missing:
            return "All media is where the cut says. A folder that you add is searched as well."
        return (
            "These files are not where the cut says. Choose one that lies elsewhere: what lies "
            "beside it is found too. Or name a folder: it is searched with all below it."
        )

    def _choose_file(self) -> None:
        item = self.files.currentItem()
        path, _ = QFileDialog.getOpenFileName(self, _FILE_TITLE, "") if item else ("", "")
        if item is not None and path:
            self.path, self.file = item.data(Qt.ItemDataRole.UserRole), Path(path)
            self.accept()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, _FOLDER_TITLE)
        if folder:
            self.folder = Path(folder)
            self.accept()
