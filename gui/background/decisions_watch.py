"""Watches the file of decisions beside the open cut: what another panel decides counts here too."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject

from lipflap.gui.background.decisions_file import StoredDecisions, stored_decisions
from lipflap.gui.background.file_watch import FileWatch
from lipflap.gui.document import CutDocument
from lipflap.plugin.cut.decisions import decisions_path


class DecisionsWatch(QObject):
    """A watch of the file, which each panel on the cut writes whole.

    Without it, a panel would know what another has decided only when it decides something itself.
    """

    def __init__(self, document: CutDocument) -> None:
        super().__init__(document)
        self._document = document
        self._is_reading, self._watched = False, FileWatch(self)
        self._watched.changed.connect(self._read)
        document.opened.connect(self._watch)
        document.overtaken.connect(self._read)

    @property
    def _file(self) -> Path | None:
        document = self._document
        return decisions_path(document.path, document.language) if document.path else None

    def _watch(self) -> None:
        if (file := self._file) is not None:
            self._watched.watch(file)

    def _read(self) -> None:
        if self._is_reading:  # what is read later is taken later
            self._watched.look_again()
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
            self._watched.look_again()
        else:
            document.join(stored)


def _read_file(path: Path) -> Iterator[StoredDecisions]:
    if path.exists():
        yield stored_decisions(path)
