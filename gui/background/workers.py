"""The threads of one owner: they report to it, and end with it."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from lipflap.gui.background.worker import Worker


class Workers(QObject):
    """The threads that an owner has started and that have not ended.

    failed   a DubError that ended one of them
    """

    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._running: set[Worker] = set()

    @property
    def are_running(self) -> bool:
        """Return whether any has not ended."""
        return bool(self._running)

    def run(
        self,
        events: Iterator[object],
        on_report: Callable[..., object],
        on_end: Callable[[], object] | None = None,
    ) -> Worker:
        """Iterate over `events` in a thread; emit what they raise as `failed`."""
        worker = Worker(events, self)
        worker.reported.connect(on_report)
        worker.failed.connect(self.failed)
        self._running.add(worker)

        def on_finished() -> None:
            self._running.discard(worker)
            if on_end and isValid(self):  # the owner may be gone before its threads are
                on_end()
            worker.deleteLater()

        worker.finished.connect(on_finished)
        worker.start()
        return worker

    def stop(self) -> None:
        """Interrupt all, and wait until they have ended."""
        for worker in list(self._running):
            worker.requestInterruption()
            worker.wait()
