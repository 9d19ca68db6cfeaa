"""Pictures of files, decoded off the GUI thread: the newest wish first, the last ones kept."""

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
from lipflap.gui.compare.comparison import Film
from lipflap.gui.worker import Worker

_KEPT_BYTES = 256 << 20
_AHEAD = 12  # pictures decoded beyond the one that is shown, while playing
_AROUND = 12  # and to each side of it, while it stands
_MEET = 4  # two sources that cannot keep up go on at multiples of this, with the same frames
_PATIENCE_S = 0.2
_SETTLED_S = 0.06  # a frame that is left so long: those around it are likely to be wished for next


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """A frame of a footage.

    room    it need be no larger, in device pixels
    speed   0 for this frame, and those around it at leisure; else those that follow, in time
    """

    footage: Film
    frame: int
    room: QSize
    speed: int = 0

    def at(self, frame: int) -> "FrameRequest":
        return FrameRequest(self.footage, frame, self.room, self.speed)

    @property
    def key(self) -> tuple[Film, int, int, int]:
        return self.footage, self.frame, self.room.width(), self.room.height()


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A frame, decoded; `problem` in its place when it cannot be."""

    footage: Film
    frame: int
    image: QImage | None
    problem: DubError | None


class FrameLoader(QObject):
    """One file at a time is open; which one is told by the wish.

    arrived   a Picture that was wished for; of several wishes only the last is sure to come
    """

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None, kept_bytes: int = _KEPT_BYTES) -> None:
        super().__init__(parent)
        self._kept = _FrameCache(kept_bytes)
        self._wishes: Queue[FrameRequest | None] = Queue()
        self._worker: Worker | None = None

    def want(self, wish: FrameRequest) -> None:
        """It will arrive, unless it is held already or something else is wished for."""
        if self._worker is None:
            self._worker = Worker(_decode(self._wishes, self._kept), self)
            self._worker.reported.connect(self.arrived)
            self._worker.start()
        self._wishes.put(wish)

    def held(self, wish: FrameRequest) -> DecodedFrame | None:
        """The picture, if it is at hand."""
        return self._kept.get(wish)

    @property
    def held_bytes(self) -> int:
        return self._kept.bytes

    def end(self) -> None:
        """Close the file; nothing arrives any more."""
        if self._worker is not None:
            self._worker.reported.disconnect(self.arrived)
            self._worker.requestInterruption()
            self._wishes.put(None)
            self._worker, self._wishes = None, Queue()


class _FrameCache:
    """The pictures decoded last, as many as fit; asked by two threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._pictures: OrderedDict[object, tuple[DecodedFrame, int]] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, wish: FrameRequest) -> DecodedFrame | None:
        with self._lock:
            found = self._pictures.get(wish.key)
            if found is None:
                return None
            self._pictures.move_to_end(wish.key)
            return found[0]

    def put(self, wish: FrameRequest, picture: DecodedFrame) -> None:
        """Keep it, unless there is nothing to keep."""
        size = picture.image.sizeInBytes() if picture.image is not None else 0
        if not size:
            return
        with self._lock:
            self.bytes += size - self._pictures.pop(wish.key, (None, 0))[1]
            self._pictures[wish.key] = picture, size
            while self.bytes > self._most_bytes and len(self._pictures) > 1:
                _, (_, freed) = self._pictures.popitem(last=False)
                self.bytes -= freed

    def room(self, wish: FrameRequest) -> int:
        """How many pictures can be kept: as large as those that are, or as the wish allows."""
        with self._lock:
            count, size = len(self._pictures), self.bytes
        if not count:
            count, size = 1, 4 * wish.room.width() * wish.room.height()
        return self._most_bytes * count // max(1, size)


def _decode(
    wishes: "Queue[FrameRequest | None]", kept: _FrameCache
) -> Iterator[DecodedFrame | None]:
    """What is wished for, until None is; None too where nobody wishes anything for a moment."""
    with _OpenFile() as opened:
        due: list[FrameRequest] = []
        spare: list[FrameRequest] = []  # what may be wished for next
        while True:
            try:
                patience_s = 0 if due else _SETTLED_S if spare else _PATIENCE_S
                wish = _newest(wishes, patience_s)
            except Empty:
                if not due:
                    yield from _prefetch(spare, wishes, kept, opened)
                    yield None
            else:
                if wish is None:
                    return
                due = [one for one in _requested(wish, kept) if one is wish or not kept.get(one)]
                spare = _around(wish, kept)
            if due:
                one = due.pop(0)
                picture = kept.get(one) or opened.picture(one)
                kept.put(one, picture)
                yield picture


