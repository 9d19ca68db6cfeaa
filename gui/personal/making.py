"""The making of a model of one actor: a process in the background, how far it is, how it ended."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.errors import DubError
from lipflap.plugin.render.background import BackgroundProcess, spawn

_POLL_MS = 500
_LEARNS = " to train on"  # what its log says once the actor has been found
_STOP_S = 5


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A model to make: of which actor, under which name, from the cut and further films."""

    actor: str
    model: str
    minutes: int
    footage: tuple[Path, ...]
    consent: str = ""

    @property
    def arguments(self) -> list[str]:
        """Return the `lipflap` command that makes it."""
        consent = ["--consent", self.consent] if self.consent else []
        paths = map(str, self.footage)
        named = ["--actor", self.actor, "--minutes", str(self.minutes), "-o", self.model]
        return ["train", "personalise", *paths, *named, *consent]


class ModelMaking(QObject):
    """One model that is being made, or none.

    changed   it has come further, or has ended
    made      name of the model, which is ready
    failed    a DubError that says why it is not
    """

    changed = Signal()
    made = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request: ModelRequest | None = None
        self._process: BackgroundProcess | None = None
        self._learns_since_s = 0.0
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def share(self) -> float:
        """Return how much of the learning is done, 0 to 1."""
        if self.request is None or not self._learns_since_s:
            return 0.0
        return min(1.0, (monotonic() - self._learns_since_s) / (60 * self.request.minutes))

    @property
    def text(self) -> str:
        """Return what is being done now."""
        if self.request is None:
            return ""
        actor = self.request.actor
        if not self._learns_since_s:
            return f"Model of {actor}: looking for {actor} in the film …"
        if self.share < 1:
            return f"Model of {actor}: {self.share * 100:.0f} % of {self.request.minutes} min"
        return f"Model of {actor}: measuring it …"

    def start(self, request: ModelRequest, log: Path) -> None:
        """Begin to make a model; `log` is overwritten. Raises DubError."""
        self._process = spawn(request.arguments, log)
        self.request, self._learns_since_s = request, 0.0
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """Stop; what was learnt is lost."""
        process, self._process = self._process, None
        self._timer.stop()
        if process is not None:
            process.process.terminate()
            QTimer.singleShot(1000 * _STOP_S, process.process.kill)
        self.request = None
        self.changed.emit()

    def _poll(self) -> None:
        process, request = self._process, self.request
        if process is None or request is None:
            return
        if not self._learns_since_s and _LEARNS in _read(process.log):
            self._learns_since_s = monotonic()
        if not process.is_running:
            self._end(process, request)
        self.changed.emit()

    def _end(self, process: BackgroundProcess, request: ModelRequest) -> None:
        self._process, self.request = None, None
        self._timer.stop()
        if process.process.returncode == 0:
            self.made.emit(request.model)
            return
        reason = process.failure or "was ended from outside."
        self.failed.emit(DubError(reason, where=f"Model of {request.actor}"))


def _read(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
