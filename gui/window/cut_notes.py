"""The notes on the open cut, in the status bar: how many there are, and what they say."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from lipflap.gui.dialogs.notes import NotesDialog


class CutNotes(QToolButton):
    """A button that tells how many notes there are, and shows them; hidden without any."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._notes = "", ""
        self.setToolTip("Read what was noted when the cut and its dub were read")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._show)
        self.hide()

    def show_notes(self, name: str, notes: Sequence[str]) -> None:
        """Offer the notes on the cut of this name."""
        self._name, self._notes = name, "\n\n".join(notes)
        self.setText(f"{len(notes)} note{'' if len(notes) == 1 else 's'} on the cut…")
        self.setVisible(bool(notes))

    def _show(self) -> None:
        NotesDialog(f"{self._name}, as it was read:", self._notes, self).exec()
