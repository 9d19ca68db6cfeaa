"""Says how renders have ended: what left the queue has a picture, has failed, or came back."""

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.result import ShotState
from lipflap.gui.commands import describe_shots
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot

_REST_MS = 1500  # a result is written before its shot leaves the queue, but may be read after it


class Outcomes(QObject):
    """A watch of the render queue.

    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(self, monitor: JobMonitor) -> None:
        super().__init__(monitor)
        self._monitor = monitor
        self._queued: frozenset[str] = frozenset()
        monitor.changed.connect(self._on_snapshot)

    def forget(self) -> None:
        """Watch the queue of another cut from now on."""
        self._queued = frozenset()

    def _on_snapshot(self, snapshot: JobSnapshot) -> None:
        now = frozenset(snapshot.queue.shots)
        left, self._queued = self._queued - now - set(snapshot.queue.cancelled), now
        if left:
            QTimer.singleShot(_REST_MS, self, partial(self._tell, left))

    def _tell(self, left: Collection[str]) -> None:
        snapshot = self._monitor.snapshot
        if snapshot is not None and (text := describe_outcome(left, snapshot)):
            self.message.emit(text)


def describe_outcome(left: Collection[str], snapshot: JobSnapshot) -> str:
    """Return how the renders of shots that left the queue have ended; empty if they have not."""
    ended = {shot: snapshot.results[shot].report.state for shot in left if shot in snapshot.results}
    still = {*snapshot.queue.shots, *snapshot.outdated}
    lost = [shot for shot in left if shot not in ended and shot not in still]
    rendered = [shot for shot, state in ended.items() if state == ShotState.RENDERED]
    failed = [shot for shot, state in ended.items() if state == ShotState.FAILED]
    texts = [
        f"✓ {describe_shots(rendered)} {_is(rendered)} rendered." if rendered else "",
        f"{describe_shots(failed)} failed: see the remarks." if failed else "",
        f"{describe_shots(lost)} {_is(lost)} not rendered: the order could not be read. After an "
        "update of Lipflap, start the panel again and render again."
        if lost
        else "",
    ]
    return " ".join(filter(None, texts))


def _is(shots: Collection[str]) -> str:
    return "is" if len(shots) == 1 else "are"
