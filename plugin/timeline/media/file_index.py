"""The files in and below a folder, listed once and found by name."""

import logging
import os
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from lipflap.core.files.spelling import name_key
from lipflap.plugin.timeline.media.sequence_name import SequenceName

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class FileIndex:
    """The files in and below a folder; nearer ones come first.

    max_files   how many are listed at most: what lies beyond is not found, and `is_whole` says so
    """

    folder: Path
    max_files: int
    is_whole: bool = field(default=True, init=False)
    _by_name: dict[str, list[str]] | None = field(default=None, init=False)
    _by_stem: dict[str, list[str]] | None = field(default=None, init=False)
    _sorted: list[str] | None = field(default=None, init=False)

    def named(self, name: str) -> list[str]:
        """Return the paths of files with this name, in any spelling."""
        return self._names().get(name_key(name), [])

    def with_stem(self, stem: str) -> list[str]:
        """Return the paths of files with this name before their ending, in any spelling."""
        if self._by_stem is None:
            self._by_stem = {}
            for name, paths in self._names().items():
                self._by_stem.setdefault(PurePath(name).stem, []).extend(paths)
        return self._by_stem.get(name_key(stem), [])

    def beginning_with(self, name: str, *, within_word: bool = False) -> list[str]:
        """Return the paths of files whose name goes on after this one, with a word of its own.

        within_word   it may end within a word of theirs
        """
        if self._sorted is None:
            self._sorted = sorted(self._names())
        key = name_key(name)
        found = []
        for place in range(bisect_left(self._sorted, key), len(self._sorted)):
            longer = self._sorted[place]
            if not longer.startswith(key):
                break
            if within_word or not longer[len(key) : len(key) + 1].isalnum():
                found += self._names()[longer]
        return found

    def folders_of(self, sequence: SequenceName) -> dict[str, dict[int, str]]:
        """Return the folders with files of a sequence, and these by number."""
        folders: dict[str, dict[int, str]] = {}
        for number, name in sequence.numbers_in(self._names()).items():
            for path in self._names()[name]:
                folders.setdefault(os.path.dirname(path), {})[number] = os.path.basename(path)
        return folders

    def _names(self) -> dict[str, list[str]]:
        if self._by_name is None:
            self._by_name = {}
            for count, path in enumerate(_files_below(self.folder)):
                if count == self.max_files:
                    self.is_whole = False
                    _log.warning(
                        "%s holds more than %d files; media is looked for in the nearest of them.",
                        self.folder,
                        self.max_files,
                    )
                    break
                self._by_name.setdefault(name_key(os.path.basename(path)), []).append(path)
        return self._by_name


def _files_below(folder: Path) -> Iterator[str]:
    """Yield the files in a folder and below it, level by level.

    Hidden ones are left out, and so is what Lipflap rendered: the folders JOB below `folder`.
    """
    waiting, seen = deque([str(folder)]), set[tuple[int, int]]()
    while waiting:
        place = waiting.popleft()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            facts = os.stat(place)
        except PermissionError:
            _log.warning("No permission to read %s; media was not searched for there.", place)
            continue
        except OSError:
            continue
        key = (facts.st_dev, facts.st_ino)  # a link may lead back to a folder above
        if key in seen or (place != str(folder) and _is_job(entries)):
            continue
        seen.add(key)
        for entry in entries:
            if not entry.name.startswith("."):
                if _is_folder(entry):
                    waiting.append(entry.path)
                elif not entry.is_symlink() or os.path.exists(entry.path):
                    yield entry.path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder; a link that nobody may follow, or a circle, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_job(entries: list[os.DirEntry[str]]) -> bool:
    names = {entry.name for entry in entries}
    return {"cues.json", "orders"} <= names
