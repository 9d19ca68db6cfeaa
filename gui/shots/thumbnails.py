"""One picture of the middle of each shot, decoded off the GUI thread and kept from day to day."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import platformdirs
from PySide6.QtCore import QBuffer, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.core.files.sequence import sequence_file
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import probe
from lipflap.gui.theme import FAINT, PANEL
from lipflap.gui.worker import Worker
from lipflap.plugin.cut.cut import Shot

SIZE = QSize(80, 45)
_SHARPNESS = 2  # pixels of the picture to one of a plain screen
_PIXELS = SIZE * _SHARPNESS
_MOST_WISHES = 64  # more rows than a screen shows


@dataclass(frozen=True, slots=True)
class _Request:
    """A picture so many seconds into the media of a shot."""

    shot: str
    path: str
    first_file: int | None
    seconds: float


_Requests = deque[_Request]
_Drawn = tuple[_Requests, _Request, QImage | None]


class Thumbnails(QObject):
    """Asked for by shot, newest first; what many others were asked for after is forgotten.

    made   shot name and QPixmap
    """

    made = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes: _Requests = deque(maxlen=_MOST_WISHES)
        self._worker: Worker | None = None

    def ask(self, shot: Shot) -> None:
        """A picture of a shot will be made; one that says so where it has no media."""
        if shot.media is None:
            self.made.emit(shot.name, card(words="no picture"))
            return
        wish = _wish(shot)
        with suppress(ValueError, IndexError):  # not there, or just taken
            self._wishes.remove(wish)
        self._wishes.append(wish)
        self._go_on()

    def end(self) -> None:
        """Nothing is wished any more; the picture under way is thrown away."""
        self._wishes.clear()
        self._wishes = deque(maxlen=_MOST_WISHES)
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker = None

    def _go_on(self) -> None:
        if self._worker is None and self._wishes:
            self._worker = Worker(_drawn(self._wishes), self)
            self._worker.reported.connect(self._take)
            self._worker.finished.connect(self._rest)
            self._worker.start()

    def _rest(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self._go_on()

    def _take(self, drawn: _Drawn) -> None:
        asked_by, wish, image = drawn
        if asked_by is not self._wishes:
            return
        self.made.emit(wish.shot, card(image) if image else card(words="missing"))


def card(image: QImage | None = None, words: str = "") -> QPixmap:
    """A dark card with a picture or words on it, sharp on fine screens."""
    made = QPixmap(_PIXELS)
    made.setDevicePixelRatio(_SHARPNESS)
    made.fill(PANEL)
    painter = QPainter(made)
    if image is not None:
        free = (_PIXELS - image.size()) / (2 * _SHARPNESS)
        image.setDevicePixelRatio(_SHARPNESS)
        painter.drawImage(QPoint(free.width(), free.height()), image)
    painter.setPen(FAINT)
    painter.drawText(0, 0, SIZE.width(), SIZE.height(), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return made


def _wish(shot: Shot) -> _Request:
    """The middle of what the cut shows of it."""
    assert shot.media is not None
    media = shot.media
    zero = media.available.start if media.available is not None else 0
    middle = shot.source_start + shot.record.seconds / 2 * shot.speed * media.rate
    return _Request(shot.name, media.path, media.first_file, float((middle - zero) / media.rate))


def _drawn(wishes: _Requests) -> Iterator[_Drawn]:
    """Pictures until nothing is wished any more."""
    while wishes:
        with suppress(IndexError):  # taken back meanwhile
            wish = wishes.pop()
            image = None
            with suppress(DubError, OSError):
                image = _kept(wish) or _decoded(wish)
            yield wishes, wish, image


def _kept(wish: _Request) -> QImage | None:
    image = QImage(str(_place(wish)))
    return None if image.isNull() else image


def _decoded(wish: _Request) -> QImage:
    """Decode it, and keep it for next time. Raises DubError."""
    with closing(Preview(probe(wish.path, wish.first_file))) as preview:
        info = preview.info
        whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
        size = whole.scaled(_PIXELS, Qt.AspectRatioMode.KeepAspectRatio)
        frame = max(0, min(info.frame_count - 1, int(wish.seconds * info.rate)))
        pixels = preview.picture(frame, size.width(), size.height())
    made = QImage(
        pixels.data, size.width(), size.height(), pixels.strides[0], QImage.Format.Format_RGB888
    ).copy()
    place = _place(wish)
    buffer = QBuffer()
    made.save(buffer, "JPEG", 85)  # type: ignore[call-overload]  # its stub wants bytes
    with suppress(DubError):
        write_bytes(place, bytes(buffer.data().data()))
    return made


def _place(wish: _Request) -> Path:
    """Named by the file as it is now, and the moment in it."""
    file = Path(wish.path) if wish.first_file is None else sequence_file(wish.path, wish.first_file)
    facts = file.stat()
    stamp = f"{facts.st_size} {facts.st_mtime_ns}"
    name = sha256(f"{wish.path} {stamp} {wish.seconds:.3f}".encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("lipflap") / "thumbnails" / f"{name}.jpg"
