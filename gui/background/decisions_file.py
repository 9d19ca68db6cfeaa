"""The file of an open cut's decisions, written whenever they change."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.gui.background.worker import Worker
from lipflap.plugin.cut.decisions import Decisions, write_decisions

_MANY = 200  # decisions that are written in the background, at least


class DecisionsFile(QObject):
    """Writes few decisions at once, and many, which takes a tenth of a second, in the background.

    failed   a DubError: they could not be written
    """

    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._waiting: tuple[Path, Decisions] | None = None  # the latest of those meanwhile
        self._read: Decisions | None = None

    def note(self, decisions: Decisions) -> None:
        """Note what was read from the file: it need not be written there again."""
        self._read = decisions

    def write(self, path: Path, decisions: Decisions) -> None:
        """Write decisions; what is being written is finished first."""
        known, self._read = self._read, None
        if decisions is known:
            return
        if self._worker is None and _count(decisions) < _MANY:
            self._write_now(path, decisions)
            return
        if self._waiting is not None and self._waiting[0] != path:
            self.finish()
        self._waiting = path, decisions
        self._start()

    def finish(self) -> None:
        """Return once all is written."""
        if self._worker is not None:
            self._worker.wait()
            self._worker = None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._write_now(*waiting)

    def _write_now(self, path: Path, decisions: Decisions) -> None:
        try:
            write_text(path, write_decisions(decisions))
        except DubError as problem:
            self.failed.emit(problem)

    def _start(self) -> None:
        if self._worker is not None or self._waiting is None:
            return
        self._worker = Worker(_written(*self._waiting))
        self._waiting = None
        self._worker.failed.connect(self.failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self._start()


def _written(path: Path, decisions: Decisions) -> Iterator[None]:
    write_text(path, write_decisions(decisions))
    yield None


def _count(decisions: Decisions) -> int:
    kinds = decisions.overrides, decisions.slips, decisions.voices, decisions.speakers
    return sum(map(len, kinds))
