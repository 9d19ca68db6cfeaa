"""Pictures of two files, decoded off the GUI thread, the newest wish first, the last ones kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, Queue

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from lipflap.core.errors import DubError
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.gui.comparison import Footage
from lipflap.gui.worker import Worker

_KEPT_BYTES = 192 << 20
_AHEAD = 12  # frames decoded beyond the one that is shown, while playing
_PATIENCE_S = 0.2


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame of a shot, decoded; `problem` in its place when it cannot be."""

    frame: int
    image: QImage | None
    problem: DubError | None


@dataclass(frozen=True, slots=True)
class _Wish:
    frame: int
    ahead: int
    size: QSize


class PictureSource(QObject):
    """The pictures of one Footage.

    arrived   a Picture that was wished for; of several wishes only the last is sure to come
    """

    arrived = Signal(object)

    def __init__(self, footage: Footage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._footage = footage
        self._kept: OrderedDict[tuple[int, int], QImage] = OrderedDict()
        self._kept_bytes = 0
        self._wishes: Queue[_Wish | None] = Queue()
        self._worker = Worker(_decoded(footage, self._wishes, self._holds))
        self._worker.reported.connect(self._take)
        self._worker.start()
        self._wanted = -1

    def want(self, frame: int, size: QSize, playing: bool = False) -> QImage | None:
        """The picture if it is at hand; else None, and it will arrive.

        size   at most this large is it needed, in device pixels
        """
        self._wanted = frame
        held = self._kept.get((frame, size.height()))
        if held is None or playing:
            self._wishes.put(_Wish(frame, _AHEAD if playing else 0, size))
        return held

    def end(self) -> None:
        """Close the file; nothing arrives any more."""
        self._worker.reported.disconnect(self._take)
        self._worker.requestInterruption()
        self._wishes.put(None)
        self._worker.wait()
        self._kept.clear()

    def _holds(self, frame: int, height: int) -> bool:
        return (frame, height) in self._kept

    def _take(self, told: tuple[Picture, int]) -> None:
        picture, height = told
        if picture.image is not None:
            self._kept[picture.frame, height] = picture.image
            self._kept_bytes += picture.image.sizeInBytes()
            while self._kept_bytes > _KEPT_BYTES:
                _, old = self._kept.popitem(last=False)
                self._kept_bytes -= old.sizeInBytes()
        if picture.frame == self._wanted:
            self.arrived.emit(picture)


def _decoded(
    footage: Footage, wishes: "Queue[_Wish | None]", holds: Callable[[int, int], bool]
) -> Iterator[tuple[Picture, int] | None]:
    """What is wished for, until None is; None too where nobody wishes anything for a moment."""
    shown = _Shown(footage)
    try:
        while True:
            try:
                wish = _newest(wishes)
            except Empty:
                yield None
                continue
            if wish is None:
                return
            end = min(wish.frame + wish.ahead + 1, footage.frames.count)
            for frame in range(wish.frame, end):
                if frame > wish.frame and not wishes.empty():
                    break
                if not holds(frame, wish.size.height()):
                    yield shown.picture(frame, wish.size), wish.size.height()
    finally:
        shown.close()


def _newest(wishes: "Queue[_Wish | None]") -> _Wish | None:
    """The wish that was made last. Raises Empty when there is none for a while."""
    wish = wishes.get(timeout=_PATIENCE_S)
    while wish is not None and not wishes.empty():
        wish = wishes.get()
    return wish


class _Shown:
    """The file, opened when it is first needed, in the thread that needs it."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        self._preview: Preview | None = None

    def picture(self, frame: int, room: QSize) -> Picture:
        try:
            if self._preview is None:
                self._preview = Preview(probe(self._footage.path, self._footage.first_file))
            size = _fitting(self._preview.info, room)
            number = self._footage.frames.picture(frame)
            pixels = self._preview.picture(number, size.width(), size.height())
        except DubError as problem:
            return Picture(frame, None, problem)
        lines = pixels.strides[0]
        made = QImage(pixels.data, size.width(), size.height(), lines, QImage.Format.Format_RGB888)
        return Picture(frame, made.copy(), None)  # the copy owns its pixels

    def close(self) -> None:
        if self._preview is not None:
            self._preview.close()


def _fitting(info: MediaInfo, room: QSize) -> QSize:
    """As large as fits the room in the picture's own shape on screen, never above its own size."""
    whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
    fitted = whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    size = fitted if fitted.height() < whole.height() else whole
    return QSize(max(2, size.width()), max(2, size.height()))
