"""Decoding of frames off the GUI thread: the newest request first, the latest frames cached."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Lock

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from lipflap.core.errors import DubError
from lipflap.core.media.preview import SCREEN, Preview
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.gui.background.worker import Worker
from lipflap.gui.compare.comparison import Film

_CACHE_BYTES = 128 << 20
_AHEAD_FRAMES = 12  # decoded beyond the one that is shown, while playing
_AROUND_FRAMES = 12  # and to each side of it, while stopped
_LATE_STEP = 4  # two loaders that cannot keep up show the same multiples of this
_POLL_S = 0.2
_REST_S = 0.06  # after so long on one frame, those around it are decoded


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """A frame of a film.

    room    largest size that is needed, in device pixels
    speed   0 for this frame, then those around it; else those that follow at this speed
    """

    film: Film
    frame: int
    room: QSize
    speed: int = 0

    def with_frame(self, frame: int) -> "FrameRequest":
        return FrameRequest(self.film, frame, self.room, self.speed)

    @property
    def key(self) -> tuple[object, ...]:
        """The picture that is decoded, and its size: shots that show the same one share it."""
        picture = self.film.media_frame(self.frame)
        return *self.film.file, picture, self.room.width(), self.room.height()


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A decoded frame; `problem` when it cannot be decoded."""

    film: Film
    frame: int
    image: QImage | None
    problem: DubError | None


class FrameLoader(QObject):
    """A thread that decodes frames of one file at a time.

    arrived   a DecodedFrame that was requested; of several requests only the last is sure to arrive
    """

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None, cache_bytes: int = _CACHE_BYTES) -> None:
        super().__init__(parent)
        self._cache = _FrameCache(cache_bytes)
        self._requests: Queue[FrameRequest | None] = Queue()
        self._worker: Worker | None = None

    def request(self, request: FrameRequest) -> None:
        """Decode a frame, unless it is cached or another is requested meanwhile."""
        if self._worker is None:
            self._worker = Worker(_decode(self._requests, self._cache), self)
            self._worker.reported.connect(self.arrived)
            self._worker.start()
        self._requests.put(request)

    def cached(self, request: FrameRequest) -> DecodedFrame | None:
        """Return the frame if it is cached."""
        return self._cache.get(request)

    @property
    def cached_bytes(self) -> int:
        return self._cache.bytes

    def stop(self) -> None:
        """Close the file; nothing arrives any more."""
        if self._worker is not None:
            self._worker.reported.disconnect(self.arrived)
            self._worker.requestInterruption()
            self._requests.put(None)
            self._worker, self._requests = None, Queue()


