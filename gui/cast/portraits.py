"""Portraits of faces, made off the GUI thread, the newest request first."""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from lipflap.core.analysis.speakers.people import FaceKey, SeenFace
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.gui.background.worker import Worker
from lipflap.plugin.render.portraits import write_portrait

HEIGHT_PX = 56
_SCALE = 2  # pixels to one of a low-density screen

_Requests = deque[tuple[SeenFace, DubOrder]]


class Portraits(QObject):
    """A maker of portraits, which are kept in the JOB.

    ready   shot and number of a face, and QPixmap
    """

    ready = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests: _Requests = deque()
        self._worker: Worker | None = None

    def request(self, face: SeenFace, order: DubOrder) -> None:
        """Make the portrait of a face in an ordered shot."""
        self._requests.append((face, order))
        if self._worker is None:
            self._worker = worker = Worker(_make_all(self._requests), self)
            worker.reported.connect(self._on_made)
            worker.finished.connect(self._on_finished)  # no lambda: it would outlive its owner
            worker.start()

    def stop(self) -> None:
        """Drop all requests."""
        self._requests.clear()

    def _on_made(self, made: tuple[FaceKey, QImage]) -> None:
        key, image = made
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(_SCALE)
        self.ready.emit(key, pixmap)

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            if self._requests:
                self.request(*self._requests.pop())


def _make_all(requests: _Requests) -> Iterator[tuple[FaceKey, QImage] | None]:
    """Yield portraits until there is no request left; None where one cannot be made."""
    while requests:
        with suppress(IndexError):  # dropped meanwhile
            face, order = requests.pop()
            yield _make(face, order)


def _make(face: SeenFace, order: DubOrder) -> tuple[FaceKey, QImage] | None:
    try:
        image = QImage(str(write_portrait(face, order)))
    except (DubError, OSError):
        return None
    if image.isNull():
        return None
    smooth = Qt.TransformationMode.SmoothTransformation
    return face.key, image.scaledToHeight(HEIGHT_PX * _SCALE, smooth)
