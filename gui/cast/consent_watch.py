"""Watches consent.json beside the open cut: what is noted there counts at once."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject

from lipflap.core.consent import Agreement
from lipflap.core.errors import DubError
from lipflap.gui.background.file_watch import FileWatch
from lipflap.gui.document import CutDocument
from lipflap.plugin.cut.cast.consent_file import consent_path, read_consent

_Read = tuple[Path, tuple[Agreement, ...] | str]  # or why they cannot be read


class ConsentWatch(QObject):
    """A watch of the file, whoever writes it."""

    def __init__(self, document: CutDocument) -> None:
        super().__init__(document)
        self._document, self._file = document, FileWatch(self)
        self._file.changed.connect(self._read)
        document.opened.connect(self._watch)

    def _watch(self) -> None:
        if self._document.path is not None:
            self._file.watch(consent_path(self._document.path))

    def _read(self) -> None:
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
