"""Thumbnails of the middle of each shot, decoded off the GUI thread and cached on disk."""

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
_SCALE = 2  # pixels to one of a low-density screen
_SIZE_PX = SIZE * _SCALE
_MAX_REQUESTS = 64  # more rows than a screen shows


@dataclass(frozen=True, slots=True)
class _Request:
    """A request for the frame at a time in the media of a shot."""

    shot: str
    path: str
    first_file: int | None
    seconds: float


_Requests = deque[_Request]
_Thumbnail = tuple[_Requests, _Request, QImage | None]


class Thumbnails(QObject):
    """A maker of thumbnails on request, the newest request first; old requests are dropped.

    ready   shot name and QPixmap
    """

    ready = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests: _Requests = deque(maxlen=_MAX_REQUESTS)
        self._worker: Worker | None = None

    def request(self, shot: Shot) -> None:
        """Make the thumbnail of a shot; a card that says so where it has no media."""
        if shot.media is None:
            self.ready.emit(shot.name, card(text="no media"))
            return
        request = _make_request(shot)
        with suppress(ValueError, IndexError):  # not queued, or just taken
            self._requests.remove(request)
        self._requests.append(request)
        self._start_worker()

    def stop(self) -> None:
        """Drop all requests, and the thumbnail that is being made."""
        self._requests.clear()
        self._requests = deque(maxlen=_MAX_REQUESTS)
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker = None

    def _start_worker(self) -> None:
        if self._worker is None and self._requests:
            self._worker = Worker(_draw_all(self._requests), self)
            self._worker.reported.connect(self._on_drawn)
            self._worker.finished.connect(self._on_finished)
            self._worker.start()

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self._start_worker()

    def _on_drawn(self, thumbnail: _Thumbnail) -> None:
        requests, request, image = thumbnail
        if requests is not self._requests:
            return
        self.ready.emit(request.shot, card(image) if image else card(text="missing"))


def card(image: QImage | None = None, text: str = "") -> QPixmap:
    """Make a dark card with a picture or text on it, sharp on high-density screens."""
    pixmap = QPixmap(_SIZE_PX)
    pixmap.setDevicePixelRatio(_SCALE)
    pixmap.fill(PANEL)
    painter = QPainter(pixmap)
    if image is not None:
        margin = (_SIZE_PX - image.size()) / (2 * _SCALE)
        image.setDevicePixelRatio(_SCALE)
        painter.drawImage(QPoint(margin.width(), margin.height()), image)
    painter.setPen(FAINT)
    painter.drawText(0, 0, SIZE.width(), SIZE.height(), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return pixmap


def _make_request(shot: Shot) -> _Request:
    """Return the request for the middle of what the cut shows of a shot."""
    assert shot.media is not None
    media = shot.media
    zero = media.available.start if media.available is not None else 0
    middle = shot.source_start + shot.record.seconds / 2 * shot.speed * media.rate
    return _Request(shot.name, media.path, media.first_file, float((middle - zero) / media.rate))


def _draw_all(requests: _Requests) -> Iterator[_Thumbnail]:
    """Yield thumbnails until there is no request left."""
    while requests:
        with suppress(IndexError):  # dropped meanwhile
            request = requests.pop()
            image = None
            with suppress(DubError, OSError):
                image = _read_cached(request) or _decode(request)
            yield requests, request, image


def _read_cached(request: _Request) -> QImage | None:
    image = QImage(str(_cache_path(request)))
    return None if image.isNull() else image


def _decode(request: _Request) -> QImage:
    """Decode a thumbnail, and cache it on disk. Raises DubError."""
    with closing(Preview(probe(request.path, request.first_file))) as preview:
        info = preview.info
        whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
        size = whole.scaled(_SIZE_PX, Qt.AspectRatioMode.KeepAspectRatio)
        frame = max(0, min(info.frame_count - 1, int(request.seconds * info.rate)))
        pixels = preview.picture(frame, size.width(), size.height())
    image = QImage(
        pixels.data, size.width(), size.height(), pixels.strides[0], QImage.Format.Format_RGB888
    ).copy()
    buffer = QBuffer()
    image.save(buffer, "JPEG", 85)  # type: ignore[call-overload]  # its stub wants bytes
    path = _cache_path(request)
    with suppress(DubError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)  # pictures of films are not for others on this machine
        write_bytes(path, bytes(buffer.data().data()))
    return image


def _cache_path(request: _Request) -> Path:
    """Return the path of the cached thumbnail, named by size, time and moment of the file."""
    file = (
        Path(request.path)
        if request.first_file is None
        else sequence_file(request.path, request.first_file)
    )
    stat = file.stat()
    stamp = f"{stat.st_size} {stat.st_mtime_ns}"
    name = sha256(f"{request.path} {stamp} {request.seconds:.3f}".encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("lipflap") / "thumbnails" / f"{name}.jpg"
