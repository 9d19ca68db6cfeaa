"""Background threads: all work off the GUI thread goes through here."""

import atexit
from collections.abc import Iterable

from PySide6.QtCore import QObject, QThread, Signal

from lipflap.core.errors import DubError

_RUNNING: "set[Worker]" = set()


class Worker(QThread):
    """A thread that iterates over `events`, and reports what they yield.

    requestInterruption() cancels: the iterable is closed after its next event. So does the end of
    `owner`; the thread then ends by itself, and nobody has to wait for it.

    reported   each event but None, which only lets a cancel through
    failed     the DubError that ended it; any other exception as a DubError that names it
    """

    reported = Signal(object)
    failed = Signal(object)

    def __init__(self, events: Iterable[object], owner: QObject | None = None) -> None:
        super().__init__()
        self._events = events
        self.finished.connect(self._on_finished)
        if owner is not None:
            owner.destroyed.connect(self.requestInterruption)

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        """Start the thread; from now on it keeps itself alive."""
        _RUNNING.add(self)
        super().start(priority)

    def run(self) -> None:
        """Iterate, in the thread."""
        events = iter(self._events)
        try:
            for event in events:
                if self.isInterruptionRequested():
                    return
                if event is not None:
                    self.reported.emit(event)
        except DubError as problem:
            self.failed.emit(problem)
        except Exception as problem:  # noqa: BLE001 - the edge of a thread: handed on
            detail = f"{type(problem).__name__}: {problem}"
            self.failed.emit(
                DubError(
                    f"Lipflap has a fault of its own: {detail}",
                    fix="Try again, and report the fault with this text if it comes back.",
                )
            )
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _on_finished(self) -> None:
        _RUNNING.discard(self)


@atexit.register
def _stop_all() -> None:
    """Stop all threads at exit: one that outlives the interpreter would crash it."""
    for worker in _RUNNING:
        worker.requestInterruption()
    for worker in _RUNNING:
        worker.wait()
