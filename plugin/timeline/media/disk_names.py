"""Files and folders by the text of their names, however a disk spells them.

macOS writes umlauts as letter and accent, Linux and Windows as one character; Windows and macOS
take capitals and small letters for the same. A cut may come from one, its media lie on another.
"""

import os
import re
import unicodedata
from dataclasses import dataclass, field

from lipflap.core.files.spelling import name_key

_MAX_CHARACTERS = 4096  # of a path that a system opens
_OTHER_SYSTEM = re.compile(r"[A-Za-z]:|\\\\")  # what Windows calls absolute, and POSIX relative


def path_keys(path: str) -> tuple[str, ...]:
    """Return the keys of the names in a path of Windows or POSIX, from its root on."""
    return tuple(name_key(name) for name in re.split(r"[\\/]+", path) if name)


def common_tail(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many names two paths have in common, counted from their ends."""
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


@dataclass(slots=True)
class DiskNames:
    """A reader of folders that remembers their names."""

    _names: dict[str, dict[str, list[str]]] = field(default_factory=dict, init=False)

    def find(self, path: str) -> str | None:
        """Return a path that exists and has the names of `path`; None without one.

        A name that stands there as it is written counts before one that is only spelt like it, and
        of several that are only spelt like it none is chosen.
        """
        if len(path) > _MAX_CHARACTERS or (os.sep == "/" and _OTHER_SYSTEM.match(path)):
            return None
        if os.path.exists(path):
            return path
        parents, names = path, list[str]()
        while not os.path.exists(parents):
            parents, name = os.path.split(parents)
            if not parents or not name:
                return None
            names.append(name)
        for name in reversed(names):
            spelt = self._spelt_like(parents, name)
            if len(spelt) != 1:
                return None
            parents = os.path.join(parents, spelt[0])
        return parents

    def _spelt_like(self, folder: str, name: str) -> list[str]:
        """Return the names in a folder that are `name`: in the same letters, else in any."""
        spelt = self._names_in(folder).get(name_key(name), [])
        wanted = unicodedata.normalize("NFC", name)
        same = [one for one in spelt if unicodedata.normalize("NFC", one) == wanted]
        return [name] if name in spelt else same or spelt

    def names_in(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted by what spellings have in common."""
        return [name for names in self._names_in(folder).values() for name in names]

    def _names_in(self, folder: str) -> dict[str, list[str]]:
        if folder not in self._names:
            self._names[folder] = {}
            try:
                names = sorted(os.listdir(folder))
            except OSError:
                names = []
            for name in names:
                self._names[folder].setdefault(name_key(name), []).append(name)
        return self._names[folder]
