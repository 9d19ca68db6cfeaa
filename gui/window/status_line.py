"""The permanent part of the status bar: renders, what was written, counts, media being checked."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar

from lipflap.gui.toolbar.rendering import RenderingBar
from lipflap.gui.toolbar.written import WrittenFile
from lipflap.gui.window.cut_notes import CutNotes

_FEW = 20  # cues


class StatusLine:
    """Widgets in a status bar.

    rendering   progress of the render queue
    written     the last file that was written
    notes       on the open cut
    counts      how many shots are to render, and how many approved
    """

    def __init__(self, bar: QStatusBar, pause: QAction) -> None:
        self.rendering, self.written, self.counts = RenderingBar(pause), WrittenFile(), QLabel()
        self.notes = CutNotes()
        self._checked = QProgressBar()
        self._checked.setMaximumWidth(220)
        self._checked.setAccessibleName("Media checked")
        self._checked.hide()
        for widget in (self.rendering, self.written, self.notes, self.counts, self._checked):
            bar.addPermanentWidget(widget)
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(0, 0, 8, 0)

    def show_checked(self, done: int, total: int) -> None:
        """Show how many cues have been checked, of how many, unless a moment does for all."""
        self._checked.setVisible(total > _FEW)
        self._checked.setMaximum(max(1, total))
        self._checked.setValue(done)
        self._checked.setFormat("Media checked: %v of %m")
