"""The one way to do something off the GUI thread."""

import atexit
from collections.abc import Iterable

from PySide6.QtCore import QObject, QThread, Signal

from lipflap.core.errors import DubError

_RUNNING: "set[Worker]" = set()


class Worker(QThread):
    """Goes through one iterable in a thread of its own; what it yields is reported.

    requestInterruption() cancels: the iterable is closed after what it yields next. So does the
    end of `owner`; the thread then ends by itself, and nobody has to wait for it.

    reported   each thing that is yielded, but None, which only lets a cancel through
    failed     the DubError that ended it; anything else it raises as a DubError that names it
    """

    reported = Signal(object)
    failed = Signal(object)

    def __init__(self, events: Iterable[object], owner: QObject | None = None) -> None:
        super().__init__()
        self._events = events
        self.finished.connect(self._ended)
        if owner is not None:
            owner.destroyed.connect(self.requestInterruption)

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Begin; from now on it needs nobody who holds it."""
        _RUNNING.add(self)
        super().start(priority)

    def run(self) -> None:
        """Called in the thread."""
        coming = iter(self._events)
        try:
            for event in coming:
                if self.isInterruptionRequested():
                    return
                if event is not None:
                    self.reported.emit(event)
        except DubError as problem:
            self.failed.emit(problem)
        except Exception as problem:  # noqa: BLE001 - the edge of a thread: handed on
            said = f"{type(problem).__name__}: {problem}"
            self.failed.emit(DubError(f"something went wrong that is ours to mend: {said}"))
        finally:
            close = getattr(coming, "close", None)
            if close is not None:
                close()

    def _ended(self) -> None:
        _RUNNING.discard(self)


@atexit.register
def _end_all() -> None:
    """Threads that outlive the interpreter would take it down."""
    for worker in _RUNNING:
        worker.requestInterruption()
    for worker in _RUNNING:
        worker.wait()
