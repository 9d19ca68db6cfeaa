"""Watches the file of decisions beside the open cut: what another panel decides counts here too."""

from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from lipflap.gui.document import CutDocument
from lipflap.plugin.cut.decisions import Decisions, decisions_path, read_decisions

_REST_MS = 300  # after which a file that is being written has been
_MAX_OWN = 50  # more than are ever on their way to the disk


class DecisionsWatch(QObject):
    """A watch of the file, which each panel on the cut writes whole.

    Without it, the panel that writes last would drop what the other has decided. What is found is
    our own if it is what was decided here since the last that was found; else it is joined with it.
    """

    def __init__(self, document: CutDocument) -> None:
        super().__init__(document)
        self._document = document
        self._own: deque[Decisions] = deque(maxlen=_MAX_OWN)  # the first of them was found
        self._is_reading = False
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._read)
        self._watcher.fileChanged.connect(lambda _path: self._timer.start())
        self._watcher.directoryChanged.connect(lambda _path: self._timer.start())
        document.opened.connect(self._on_opened)
        document.undo.indexChanged.connect(lambda _index: self._own.append(document.decisions))

    @property
    def _file(self) -> Path | None:
        document = self._document
        return decisions_path(document.path, document.language) if document.path else None

    def _on_opened(self) -> None:
        self._own.clear()
        self._own.append(self._document.decisions)
        self._watch()

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
            found = _read_file(self._file, tuple(self._own))
            self._document.workers.run(found, self._take, self._on_end)

    def _on_end(self) -> None:
        self._is_reading = False

    def _take(self, read: tuple[Path, Decisions]) -> None:
        """Take what was read, if it is another panel's."""
        path, found = read
        document = self._document
        if path != self._file or document.path is None:
            return
        if document.is_reading:  # and with the cut its decisions, which may be these
            self._timer.start()
            return
        if any(found is one for one in self._own):
            while self._own[0] is not found:  # older ones can only be another's from now on
                self._own.popleft()
            return
        before = self._own[0]
        self._own.clear()
        self._own.append(found)
        document.join(before, found)


def _read_file(path: Path, own: Collection[Decisions]) -> Iterator[tuple[Path, Decisions]]:
    """Yield the decisions in the file: our own that are the same, else another panel's."""
    if path.exists():
        found = read_decisions(path)
        yield path, next((one for one in own if one == found), found)
