"""The dialog that asks for the dub: a sound track of the cut, a sound file, or a folder."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QAbstractItemView,
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

from lipflap.gui.dialogs.tab_order import tab_through
from lipflap.gui.dialogs.track_preview import TrackPreview
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.dub_source import is_sound

_MAX_CHANNELS = 999


class DubDialog(QDialog):
    """A dialog that asks for the dub; `dub` and `dub_at` are as on the command line.

    dub_channel   the channel of sound files that is the voice, from 0; None to find it
    why   why it is asked for; empty when the editor opened the dialog
    """

    def __init__(self, tracks: Sequence[str], why: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose the dub")
        self.resize(560, 460 if tracks else 120)
        self._lines: tuple[DubLine, ...] = ()
        label = QLabel(why or "Which sound is the dub?", self)
        label.setWordWrap(True)
        self.tracks = QListWidget(self)
        self.tracks.setAccessibleName("Sound tracks of the cut")
        self.tracks.addItems(list(tracks))
        self.tracks.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tracks.setToolTip("Several tracks, with Ctrl or Shift: a track a character")
        self.tracks.setVisible(bool(tracks))
        self.preview, self._about = TrackPreview(self), QLabel(self)
        self._about.setWordWrap(True)
        self.listen = QPushButton("Play", self)
        self.listen.setToolTip("Listen to the selected track")
        self.listen.setAutoDefault(False)
        self.listen.clicked.connect(lambda: self.preview.play())
        for widget in (self.preview, self._about, self.listen):
            widget.setVisible(bool(tracks))
        self.file = QLineEdit(self)
        self.file.setAccessibleName("Sound file or folder")
        self.file.setPlaceholderText("sound file, folder, cue list or session")
        self.file.setToolTip(
            "In a folder, each file has the name of the clip over which its line is spoken."
        )
        self.at = QLineEdit(self)
        self.at.setAccessibleName("Record timecode of the file's start")
        self.at.setPlaceholderText("timecode; empty for the file's own, or the cut's start")
        self.channel = QLineEdit(self)
        self.channel.setAccessibleName("Channel of the sound files that is the voice")
        self.channel.setPlaceholderText("number of the channel; empty to find it")
        self.channel.setValidator(QIntValidator(1, _MAX_CHANNELS, self.channel))
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out(label)
        self.tracks.itemSelectionChanged.connect(self._on_track_selected)
        self.tracks.itemDoubleClicked.connect(self.accept)
        for line in (self.file, self.channel):
            line.textChanged.connect(self._on_file_changed)
        self._update_ok()

    def choose(self, track: str) -> None:
        """Select a track, if there is one of that name."""
        for item in self.tracks.findItems(track, Qt.MatchFlag.MatchExactly):
            item.setSelected(True)
            self.tracks.setCurrentItem(item, QItemSelectionModel.SelectionFlag.NoUpdate)

    def show_given(self, dub: str, dub_at: str | None, dub_channel: int | None) -> None:
        """Show a dub that was given as a file or folder before."""
        self.file.setText(dub)
        self.at.setText(dub_at or "")
        self.channel.setText("" if dub_channel is None else str(dub_channel + 1))

    def show_lines(self, lines: Sequence[DubLine]) -> None:
        """Show and play the clips of the selected track from now on; `lines` are of all tracks."""
        self._lines = tuple(lines)
        self._show_track()

    def done(self, result: int) -> None:
        """Close the sound device with the dialog."""
        self.preview.close_sound()
        super().done(result)

    @property
    def dub(self) -> str | None:
        if names := self._selected_tracks():
            return f"track:{', '.join(names)}"
        return self.file.text().strip() or None

    @property
    def dub_at(self) -> str | None:
        return None if self.tracks.selectedItems() else self.at.text().strip() or None

    @property
    def dub_channel(self) -> int | None:
        text = self.channel.text() if self.channel.isEnabled() else ""
        return int(text) - 1 if text else None

    def _lay_out(self, label: QLabel) -> None:
        browse_file, browse_folder = QPushButton("File…", self), QPushButton("Folder…", self)
        browse_file.clicked.connect(self._browse_file)
        browse_folder.clicked.connect(self._browse_folder)
        row = QHBoxLayout()
        for widget in (self.file, browse_file, browse_folder):
            row.addWidget(widget)
        form = QFormLayout()
        form.addRow("File or folder", row)
        form.addRow("File starts at", self.at)
        form.addRow("Voice in channel", self.channel)
        files = self.file, browse_file, browse_folder, self.at, self.channel
        tab_through(self.tracks, self.listen, *files, self._buttons)
        column = QVBoxLayout(self)
        column.addWidget(label)
        column.addWidget(self.tracks)
        column.addWidget(self.preview)
        below = QHBoxLayout()
        below.addWidget(self._about, 1)
        below.addWidget(self.listen)
        column.addLayout(below)
        column.addLayout(form)
        column.addWidget(self._buttons)

    def _on_track_selected(self) -> None:
        if self.tracks.selectedItems():
            self.file.clear()
        self._show_track()
        self._update_ok()

    def _selected_tracks(self) -> list[str]:
        """Return the names of the selected tracks, in the order of the list."""
        items = (self.tracks.item(row) for row in range(self.tracks.count()))
        return [item.text() for item in items if item.isSelected()]

    def _show_track(self) -> None:
        names = self._selected_tracks()
        end = max((line.record.end for line in self._lines), default=Fraction(0))
        self.preview.show_lines([line for line in self._lines if line.track in names], end)
        self._about.setText(self.preview.describe())
        self.listen.setEnabled(bool(self.preview.describe()))

    def _on_file_changed(self, _text: str) -> None:
        if self.file.text():
            self.tracks.clearSelection()
        self._update_ok()

    def _update_ok(self) -> None:
        given = self.file.text().strip()
        is_file = bool(given) and Path(given).exists()
        self.channel.setEnabled(is_file and is_sound(given))
        is_needed = self.channel.isEnabled() and bool(self.channel.text())
        is_valid = bool(self.tracks.selectedItems()) or (
            is_file and (not is_needed or self.channel.hasAcceptableInput())
        )
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_valid)

    def _browse_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "The dub")
        if path:
            self.file.setText(path)

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "A folder with sound files named like the clips"
        )
        if path:
            self.file.setText(path)
