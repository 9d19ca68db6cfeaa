"""A window of its own for the viewer, as on a second screen."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class ViewerWindow(QWidget):
    """A window that holds the viewer and its transport; the keys of the panel work in it too.

    take_key   takes a ShortcutOverride for the panel; see KeyRouter.take
    closed     the window was closed: the viewer goes back into the panel
    """

    closed = Signal()

    def __init__(
        self, pane: QWidget, take_key: Callable[[QKeyEvent], bool], parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._take_key = take_key
        self.setWindowTitle("Lipflap viewer")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(pane)
        pane.show()
        self.resize(1100, 760)

    def event(self, event: QEvent) -> bool:
        is_key = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_key and isinstance(event, QKeyEvent) and self._take_key(event):
            return True
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
