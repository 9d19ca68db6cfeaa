"""Watches one file beside the open cut, which may come, go, or be put in the place of another."""

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

_REST_MS = 300  # after which a file that is being written has been


class FileWatch(QObject):
    """A watch of a file.

    changed   the file, or its folder, may be another
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._on_rest)
        self._watcher.fileChanged.connect(lambda _path: self.look_again())
        self._watcher.directoryChanged.connect(lambda _path: self.look_again())

    def watch(self, file: Path) -> None:
        """Watch this file, and the folder that it may come into; no longer the one before."""
        self._file = file
        wanted = {str(path) for path in (file, file.parent) if path.exists()}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if others := watched - wanted:
            self._watcher.removePaths(list(others))
        if new := wanted - watched:
            self._watcher.addPaths(list(new))

    def look_again(self) -> None:
        """Say in a moment that the file may have changed."""
        self._timer.start()

    def _on_rest(self) -> None:
        if self._file is not None:
            self.watch(self._file)  # what took its place is another file
            self.changed.emit()
