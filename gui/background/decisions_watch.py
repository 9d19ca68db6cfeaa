"""Watches the file of decisions beside the open cut: what another panel decides counts here too."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from lipflap.gui.background.decisions_file import StoredDecisions, stored_decisions
from lipflap.gui.document import CutDocument
from lipflap.plugin.cut.decisions import decisions_path

_REST_MS = 300  # after which a file that is being written has been


class DecisionsWatch(QObject):
    """A watch of the file, which each panel on the cut writes whole.

    Without it, a panel would know what another has decided only when it decides something itself.
    """

    def __init__(self, document: CutDocument) -> None:
        super().__init__(document)
        self._document = document
        self._is_reading = False
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._read)
        self._watcher.fileChanged.connect(lambda _path: self._timer.start())
        self._watcher.directoryChanged.connect(lambda _path: self._timer.start())
        document.opened.connect(self._watch)
        document.overtaken.connect(self._read)

    @property
    def _file(self) -> Path | None:
        document = self._document
        return decisions_path(document.path, document.language) if document.path else None

    def _watch(self) -> None:
        """Watch the file of the open cut, and the folder that it may come into."""
        if (file := self._file) is None:
            return
        wanted = {str(path) for path in (file, file.parent) if path.exists()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if others := watched - wanted:
            self._watcher.removePaths(list(others))
        if new := wanted - watched:
            self._watcher.addPaths(list(new))

    def _read(self) -> None:
        self._watch()  # a file that took the place of the one that was watched is another
        if self._is_reading:  # what is read later is taken later
            self._timer.start()
        elif self._file is not None:
            self._is_reading = True
            self._document.workers.run(_read_file(self._file), self._take, self._on_end)

    def _on_end(self) -> None:
        self._is_reading = False

    def _take(self, stored: StoredDecisions) -> None:
        """Take what was read, if it is another panel's, and still there."""
        document = self._document
        if stored.path != self._file:
            return
        if document.is_reading or document.is_storing or not stored.is_current:
            self._timer.start()
        else:
            document.join(stored)


def _read_file(path: Path) -> Iterator[StoredDecisions]:
    if path.exists():
        yield stored_decisions(path)
