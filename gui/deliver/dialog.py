"""The dialog that asks how the dubbed cut is delivered: into which file, and in which way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lipflap.gui.commands import describe_shots
from lipflap.gui.dialogs.tab_order import tab_through
from lipflap.plugin.timeline.patch.dubbed_shot import How

_WAYS = {
    How.ALTERNATE: "as a second picture in each clip",
    How.TRACK: "on a DUB track above",
    How.REPLACE: "in the place of the original pictures",
}
_AAF = ".aaf"


@dataclass(frozen=True, slots=True)
class DeliverableShots:
    """The shots of a cut that may be delivered, by name.

    approved   rendered, and approved
    judged     rendered, and not approved
    remaining  to be dubbed, and not rendered as they are now
    """

    approved: tuple[str, ...]
    judged: tuple[str, ...]
    remaining: tuple[str, ...]

    def delivered(self, only_approved: bool) -> tuple[str, ...]:
        return self.approved if only_approved else (*self.approved, *self.judged)

    def describe(self, only_approved: bool) -> str:
        """Return which shots a dubbed cut would hold, and which not."""
        delivered = self.delivered(only_approved)
        if not delivered:
            return "No shot is approved yet: approve with A, or deliver all that are rendered."
        kind = "Approved and delivered" if only_approved else "Delivered"
        text = f"{kind}: {describe_shots(delivered)}."
        if self.judged and not only_approved:
            text += f" Not approved: {describe_shots(self.judged)}."
        left = (*self.judged, *self.remaining) if only_approved else self.remaining
        return f"{text} Left as filmed: {describe_shots(left)}." if left else text


@dataclass(frozen=True, slots=True)
class DeliveryWishes:
    """How a dubbed cut is wanted, apart from its file.

    how           a second picture in each clip, a track above, or in the place of the original;
                  None for the default of the format
    with_markers  a marker with its state on each shot
    sound         the source's own sound in the new files
    mxf           folder of Media Composer's media that takes the new pictures of an AAF
    """

    how: How | None = None
    with_markers: bool = False
    sound: bool = False
    mxf: Path | None = None


class DeliverDialog(QDialog):
    """A dialog for the dubbed cut; `out`, `wishes` and `only_approved` are what was chosen.

    ways_of   returns the ways in which a file takes new pictures, the default first
    wishes    with which it opens
    """

    def __init__(
        self,
        shots: DeliverableShots,
        out: Path,
        ways_of: Callable[[Path], Sequence[How]],
        wishes: DeliveryWishes,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Deliver")
        self.setMinimumWidth(620)
        self._shots, self._ways_of, self._agreed = shots, ways_of, {out}
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.file = QLineEdit(str(out), self)
        self.file.setAccessibleName("File of the dubbed cut")
        self._make_boxes(wishes)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.button(standard.Ok).setText("Deliver")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._fill_ways(wishes.how)
        self.file.textChanged.connect(lambda _text: self._fill_ways(self.wishes.how))
        self.approved.toggled.connect(self._update)
        self.mxf.textChanged.connect(self._update)
        self._update()

    @property
    def out(self) -> Path:
        return Path(self.file.text().strip()).expanduser()

    @property
    def only_approved(self) -> bool:
        return self.approved.isChecked()

    @property
    def wishes(self) -> DeliveryWishes:
        """The wishes as they stand in the dialog."""
        way, folder = self.ways.currentData(), self.mxf.text().strip()
        return DeliveryWishes(
            None if way is None else How(way),
            self.markers.isChecked(),
            self.sound.isChecked(),
            Path(folder).expanduser() if folder and self.is_aaf else None,
        )

    @property
    def is_aaf(self) -> bool:
        """Whether the dubbed cut is an AAF."""
        return self.out.suffix.casefold() == _AAF

    def accept(self) -> None:
        """Deliver, unless that would replace a file which nobody agreed to lose.

        The file that it opened with may be replaced: if it is there, a dubbed cut of this JOB is.
        """
        if self.out.exists() and self.out not in self._agreed:
            text = f"{self.out.name} is there already. Replace it?"
            yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
            if QMessageBox.question(self, "Deliver", text, yes | no, no) != yes:
                return
        super().accept()

    def _make_boxes(self, wishes: DeliveryWishes) -> None:
        self.ways = QComboBox(self)
        self.ways.setAccessibleName("How the new pictures come into the cut")
        self.approved = QCheckBox("only those that are approved", self)
        self.approved.setChecked(True)
        self.markers = QCheckBox("a marker with its state on each shot", self)
        self.markers.setChecked(wishes.with_markers)
        self.sound = QCheckBox("the source's own sound, in the new files", self)
        self.sound.setToolTip("For programs that relink by file")
        self.sound.setChecked(wishes.sound)
        self.mxf = QLineEdit(str(wishes.mxf or ""), self)
        self.mxf.setAccessibleName("Folder of Media Composer's media")
        self.mxf.setPlaceholderText("none; such as Avid MediaFiles/MXF/2")
        self.mxf.setToolTip("The new pictures go there as DNxHR in MXF")

    def _lay_out(self) -> None:
        self._form = form = QFormLayout()
        browse, browse_mxf = self._button(self._browse), self._button(self._browse_mxf)
        form.addRow("Dubbed cut", _in_row(self.file, browse))
        form.addRow("New pictures", self.ways)
        form.addRow("Shots", self.approved)
        form.addRow("Add", self.markers)
        form.addRow("", self.sound)
        self._mxf_row = _in_row(self.mxf, browse_mxf)
        form.addRow("Media Composer", self._mxf_row)
        boxes = self.ways, self.approved, self.markers, self.sound
        tab_through(self.file, browse, *boxes, self.mxf, browse_mxf, self.buttons)
        column = QVBoxLayout(self)
        column.addWidget(self.about)
        column.addLayout(form)
        column.addWidget(self.buttons)

    def _button(self, browse: Callable[[], object]) -> QPushButton:
        button = QPushButton("Browse…", self)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: browse())
        return button

    def _fill_ways(self, wanted: How | None) -> None:
        """Offer the ways of the file's format; choose the one that was, if it is one of them."""
        ways = list(self._ways_of(self.out)) if self.file.text().strip() else []
        self.ways.clear()
        for way in ways:
            self.ways.addItem(_WAYS[way], way)
        if wanted in ways:
            self.ways.setCurrentIndex(ways.index(wanted))
        self._form.setRowVisible(self._mxf_row, self.is_aaf)
        self._update()

    def _update(self) -> None:
        """Say which shots are delivered; deliver only what there is, into what there is."""
        self.about.setText(self._shots.describe(self.only_approved))
        mxf = self.wishes.mxf
        is_possible = bool(
            self.file.text().strip()
            and self._shots.delivered(self.only_approved)
            and (mxf is None or mxf.is_dir())
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_possible)

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "The dubbed cut", self.file.text())
        if path:
            self._agreed.add(Path(path))  # that dialog has asked
            self.file.setText(path)

    def _browse_mxf(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder of Media Composer's media")
        if path:
            self.mxf.setText(path)


def _in_row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
