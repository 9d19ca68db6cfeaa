"""A short name for what a media file holds, to notice that it changed."""

import hashlib
from pathlib import Path

from lipflap.core.errors import MediaMissing
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file

_SAMPLE_BYTES = 1 << 20


def fingerprint(path: Path) -> str:
    """sha256 over the size and up to 3 MiB: head, middle and tail of the file.

    Cheap on a 200 GB file, the same on every machine that holds a copy.
    Raises MediaMissing.
    """
    seen = hashlib.sha256()
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            seen.update(str(size).encode())
            for start in (0, (size - _SAMPLE_BYTES) // 2, size - _SAMPLE_BYTES):
                file.seek(max(0, start))
                seen.update(file.read(_SAMPLE_BYTES))
    except OSError as problem:
        raise MediaMissing(f"cannot be read: {problem.strerror}.", where=str(path)) from problem
    return seen.hexdigest()


def fingerprint_of_picture(path: str) -> str:
    """Fingerprint of a movie, or one for all files there of an image sequence, in order.

    path   a file, or a %0Nd pattern
    Raises MediaMissing.
    """
    if not is_sequence(path):
        return fingerprint(Path(path))
    seen = hashlib.sha256()
    for number in numbers_on_disk(path):
        seen.update(f"{number} {fingerprint(sequence_file(path, number))}".encode())
    return seen.hexdigest()
