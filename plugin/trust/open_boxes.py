"""The parts of a movie that C2PA's hash leaves open: its ftyp, free, skip and mfra boxes.

C2PA 2.2, A.5.3 excludes them, so that players may rewrite them. In a file that nobody may change a
hash of our own covers them.
"""

import hashlib
import struct
from pathlib import Path

from lipflap.core.errors import DubError

_OPEN = (b"ftyp", b"free", b"skip", b"mfra")
_MOVIES = (".mov", ".mp4", ".m4v")
_CHUNK_BYTES = 1 << 20


def open_boxes_sha256(path: Path) -> str:
    """Return the hash of those boxes of a movie, in order; empty for any other file.

    Raises DubError when the movie cannot be read, or its boxes do not fill it.
    """
    if path.suffix.casefold() not in _MOVIES:
        return ""
    digest, at = hashlib.sha256(), 0
    try:
        end = path.stat().st_size
        with path.open("rb") as file:
            while at < end:
                file.seek(at)
                size, kind = _header(file.read(16), end - at)
                if not 8 <= size <= end - at:
                    raise ValueError(f"the box at {at} has a wrong size")
                if kind in _OPEN:
                    file.seek(at)
                    left = size
                    while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
                        digest.update(chunk)
                        left -= len(chunk)
                at += size
    except (OSError, ValueError, struct.error) as problem:
        raise DubError(f"cannot be read as a movie: {problem}.", where=str(path)) from problem
    return digest.hexdigest()


def _header(data: bytes, rest: int) -> tuple[int, bytes]:
    """Return the size and the kind of a box (ISO/IEC 14496-12, 4.2)."""
    size, kind = struct.unpack_from(">I4s", data)
    if size == 1:
        (size,) = struct.unpack_from(">Q", data, 8)
    return (rest if size == 0 else size), kind