class _FrameCache:
    """The latest decoded frames, as many as fit; used by two threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pictures: OrderedDict[object, tuple[QImage, int]] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, request: FrameRequest) -> DecodedFrame | None:
        with self._lock:
            found = self._pictures.get(request.key)
            if found is None:
                return None
            self._pictures.move_to_end(request.key)
        return DecodedFrame(request.film, request.frame, found[0], None)

    def put(self, request: FrameRequest, picture: DecodedFrame) -> None:
        """Store a frame, if it has an image."""
        if picture.image is None:
            return
        size = picture.image.sizeInBytes()
        with self._lock:
            self.bytes += size - self._pictures.pop(request.key, (None, 0))[1]
            self._pictures[request.key] = picture.image, size
            while self.bytes > self._max_bytes and len(self._pictures) > 1:
                _, (_, freed) = self._pictures.popitem(last=False)
                self.bytes -= freed

    def room(self, request: FrameRequest) -> int:
        """Return how many frames fit: of the size of those cached, else of the request."""
        with self._lock:
            count, size = len(self._pictures), self.bytes
        if not count:
            count, size = 1, 4 * request.room.width() * request.room.height()
        return self._max_bytes * count // max(1, size)


def _decode(
    requests: "Queue[FrameRequest | None]", cache: _FrameCache
) -> Iterator[DecodedFrame | None]:
    """Yield what is requested, until None is; yield None when nothing is for a moment."""
    with _OpenFile() as opened:
        due: list[FrameRequest] = []
        speculative: list[FrameRequest] = []  # likely to be requested next
        while True:
            try:
                patience_s = 0 if due else _REST_S if speculative else _POLL_S
                request = _newest(requests, patience_s)
            except Empty:
                if not due:
                    yield from _prefetch(speculative, requests, cache, opened)
                    yield None
            else:
                if request is None:
                    return
                due = [
                    item
                    for item in _frames_to_decode(request, cache)
                    if item is request or not cache.get(item)
                ]
                speculative = _neighbours(request, cache)
            if due:
                item = due.pop(0)
                picture = cache.get(item) or opened.picture(item)
                cache.put(item, picture)
                yield picture


def _prefetch(
    speculative: list[FrameRequest],
    requests: "Queue[FrameRequest | None]",
    cache: _FrameCache,
    opened: "_OpenFile",
) -> Iterator[None]:
    """Decode what may be requested next, until something is."""
    while speculative and requests.empty():
        item = speculative.pop(0)
        if cache.get(item) is None:
            if opened.seek_towards(item, requests.empty):
                cache.put(item, opened.picture(item))
            yield None


def _newest(requests: "Queue[FrameRequest | None]", patience_s: float) -> FrameRequest | None:
    """Return the last request. Raises Empty when there is none for a while."""
    request = requests.get(timeout=patience_s) if patience_s else requests.get_nowait()
    while request is not None and not requests.empty():
        request = requests.get()
    return request


def _frames_to_decode(request: FrameRequest, cache: _FrameCache) -> list[FrameRequest]:
    """Return the frames of a request, in the order to decode them.

    frame 7, forwards       7 8 9 10 ...                7 is cached: play goes on
                            8 9 10 ...                  not cached: late, on to the next _LATE_STEP
    frame 7, backwards      0 1 2 ... 7                 a block, from its start: as files are coded
    """
    if request.speed == 0:
        return [request]
    ahead = max(1, min(_AHEAD_FRAMES, cache.room(request) // 2))
    count, step = request.film.frames.count, abs(request.speed)
    if request.speed > 0:
        every = step if cache.get(request) is not None else max(step, _LATE_STEP)
        first = -(-request.frame // every) * every
        frames = range(first, min(count, first + ahead * step), step)
        return [request.with_frame(frame) for frame in frames]
    block = ahead * step
    begin = request.frame // block * block
    block_frames = range(begin, request.frame + 1, step)
    previous_block = range(max(0, begin - block), begin, step)
    return [request.with_frame(frame) for frame in (*block_frames, *previous_block)]


def _neighbours(request: FrameRequest, cache: _FrameCache) -> list[FrameRequest]:
    """Return the frames next to one shown while stopped: first those that follow."""
    near = range(1, min(_AROUND_FRAMES, cache.room(request) // 4) + 1 if request.speed == 0 else 0)
    frames = [request.frame + side * by for side in (1, -1) for by in near]
    return [request.with_frame(frame) for frame in frames if 0 <= frame < request.film.frames.count]


class _OpenFile:
    """The file of the last request, open in the thread that reads it."""

    def __init__(self) -> None:
        self._file: tuple[object, ...] = ()
        self._preview: Preview | None = None

    def __enter__(self) -> "_OpenFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def picture(self, request: FrameRequest) -> DecodedFrame:
        try:
            preview = self._preview_of(request.film)
            size = _fit(preview.info, request.room)
            number = request.film.media_frame(request.frame)
            pixels = preview.picture(number, size.width(), size.height(), SCREEN)
        except DubError as problem:
            self._close()
            return DecodedFrame(request.film, request.frame, None, problem)
        rows, form = pixels.strides[0], QImage.Format.Format_RGB32
        image = QImage(pixels.data, size.width(), size.height(), rows, form)  # which holds `pixels`
        return DecodedFrame(request.film, request.frame, image, None)

    def seek_towards(self, request: FrameRequest, keep_going: Callable[[], bool]) -> bool:
        """Decode towards a frame while `keep_going()`; return whether it can be read at once."""
        try:
            number = request.film.media_frame(request.frame)
            return all(keep_going() for _ in self._preview_of(request.film).prefetch(number))
        except DubError:
            return False

    def _preview_of(self, film: Film) -> Preview:
        if self._preview is None or film.file != self._file:
            self._close()
            self._preview = Preview(probe(film.path, film.first_file, film.holes))
            self._file = film.file
        return self._preview

    def _close(self) -> None:
        if self._preview is not None:
            self._preview.close()
            self._preview = None


def _fit(info: MediaInfo, room: QSize) -> QSize:
    """Return the largest size that fits the room in the display aspect, never above its own."""
    whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
    fitted = whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    size = fitted if fitted.height() < whole.height() else whole
    return QSize(max(2, size.width()), max(2, size.height()))
