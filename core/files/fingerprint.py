"""Fingerprints of media files, which tell that a file has changed."""

import hashlib
from pathlib import Path

from lipflap.core.errors import MediaMissing
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file

_SAMPLE_BYTES = 1 << 20


def fingerprint(path: Path) -> str:
    """Return the sha256 over the size and up to 3 MiB of a file: head, middle and tail.

    Cheap on a 200 GB file, and the same on every machine that has a copy.
    Raises MediaMissing.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            digest.update(str(size).encode())
            for start in (0, (size - _SAMPLE_BYTES) // 2, size - _SAMPLE_BYTES):
                file.seek(max(0, start))
                digest.update(file.read(_SAMPLE_BYTES))
    except OSError as problem:
        raise MediaMissing(
            f"cannot be read: {problem.strerror}.",
            where=str(path),
            fix="Relink it, or mount its volume.",
        ) from problem
    return digest.hexdigest()


def fingerprint_of_picture(path: str) -> str:
    """Return the fingerprint of a movie, or one over all files of an image sequence, in order.

    path   a file, or a %0Nd pattern
    Raises MediaMissing.
    """
    if not is_sequence(path):
        return fingerprint(Path(path))
    digest = hashlib.sha256()
    for number in numbers_on_disk(path):
        digest.update(f"{number} {fingerprint(sequence_file(path, number))}".encode())
    return digest.hexdigest()
