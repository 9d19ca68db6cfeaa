"""The dialog that asks how the dubbed cut is delivered: into which file, and in which way."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lipflap.plugin.timeline.patch.dubbed_shot import How

_WAYS = {
    How.ALTERNATE: "as a second picture in each clip",
    How.TRACK: "on a DUB track above",
    How.REPLACE: "in the place of the original pictures",
}


class DeliverDialog(QDialog):
    """A dialog for the dubbed cut; `out`, `how` and `with_markers` are what was chosen.

    summary   which shots are in it, and which are not
    ways      in which its format takes new pictures, the default first
    """

    def __init__(
        self, summary: str, out: Path, ways: Sequence[How], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Deliver")
        self.resize(620, 200)
        about = QLabel(summary, self)
        about.setWordWrap(True)
        self.file = QLineEdit(str(out), self)
        self.file.setAccessibleName("File of the dubbed cut")
        browse = QPushButton("Browse…", self)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self.ways = QComboBox(self)
        self.ways.setAccessibleName("How the new pictures come into the cut")
        for way in ways:
            self.ways.addItem(_WAYS[way], way)
        self.markers = QCheckBox("a marker with its state on each shot", self)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.button(standard.Ok).setText("Deliver")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.file.textChanged.connect(self._update_ok)
        row = QHBoxLayout()
        row.addWidget(self.file)
        row.addWidget(browse)
        form = QFormLayout()
        form.addRow("Dubbed cut", row)
        form.addRow("New pictures", self.ways)
        form.addRow("Add", self.markers)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.buttons)

    @property
    def out(self) -> Path:
        return Path(self.file.text().strip()).expanduser()

    @property
    def how(self) -> How:
        return How(self.ways.currentData())

    @property
    def with_markers(self) -> bool:
        return self.markers.isChecked()

    def _update_ok(self) -> None:
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(bool(self.file.text().strip()))

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "The dubbed cut", self.file.text())
        if path:
            self.file.setText(path)
