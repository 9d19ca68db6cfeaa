"""Names of shots: the clip's own name, unique in the cut and fit for every file system."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

FILM_SUFFIXES = (
    *(".ari", ".avi", ".braw", ".dpx", ".exr", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpg"),
    *(".mts", ".mxf", ".r3d", ".webm"),
)
_MAX_BYTES = 120
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%]+')
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)
}


def safe_file_name(clip_name: str, media_path: str = "") -> str:
    """Return the clip's name as a file name: Unicode kept, no more than 120 bytes, no media suffix.

    The suffix is its media's, or one of FILM_SUFFIXES where the cut does not say what it plays.
    `%` is replaced too: it would be read as a frame number in the name of a sequence.
    """
    name = unicodedata.normalize("NFC", clip_name)
    suffix = PurePath(name).suffix
    if suffix and suffix.casefold() in (PurePath(media_path).suffix.casefold(), *FILM_SUFFIXES):
        name = name[: len(name) - len(suffix)]
    short = _FORBIDDEN.sub("_", name).encode("utf-8", "replace")[:_MAX_BYTES]
    tidy = short.decode("utf-8", "ignore").strip(" .")
    if tidy.split(".")[0].casefold() in _WINDOWS_DEVICES:
        return f"_{tidy}"
    return tidy or "shot"


def unique_names(names: Iterable[str]) -> list[str]:
    """Return the names in their order; a repeated one gets _2, _3 … whatever its case."""
    used: set[str] = set()
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        unique_name = name
        while unique_name.casefold() in used:
            counts[name] = counts.get(name, 1) + 1
            unique_name = f"{name}_{counts[name]}"
        used.add(unique_name.casefold())
        unique.append(unique_name)
    return unique
