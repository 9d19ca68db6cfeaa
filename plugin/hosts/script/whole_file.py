"""A file that is written whole or not at all, without the libraries that a host lacks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def write_whole(path: str, text: str) -> None:
    """Write a small text file under another name first, then rename it. Raises OSError."""

    def write(temporary: str) -> bool:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        return True

    written_whole(path, write)


def written_whole(path: str, write: Callable[[str], object]) -> bool:
    """Let `write` write a file under another name with the same ending, then rename it.

    Returns whether there is one, and `write` returned something true. Raises OSError.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    stem, suffix = os.path.splitext(path)
    temporary = f"{stem}.{os.getpid()}.new{suffix}"
    try:
        if not write(temporary) or not os.path.isfile(temporary):
            return False
        os.replace(temporary, path)
        return True
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def file_name(name: str) -> str:
    """Return a name of a host's, such as a timeline's, as the name of a file."""
    kept = "".join("_" if one in '<>:"/\\|?*' or ord(one) < 32 else one for one in name)
    while len(kept.encode()) > 150:
        kept = kept[:-1]
    return kept.strip(" .") or "cut"
