"""The local paths that a media URL of a cut may mean."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.media.disk_names import DiskNames

_DRIVE = re.compile(r"^/?([A-Za-z]:[\\/])")
_PROTOCOL = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):")
_HFS = re.compile(r"(?!(?:file|urn):)(?=[^:]*[^:\d])[^:/\\]{2,}(?::[^:/\\]+)+", re.IGNORECASE)
_SHARES = ("smb", "cifs", "afp", "nfs")  # a server's folder, which is mounted somewhere


def candidate_paths(url: str, folder: Path) -> list[str]:
    """Return the local paths that a media URL may mean, likeliest first.

    Takes file:// URLs (percent-encoded or not, with a Windows drive or a server name), those of
    shares on servers, paths as macOS wrote them before (Film HD:reel 1:a.mov), and bare paths,
    which are relative to `folder` unless absolute.
    Raises DubError for any other protocol.
    """
    if "\0" in unquote(url):
        raise DubError(
            "has a character that no file name can have.", where=repr(url), fix="Relink the clip."
        )
    url = url.strip("\r\n\t")
    if _HFS.fullmatch(url):
        on_disk = "/" + url.replace(":", "/")
        return [
            f"/Volumes{on_disk}",
            on_disk.removeprefix(f"/{url.partition(':')[0]}"),
            str(folder / url),
        ]
    protocol = _PROTOCOL.match(url)
    name = protocol[1].casefold() if protocol else ""
    if name and name not in ("file", *_SHARES):
        raise DubError(
            f"is reached through {name}, and only files on a disk can be dubbed.",
            where=url,
            fix="Copy it to a disk, and relink the clip.",
        )
    written = url.partition(":")[2] if name in _SHARES else _file_url_path(url) if name else url
    texts = [unquote(written), written] if protocol else [written, unquote(written)]
    if is_relative(url):
        texts += [text.replace("\\", "/") for text in texts]  # as Windows writes it
    return list(dict.fromkeys(_from_folder(text, folder) for text in texts))


def is_relative(url: str) -> bool:
    """Return whether a media URL is relative to the folder of the cut."""
    elsewhere = _PROTOCOL.match(url) or _DRIVE.match(url) or _HFS.fullmatch(url)
    return bool(url) and not (elsewhere or url[0] in "/\\")


def local_path(url: str, folder: Path) -> Path | None:
    """Return the file or folder that a media URL leads to here, None when there is none."""
    try:
        paths = candidate_paths(url, folder) if url else []
    except DubError:
        return None
    disk = DiskNames()
    return next((Path(os.path.abspath(found)) for found in map(disk.find, paths) if found), None)


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
