"""Work of the GUI thread in slices, between which the window answers."""

from collections.abc import Callable, Iterator
from math import inf
from threading import Event
from time import monotonic

from PySide6.QtCore import QObject, QTimer

_SLICE_S = 0.008
_MANY = 200  # shots: with fewer, everything is done at once

Steps = Iterator[None]

_at_rest = Event()  # no work in slices is under way
_at_rest.set()


def wait_for_slices(at_most_s: float) -> None:
    """Return when no work in slices is under way: what a thread does meanwhile lengthens it."""
    _at_rest.wait(at_most_s)


class Slices(QObject):
    """Work of many small steps, some milliseconds of it at a time.

    Work that is given while other work is under way waits for its end; the latest alone counts.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Steps | None = None
        self._next: tuple[Callable[[], Steps], int] | None = None
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(lambda: self._work())

    @property
    def is_busy(self) -> bool:
        """Return whether work is under way."""
        return self._steps is not None

    def do(self, steps: Callable[[], Steps], shots: int) -> None:
        """Iterate over what `steps` returns: at once if it is about few shots, else in slices."""
        if self._steps is not None:
            self._next = steps, shots
            return
        self._steps = steps()
        if shots < _MANY:
            self._work(inf)
        else:
            _at_rest.clear()
            self._timer.start()

    def stop(self) -> None:
        """Drop all work."""
        self._timer.stop()
        self._steps = self._next = None
        _at_rest.set()

    def _work(self, seconds: float = _SLICE_S) -> None:
        """Work for so long, or to the end."""
        steps, end = self._steps, monotonic() + seconds
        try:
            for _ in steps or ():
                if steps is not self._steps:  # a step has stopped it
                    return
                if monotonic() > end:
                    self._timer.start()
                    return
        except BaseException:
            self._end(steps)
            raise
        self._end(steps)

    def _end(self, steps: Steps | None) -> None:
        """Go on with what was given meanwhile."""
        if steps is self._steps:
            waiting, self._steps, self._next = self._next, None, None
            _at_rest.set()
            if waiting is not None:
                self.do(*waiting)
