"""The file of an open cut's decisions, written whenever they change."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.gui.background.worker import Worker
from lipflap.plugin.cut.decisions import Decisions, read_decisions, write_decisions
from lipflap.plugin.job.file_stamp import FileStamp, file_stamp

_MANY = 200  # decisions that are written in the background, at least


@dataclass(frozen=True, slots=True)
class StoredDecisions:
    """Decisions in a file, as it was at one moment; none where there was no file.

    stamp   tells whether it still is
    """

    path: Path
    stamp: FileStamp | None
    decisions: Decisions

    @property
    def is_current(self) -> bool:
        """Return whether the file is as it was."""
        return self.stamp == _stamp(self.path)


def stored_decisions(path: Path) -> StoredDecisions:
    """Return what a file holds. Raises DubError when it cannot be read."""
    stamp = _stamp(path)
    return StoredDecisions(path, stamp, read_decisions(path) if stamp else Decisions())


def _stamp(path: Path) -> FileStamp | None:
    try:
        return file_stamp(path.stat())
    except OSError:
        return None


class DecisionsFile(QObject):
    """Writes few decisions at once, and many, which takes a tenth of a second, in the background.

    known      what the file held when it was last read or written here

    failed     a DubError: they could not be written
    overtaken  they were not written: another panel has stored others, which are not known here
    """

    failed = Signal(object)
    overtaken = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._waiting: tuple[Path, Decisions] | None = None  # the latest of those meanwhile
        self.known: StoredDecisions | None = None

    @property
    def is_writing(self) -> bool:
        """Return whether something is being written in the background."""
        return self._worker is not None

    def write(self, path: Path, decisions: Decisions) -> None:
        """Write decisions, unless the file holds them; what is being written is finished first."""
        known = self.known
        if self._worker is None and known is not None and decisions is known.decisions:
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
        if self._is_overtaken(path):
            self.overtaken.emit()
            return
        try:
            self._store(path, decisions)
        except DubError as problem:
            self.failed.emit(problem)

    def _store(self, path: Path, decisions: Decisions) -> None:
        """Write decisions, from any thread. Raises DubError."""
        write_text(path, write_decisions(decisions))
        self.known = StoredDecisions(path, _stamp(path), decisions)

    def _is_overtaken(self, path: Path) -> bool:
        known = self.known
        return known is not None and known.path == path and path.exists() and not known.is_current

    def _start(self) -> None:
        if self._worker is not None or self._waiting is None:
            return
        (path, decisions), self._waiting = self._waiting, None
        if self._is_overtaken(path):
            self.overtaken.emit()
            return
        self._worker = Worker(self._stored(path, decisions))
        self._worker.failed.connect(self.failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _stored(self, path: Path, decisions: Decisions) -> Iterator[None]:
        self._store(path, decisions)
        yield None

    def _on_finished(self) -> None:
        if self._worker is not None and self._worker.isFinished():
            self._worker = None
            self._start()


def _count(decisions: Decisions) -> int:
    kinds = decisions.overrides, decisions.slips, decisions.voices, decisions.speakers
    return sum(map(len, kinds))
