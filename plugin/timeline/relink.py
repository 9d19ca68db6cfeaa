"""Find the media that a cut names on this machine."""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from lipflap.core.errors import DubError, MediaMissing

_log = logging.getLogger(__name__)

_DRIVE = re.compile(r"^/?([A-Za-z]:[\\/])")
_PROTOCOL = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")


def candidate_paths(url: str, folder: Path) -> list[str]:
    """Return the local paths that a media URL may mean, likeliest first.

    Takes file:// URLs (percent-encoded or not, with a Windows drive or a server name) and bare
    paths, which are relative to `folder` unless absolute. Raises DubError for any other protocol.
    """
    if "\0" in unquote(url):
        raise DubError(
            "has a character that no file name can have.", where=repr(url), fix="Relink the clip."
        )
    protocol = _PROTOCOL.match(url)
    if protocol and protocol[1].casefold() != "file":
        raise DubError(
            f"is reached through {protocol[1]}, and only files on a disk can be dubbed.",
            where=url,
            fix="Copy it to a disk, and relink the clip.",
        )
    written = _file_url_path(url) if protocol else url
    texts = [unquote(written), written] if protocol else [written, unquote(written)]
    return list(dict.fromkeys(_from_folder(text, folder) for text in texts))


def is_relative(url: str) -> bool:
    """Return whether a media URL is relative to the folder of the cut."""
    return bool(url) and not (_PROTOCOL.match(url) or _DRIVE.match(url) or url[0] in "/\\")


def local_path(url: str, folder: Path) -> Path | None:
    """Return the file or folder that a media URL leads to here, None when there is none."""
    try:
        paths = candidate_paths(url, folder) if url else []
    except DubError:
        return None
    return next((Path(path).absolute() for path in paths if os.path.exists(path)), None)


def _file_url_path(url: str) -> str:
    """Return the path in a file: URL, with a server, a drive, localhost or none of them."""
    path = url.partition(":")[2]
    if not path.startswith("//"):
        return path
    server, slash, inside = path[2:].partition("/")
    if server.casefold() in ("", "localhost"):
        return slash + inside
    return path[2:] if _DRIVE.match(path[2:]) else path


def _from_folder(text: str, folder: Path) -> str:
    if _DRIVE.match(text):
        return text.removeprefix("/")
    if text.startswith(("/", "\\\\")):
        return text
    return str(folder / text)


@dataclass(slots=True)
class MediaFinder:
    """A finder of media on this machine, which remembers the files beside the cut.

    folder   that relative paths start from, and where missing media is looked for:
             in it and in the folders directly inside it
    """

    folder: Path
    _nearby: dict[str, list[Path]] | None = field(default=None, init=False)
    _found: dict[tuple[str, str], str] = field(default_factory=dict, init=False)

    def find(self, url: str, *, file_name: str = "") -> str:
        """Return the local path of a media URL.

        file_name   for an image sequence: the URL is its folder, this the name of its first file
        Raises DubError for a protocol that is no file, MediaMissing when nothing is found.
        """
        key = (url, file_name)
        if key not in self._found:
            self._found[key] = self._find(url, file_name)
        return self._found[key]

    def _find(self, url: str, file_name: str) -> str:
        paths = [_join(path, file_name) for path in candidate_paths(url, self.folder)]
        for path in paths:
            if os.path.isfile(path):  # Path.is_file raises on a name that is too long
                return path
        name = re.split(r"[\\/]", paths[0])[-1]
        beside = self._files_beside().get(name.casefold(), [])
        if len(beside) == 1:
            _log.warning("%s is not there; relinked to %s.", paths[0], beside[0])
            return str(beside[0])
        raise self._missing(paths[0], name, beside)

    def _missing(self, path: str, name: str, beside: Sequence[Path]) -> MediaMissing:
        if not beside:
            elsewhere = f"in {self.folder} or a folder in it"
            if Path(path).parent == self.folder:
                elsewhere = "in a folder beside it"
            problem = f"is not there, and no {name} is {elsewhere}."
            return MediaMissing(problem, where=path, fix="Relink the clip, or copy the file there.")
        problem = f"is not there, and {len(beside)} files of its name are in {self.folder}."
        fix = f"Relink the clip to the right one: {', '.join(str(one) for one in beside)}."
        return MediaMissing(problem, where=path, fix=fix)

    def _files_beside(self) -> dict[str, list[Path]]:
        if self._nearby is None:
            self._nearby = {}
            for path in _files_near(self.folder):
                self._nearby.setdefault(path.name.casefold(), []).append(path)
        return self._nearby


def _join(path: str, file_name: str) -> str:
    if not file_name:
        return path
    return path + file_name if path.endswith(("/", "\\")) else f"{path}/{file_name}"


def _files_near(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of the folders directly inside it that may be read."""
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return
    yield from (path for path in inside if path.is_file())
    for child in inside:
        if not child.is_dir():
            continue
        try:
            yield from (path for path in sorted(child.iterdir()) if path.is_file())
        except PermissionError:
            _log.warning("No permission to read %s; media was not searched for there.", child)
