"""The shots that actions work on: those selected in a view, and the one in the viewer."""

from PySide6.QtCore import QObject, Signal


class ShotSelection(QObject):
    """Names of the selected shots, and of the one at the playhead.

    shots     selected in the shot list, the timeline or the render queue
    current   the shot at the playhead, which is in the viewer; None where there is none
    message   emitted when an action needs shots and none are selected
    """

    message = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shots: frozenset[str] = frozenset()
        self.current: str | None = None

    @property
    def targets(self) -> frozenset[str]:
        """Return the shots that a command works on: the selected ones, if the current is among."""
        if self.current is None or self.current in self.shots:
            return self.shots
        return frozenset([self.current])

    def require(self) -> frozenset[str]:
        """Return the shots that a command works on; where there are none, ask for a selection."""
        if not self.targets:
            self.message.emit("Put the playhead on a shot first, or select shots.")
        return self.targets
