"""Original and dub of one frame, which are shown together or not at all."""

from collections.abc import Set

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from lipflap.core.errors import DubError
from lipflap.gui.compare.comparison import Comparison, Film
from lipflap.gui.compare.frame_loader import DecodedFrame, FrameLoader, FrameRequest

_MAX_LATE_FRAMES = 24  # behind the sound: better than no picture
ORIGINAL, DUB = "original", "dub"


class FramePair(QObject):
    """A loader of original and dub of a shot, and the frame that is shown.

    comparison   the shot; None before one is loaded

    changed  number of the frame that is shown now
    failed   one of the two cannot be read, `problem` says why; the other is shown alone
    """

    changed = Signal(int)
    failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loaders = {name: FrameLoader(self) for name in (ORIGINAL, DUB)}
        for loader in self._loaders.values():
            loader.arrived.connect(self._on_arrived)
        self.comparison: Comparison | None = None
        self._films: dict[str, Film] = {}
        self._frames: dict[str, DecodedFrame] = {}
        self._errors: dict[str, DubError] = {}
        self._due_frame, self._speed, self._room = 0, 0, QSize()
        self._only = ""
        self._pending: int | None = None  # while stopped: the frame that both are loading

    @property
    def frame(self) -> int | None:
        """The frame that is shown; None while there is none."""
        return next((picture.frame for picture in self._frames.values()), None)

    @property
    def original(self) -> QImage | None:
        return self._frames[ORIGINAL].image if ORIGINAL in self._frames else None

    @property
    def dub(self) -> QImage | None:
        return self._frames[DUB].image if DUB in self._frames else None

    @property
    def room(self) -> QSize:
        """The size for which frames were last requested."""
        return self._room

    @property
    def problem(self) -> DubError | None:
        """Return the reason why a picture is missing."""
        return next(iter(self._errors.values()), None)

    @property
    def cached_bytes(self) -> int:
        return sum(loader.cached_bytes for loader in self._loaders.values())

    def show(self, comparison: Comparison | None) -> None:
        """Load another shot; nothing is shown until a frame of it is requested."""
        self.comparison = comparison
        self._films, self._frames, self._errors, self._pending = {}, {}, {}, None
        if comparison is not None:
            self._films[ORIGINAL] = comparison.original
            if comparison.dub is not None:
                self._films[DUB] = comparison.dub

    def request(self, frame: int, speed: int, room: QSize, only: str = "") -> None:
        """Show a frame as soon as it is decoded, and load those that follow.

        speed  of play; at 0 one frame is loaded at a time, and of those requested meanwhile
               the last, so that scrubbing always shows pictures
        room   how large they need to be, in device pixels
        only   ORIGINAL or DUB where that alone is seen: the other is not decoded, if there is one
        """
        changed = (self._speed, self._room) != (speed, room)
        self._due_frame, self._speed, self._room, self._only = frame, speed, room, only
        if speed or changed or self._pending is None:
            self._request_due()
        self._show_latest()

    def close(self) -> None:
        """Close the files; nothing changes any more."""
        self.show(None)
        for loader in self._loaders.values():
            loader.stop()

    def _make_request(self, name: str, frame: int) -> FrameRequest:
        return FrameRequest(self._films[name], frame, self._room, self._speed)

    def _request_due(self) -> None:
        self._pending = None if self._speed else self._due_frame
        for name in self._needed(self._films.keys()):
            self._loaders[name].request(self._make_request(name, self._due_frame))

    def _needed(self, names: Set[str]) -> Set[str]:
        """Return those of the names that are seen."""
        return names & {self._only} or names

    def _on_arrived(self, picture: DecodedFrame) -> None:
        name = next((n for n, film in self._films.items() if film == picture.film), "")
        if not name:
            return
        if picture.problem is not None:
            self._errors[name] = picture.problem
            self._frames.pop(name, None)
            self.failed.emit()
        else:
            self._errors.pop(name, None)
        self._show_latest()

    def _show_latest(self) -> None:
        """Show the frame that is due; while it plays, else the latest before it."""
        if self._pending is not None:
            self._show_pending(self._pending)
            return
        direction = 1 if self._speed >= 0 else -1
        max_late = _MAX_LATE_FRAMES if self._speed else 1
        for frame in range(self._due_frame, self._due_frame - direction * max_late, -direction):
            if cached := self._cached(frame):
                self._show(frame, cached)
                return

    def _show_pending(self, frame: int) -> None:
        cached = self._cached(frame)
        if cached or self._errors.keys() == self._films.keys():
            self._pending = None
            if cached:
                self._show(frame, cached)
            if frame != self._due_frame:
                self._request_due()
                self._show_latest()

    def _show(self, frame: int, cached: dict[str, DecodedFrame]) -> None:
        if cached != self._frames:
            self._frames = cached
            self.changed.emit(frame)

    def _cached(self, frame: int) -> dict[str, DecodedFrame]:
        """Return the pictures of a frame; none if one of them is not loaded yet."""
        cached = {}
        for name in self._needed(self._films.keys() - self._errors.keys()):
            found = self._loaders[name].cached(self._make_request(name, frame))
            if found is None:
                return {}
            cached[name] = found
        return cached
