"""The shots that actions work on: those selected in a view, and the one in the viewer."""

from PySide6.QtCore import QObject, Signal


class ShotSelection(QObject):
    """Names of the selected shots, and of the one in the viewer.

    shots     selected in the shot list, the timeline or the render queue
    current   the shot in the viewer; None before any is shown
    message   emitted when an action needs shots and none are selected
    """

    message = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shots: frozenset[str] = frozenset()
        self.current: str | None = None

    def require(self) -> frozenset[str]:
        """Return the selected shots; where there are none, ask for a selection."""
        if not self.shots:
            self.message.emit("Select shots first, in the shot list or the timeline.")
        return self.shots
