"""Patterns that choose shots, sound tracks and timelines by name: * and ? match."""

import unicodedata
from fnmatch import fnmatchcase


def fits(name: str, pattern: str) -> bool:
    """Return whether a name is a pattern or is matched by it, however accents are written.

    * stands for any characters, ? for one; brackets stand for themselves.
    """
    name, pattern = (unicodedata.normalize("NFC", text) for text in (name, pattern))
    return name == pattern or fnmatchcase(name, pattern.replace("[", "[[]"))
