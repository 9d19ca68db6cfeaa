"""Thumbnails of the middle of each shot, decoded off the GUI thread and cached on disk."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

import platformdirs
from PySide6.QtCore import QBuffer, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.core.files.sequence import (
    is_sequence,
    numbers_on_disk,
    sequence_file,
    sequence_folder,
)
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import probe
from lipflap.gui.background.worker import Worker
from lipflap.gui.theme import FAINT, PANEL
from lipflap.plugin.cut.cut import ClipMedia, Shot
from lipflap.plugin.order.source_frames import media_clock, picture_at

SIZE = QSize(80, 45)
_SCALE = 2  # pixels to one of a low-density screen
_SIZE_PX = SIZE * _SCALE
_MAX_REQUESTS = 64  # more rows than a screen shows


_Requests = deque[Shot]
_Thumbnail = tuple[_Requests, Shot, QImage | None]


class Thumbnails(QObject):
    """A maker of thumbnails on request, the newest request first; old requests are dropped.

    ready   shot name and QPixmap
    """

    ready = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests: _Requests = deque(maxlen=_MAX_REQUESTS)
        self._worker: Worker | None = None
        self._is_held = False

    def hold(self) -> None:
        """Draw nothing until `release`; requests are kept."""
        self._is_held = True

    def release(self) -> None:
        """Draw what was requested."""
        self._is_held = False
        self._start_worker()

    def request(self, shot: Shot) -> None:
        """Make the thumbnail of a shot; a card that says so where it has no media."""
        if shot.media is None:
            self.ready.emit(shot.name, card(text="no media"))
            return
        with suppress(ValueError, IndexError):  # not queued, or just taken
            self._requests.remove(shot)
        self._requests.append(shot)
        self._start_worker()

    def stop(self) -> None:
        """Drop all requests, and the thumbnail that is being made."""
        self._requests.clear()
        self._requests = deque(maxlen=_MAX_REQUESTS)
        if self._worker is not None:
            self._worker.requestInterruption()
            self._worker = None

    def _start_worker(self) -> None:
        if self._worker is None and self._requests and not self._is_held:
            self._worker = Worker(_draw_all(self._requests), self)
            self._worker.reported.connect(self._on_drawn)
            self._worker.finished.connect(self._on_finished)
            self._worker.start()

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self._start_worker()

    def _on_drawn(self, thumbnail: _Thumbnail) -> None:
        requests, shot, image = thumbnail
        if requests is not self._requests:
            return
        self.ready.emit(shot.name, card(image) if image else card(text="missing"))


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


def _draw_all(requests: _Requests) -> Iterator[_Thumbnail]:
    """Yield thumbnails until there is no request left."""
    while requests:
        with suppress(IndexError):  # dropped meanwhile
            shot = requests.pop()
            yield requests, shot, _draw(shot)


def _draw(shot: Shot) -> QImage | None:
    """Return the middle of what the cut shows of a shot; None where it cannot be read."""
    if shot.media is None:
        return None
    try:
        cached = _cache_path(shot, shot.media)
        image = QImage(str(cached))
        if image.isNull():
            image = _decode(shot, shot.media)
            _keep(image, cached)
    except (DubError, OSError):
        return None
    return image


def _decode(shot: Shot, media: ClipMedia) -> QImage:
    """Decode a thumbnail. Raises DubError."""
    with closing(Preview(probe(media.path, media.first_file, media.holes))) as preview:
        info = preview.info
        whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
        size = whole.scaled(_SIZE_PX, Qt.AspectRatioMode.KeepAspectRatio)
        middle = picture_at(shot, media, media_clock(media, info), shot.record.seconds / 2)
        frame = max(0, min(info.frame_count - 1, middle))
        pixels = preview.picture(frame, size.width(), size.height())
    return QImage(
        pixels.data, size.width(), size.height(), pixels.strides[0], QImage.Format.Format_RGB888
    ).copy()


def _keep(image: QImage, path: Path) -> None:
    """Write a thumbnail to the cache, if that can be written to."""
    buffer = QBuffer()
    image.save(buffer, "JPEG", 85)  # type: ignore[call-overload]  # its stub wants bytes
    with suppress(DubError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)  # pictures of films are not for others on this machine
        write_bytes(path, bytes(buffer.data().data()))


def _cache_path(shot: Shot, media: ClipMedia) -> Path:
    """Return the path of the cached thumbnail, named by what it shows of which files.

    Raises MediaMissing, OSError.
    """
    files = [Path(media.path)]
    if is_sequence(media.path):  # its folder changes where a file comes or goes
        first = sequence_file(media.path, numbers_on_disk(media.path)[0])
        files = [sequence_folder(media.path), first]
    stamps = [(stat.st_size, stat.st_mtime_ns) for stat in (file.stat() for file in files)]
    shown = f"{media} {stamps} {shot.source_start} {shot.speed} {shot.record.seconds}"
    name = sha256(shown.encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("lipflap") / "thumbnails" / f"{name}.jpg"
