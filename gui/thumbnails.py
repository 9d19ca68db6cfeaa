"""One picture of the middle of each shot, decoded off the GUI thread and kept from day to day."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import Empty, LifoQueue

import platformdirs
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from lipflap.core.errors import DubError
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import probe
from lipflap.gui.theme import FAINT, PANEL
from lipflap.gui.worker import Worker
from lipflap.plugin.cut import Shot

SIZE = QSize(160, 90)
_PATIENCE_S = 0.3


@dataclass(frozen=True, slots=True)
class _Wish:
    """A picture so many seconds into the media of a shot."""

    shot: str
    path: str
    first_file: int | None
    seconds: float


class Thumbnails(QObject):
    """Asked for by shot, newest first.

    made   shot name and QPixmap
    """

    made = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes: LifoQueue[_Wish | None] = LifoQueue()
        self._worker: Worker | None = None

    def ask(self, shot: Shot) -> None:
        """A picture of a shot will be made; one that says so where it has no media."""
        if shot.media is None:
            self.made.emit(shot.name, placeholder("no picture"))
            return
        if self._worker is None:
            self._worker = Worker(_drawn(self._wishes), self)
            self._worker.reported.connect(self._take)
            self._worker.start()
        media = shot.media
        zero = media.available.start if media.available is not None else 0
        middle = shot.source_start + shot.record.seconds / 2 * shot.speed * media.rate
        seconds = float((middle - zero) / media.rate)
        self._wishes.put(_Wish(shot.name, media.path, media.first_file, seconds))

    def end(self) -> None:
        if self._worker is not None:
            self._worker.requestInterruption()
            self._wishes.put(None)
            self._worker.wait()
            self._worker = None
            self._wishes = LifoQueue()

    def _take(self, drawn: tuple[str, QImage | None]) -> None:
        shot, image = drawn
        made = placeholder("missing") if image is None else QPixmap.fromImage(image)
        self.made.emit(shot, made)


def placeholder(words: str) -> QPixmap:
    """A dark card with a word on it."""
    card = QPixmap(SIZE)
    card.fill(PANEL)
    painter = QPainter(card)
    painter.setPen(QColor(FAINT))
    painter.drawText(card.rect(), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return card


def _drawn(wishes: "LifoQueue[_Wish | None]") -> Iterator[tuple[str, QImage | None] | None]:
    """Pictures as they are wished for; None where nobody wishes anything for a moment."""
    while True:
        try:
            wish = wishes.get(timeout=_PATIENCE_S)
        except Empty:
            yield None
            continue
        if wish is None:
            return
        image = None
        with suppress(DubError, OSError):
            image = _kept(wish) or _decoded(wish)
        yield wish.shot, image


def _kept(wish: _Wish) -> QImage | None:
    image = QImage(str(_place(wish)))
    return None if image.isNull() else image


def _decoded(wish: _Wish) -> QImage:
    """Decode it, and keep it for next time. Raises DubError."""
    preview = Preview(probe(wish.path, wish.first_file))
    info = preview.info
    whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
    size = whole.scaled(SIZE, Qt.AspectRatioMode.KeepAspectRatio)
    frame = max(0, min(info.frame_count - 1, int(wish.seconds * info.rate)))
    pixels = preview.picture(frame, size.width(), size.height())
    preview.close()
    made = QImage(
        pixels.data, size.width(), size.height(), pixels.strides[0], QImage.Format.Format_RGB888
    ).copy()
    place = _place(wish)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        if made.save(str(part), "JPEG", 85):
            part.replace(place)
    return made


def _place(wish: _Wish) -> Path:
    """Named by the file as it is now, and the moment in it."""
    facts = Path(wish.path).stat() if wish.first_file is None else None
    stamp = f"{facts.st_size} {facts.st_mtime_ns}" if facts else str(wish.first_file)
    name = sha256(f"{wish.path} {stamp} {wish.seconds:.3f}".encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("lipflap") / "thumbnails" / f"{name}.jpg"
