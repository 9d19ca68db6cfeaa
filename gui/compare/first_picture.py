"""The wait for the first picture of an opened cut: what else reads media begins after it."""

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from lipflap.gui.compare.controller import CompareController
from lipflap.gui.document import CutDocument

_PATIENCE_MS = 2000


class Holdable(Protocol):
    """Background work that can be held back."""

    def hold(self) -> None: ...

    def release(self) -> None: ...


class FirstPicture(QObject):
    """Holds back other work in the background until the viewer shows a picture, or why none.

    On two cores it would share what the picture needs. Nothing is held for longer than two seconds.
    """

    def __init__(
        self, document: CutDocument, viewer: CompareController, work: Iterable[Holdable]
    ) -> None:
        super().__init__(document)
        self._held = tuple(work)
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(self._release)
        document.opened.connect(self._hold)
        viewer.seen.connect(self._end)

    def _hold(self) -> None:
        for work in self._held:
            work.hold()
        self._timer.start()

    def _end(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._release()

    def _release(self) -> None:
        for work in self._held:
            work.release()
