"""Original and dub of one frame: they come to the screen together, or not at all."""

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from lipflap.core.errors import DubError
from lipflap.gui.compare.comparison import Comparison, Film
from lipflap.gui.compare.frame_loader import DecodedFrame, FrameLoader, FrameRequest

_LATE_FRAMES = 24  # a picture that far behind the sound is still better than none
_ORIGINAL, _DUB = "original", "dub"


class FramePair(QObject):
    """The pictures of a shot that can be seen now.

    changed  the number of the frame whose pictures are there now
    failed   one of them cannot be had, `problem` says why; the other is shown alone
    """

    changed = Signal(int)
    failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sources = {name: FrameLoader(self) for name in (_ORIGINAL, _DUB)}
        for source in self._sources.values():
            source.arrived.connect(self._take)
        self._footages: dict[str, Film] = {}
        self._shown: dict[str, DecodedFrame] = {}
        self._missing: dict[str, DubError] = {}
        self._due, self._speed, self._room = 0, 0, QSize()
        self._asked: int | None = None  # while it stands: both are yet to bring this frame

    @property
    def frame(self) -> int | None:
        """The frame that is seen; None while there is none."""
        return next((picture.frame for picture in self._shown.values()), None)

    @property
    def original(self) -> QImage | None:
        return self._shown[_ORIGINAL].image if _ORIGINAL in self._shown else None

    @property
    def dub(self) -> QImage | None:
        return self._shown[_DUB].image if _DUB in self._shown else None

    @property
    def room(self) -> QSize:
        """For which pictures were wanted last."""
        return self._room

    @property
    def problem(self) -> DubError | None:
        """Why a picture is not there."""
        return next(iter(self._missing.values()), None)

    @property
    def held_bytes(self) -> int:
        return sum(source.held_bytes for source in self._sources.values())

    def show(self, comparison: Comparison | None) -> None:
        """Another shot; nothing is seen until a frame of it is wanted."""
        self._footages, self._shown, self._missing, self._asked = {}, {}, {}, None
        if comparison is not None:
            self._footages[_ORIGINAL] = comparison.original
            if comparison.dub is not None:
                self._footages[_DUB] = comparison.dub

    def want(self, frame: int, speed: int, room: QSize) -> None:
        """Have the pictures of a frame as soon as they are there, and those that follow.

        speed  at which it plays; 0 while it stands: then one frame is waited for at a time, and
               of those that are wanted meanwhile the last, so that something is always seen
        room   how large they need to be, in device pixels
        """
        changed = (self._speed, self._room) != (speed, room)
        self._due, self._speed, self._room = frame, speed, room
        if speed or changed or self._asked is None:
            self._ask()
        self._show_latest()

    def end(self) -> None:
        """Close the files; nothing changes any more."""
        self.show(None)
        for source in self._sources.values():
            source.end()

    def _wish(self, name: str, frame: int) -> FrameRequest:
        return FrameRequest(self._footages[name], frame, self._room, self._speed)

    def _ask(self) -> None:
        self._asked = None if self._speed else self._due
        for name in self._footages:
            self._sources[name].want(self._wish(name, self._due))

    def _take(self, picture: DecodedFrame) -> None:
        name = next((n for n, footage in self._footages.items() if footage == picture.footage), "")
        if not name:
            return
        if picture.problem is not None:
            self._missing[name] = picture.problem
            self._shown.pop(name, None)
            self.failed.emit()
        else:
            self._missing.pop(name, None)
        self._show_latest()

    def _show_latest(self) -> None:
        """What is due; while it plays, the last before that is there will do."""
        if self._asked is not None:
            self._show_asked(self._asked)
            return
        way = 1 if self._speed >= 0 else -1
        late = _LATE_FRAMES if self._speed else 1
        for frame in range(self._due, self._due - way * late, -way):
            if held := self._held(frame):
                self._show(frame, held)
                return

    def _show_asked(self, frame: int) -> None:
        held = self._held(frame)
        if held or self._missing.keys() == self._footages.keys():
            self._asked = None
            if held:
                self._show(frame, held)
            if frame != self._due:
                self._ask()
                self._show_latest()

    def _show(self, frame: int, held: dict[str, DecodedFrame]) -> None:
        if held != self._shown:
            self._shown = held
            self.changed.emit(frame)

    def _held(self, frame: int) -> dict[str, DecodedFrame]:
        """The pictures of a frame; none if one of them is yet to come."""
        held = {}
        for name in self._footages.keys() - self._missing.keys():
            found = self._sources[name].held(self._wish(name, frame))
            if found is None:
                return {}
            held[name] = found
        return held
