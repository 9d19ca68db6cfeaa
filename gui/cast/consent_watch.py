"""Watches consent.json beside the open cut: what is noted there counts at once."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from lipflap.core.consent import Agreement
from lipflap.core.errors import DubError
from lipflap.gui.document import CutDocument
from lipflap.plugin.cut.cast.consent_file import consent_path, read_consent

_REST_MS = 300  # after which a file that is being written has been

_Read = tuple[Path, tuple[Agreement, ...] | str]  # or why they cannot be read


class ConsentWatch(QObject):
    """A watch of the file, which may come, go, or be put in the place of another."""

    def __init__(self, document: CutDocument) -> None:
        super().__init__(document)
        self._document = document
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._read)
        self._watcher.fileChanged.connect(lambda _path: self._timer.start())
        self._watcher.directoryChanged.connect(lambda _path: self._timer.start())
        document.opened.connect(self._watch)

    def _watch(self) -> None:
        """Watch the file of the open cut, and the folder that it may come into."""
        if self._document.path is None:
            return
        file = consent_path(self._document.path)
        wanted = {str(path) for path in (file, file.parent) if path.exists()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if others := watched - wanted:
            self._watcher.removePaths(list(others))
        if new := wanted - watched:
            self._watcher.addPaths(list(new))

    def _read(self) -> None:
        self._watch()  # a file that took the place of the one that was watched is another
        if self._document.path is not None:
            self._document.workers.run(_read_file(consent_path(self._document.path)), self._use)

    def _use(self, read: _Read) -> None:
        path, agreements = read
        if self._document.path is None or path != consent_path(self._document.path):
            return
        if isinstance(agreements, str):
            self._document.message.emit(agreements)
        else:
            self._document.use_agreements(agreements)


def _read_file(path: Path) -> Iterator[_Read]:
    try:
        yield path, read_consent(path)
    except DubError as problem:
        yield path, str(problem)