def _prefetch(
    spare: list[FrameRequest],
    wishes: "Queue[FrameRequest | None]",
    kept: _FrameCache,
    opened: "_OpenFile",
) -> Iterator[None]:
    """Decode what may be wished for next, until something is wished for."""
    while spare and wishes.empty():
        one = spare.pop(0)
        if kept.get(one) is None:
            if opened.is_near(one, wishes.empty):
                kept.put(one, opened.picture(one))
            yield None


def _newest(wishes: "Queue[FrameRequest | None]", patience_s: float) -> FrameRequest | None:
    """The wish that was made last. Raises Empty when there is none for a while."""
    wish = wishes.get(timeout=patience_s) if patience_s else wishes.get_nowait()
    while wish is not None and not wishes.empty():
        wish = wishes.get()
    return wish


def _requested(wish: FrameRequest, kept: _FrameCache) -> list[FrameRequest]:
    """What a wish asks for, in the order to decode it.

    frame 7, forwards       7 8 9 10 ...                7 held: play goes on
                            8 9 10 ...                  not held: late, on to a multiple of _MEET
    frame 7, backwards      0 1 2 ... 7                 a block, from its start: as files are coded
    """
    if wish.speed == 0:
        return [wish]
    ahead = max(1, min(_AHEAD, kept.room(wish) // 2))
    count, step = wish.footage.frames.count, abs(wish.speed)
    if wish.speed > 0:
        every = step if kept.get(wish) is not None else max(step, _MEET)
        first = -(-wish.frame // every) * every
        frames = range(first, min(count, first + ahead * step), step)
        return [wish.at(frame) for frame in frames]
    block = ahead * step
    begin = wish.frame // block * block
    this = range(begin, wish.frame + 1, step)
    before = range(max(0, begin - block), begin, step)
    return [wish.at(frame) for frame in (*this, *before)]


def _around(wish: FrameRequest, kept: _FrameCache) -> list[FrameRequest]:
    """The frames next to one that stands: first those that are decoded on the way."""
    near = range(1, min(_AROUND, kept.room(wish) // 4) + 1 if wish.speed == 0 else 0)
    frames = [wish.frame + side * by for side in (1, -1) for by in near]
    return [wish.at(frame) for frame in frames if 0 <= frame < wish.footage.frames.count]


class _OpenFile:
    """The file that was wished for last, open in the thread that reads it."""

    def __init__(self) -> None:
        self._footage: Film | None = None
        self._preview: Preview | None = None

    def __enter__(self) -> "_OpenFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def picture(self, wish: FrameRequest) -> DecodedFrame:
        try:
            preview = self._of(wish.footage)
            size = _fit(preview.info, wish.room)
            number = wish.footage.frames.media_frame(wish.frame)
            pixels = preview.picture(number, size.width(), size.height(), SCREEN)
        except DubError as problem:
            self._close()
            return DecodedFrame(wish.footage, wish.frame, None, problem)
        rows, form = pixels.strides[0], QImage.Format.Format_RGB32
        made = QImage(pixels.data, size.width(), size.height(), rows, form)  # which holds `pixels`
        return DecodedFrame(wish.footage, wish.frame, made, None)

    def is_near(self, wish: FrameRequest, still: Callable[[], bool]) -> bool:
        """Decode towards a frame as long as `still` says so; whether it can be had at once."""
        try:
            number = wish.footage.frames.media_frame(wish.frame)
            return all(still() for _ in self._of(wish.footage).prefetch(number))
        except DubError:
            return False

    def _of(self, footage: Film) -> Preview:
        if self._preview is None or footage != self._footage:
            self._close()
            self._preview = Preview(probe(footage.path, first_file=footage.first_file))
            self._footage = footage
        return self._preview

    def _close(self) -> None:
        if self._preview is not None:
            self._preview.close()
            self._preview = None


def _fit(info: MediaInfo, room: QSize) -> QSize:
    """As large as fits the room in the picture's own shape on screen, never above its own size."""
    whole = QSize(round(info.width * info.scan.sample_aspect), info.height)
    fitted = whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    size = fitted if fitted.height() < whole.height() else whole
    return QSize(max(2, size.width()), max(2, size.height()))
