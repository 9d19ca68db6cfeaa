"""Manifests beside new pictures: SH010.mkv has its own in SH010.mkv.c2pa."""

from contextlib import suppress
from pathlib import Path

from lipflap.core.errors import MediaMissing
from lipflap.core.files.disk_space import write_error
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file

SIDECAR = ".c2pa"


def sidecar(path: Path) -> Path:
    """Return the place of a file's manifest beside it."""
    return path.with_name(f"{path.name}{SIDECAR}")


def picture_files(path: str) -> tuple[Path, ...]:
    """Return the files of a picture that are there: a movie, or those of a %0Nd pattern."""
    if not is_sequence(path):
        return (Path(path),) if Path(path).is_file() else ()
    with suppress(MediaMissing):
        return tuple(sequence_file(path, number) for number in numbers_on_disk(path))
    return ()


def remove_sidecars(path: str) -> None:
    """Remove the manifests beside a picture, or a %0Nd pattern, that is about to be another.

    Raises DubError.
    """
    stale = [f"{path}{SIDECAR}"]
    if is_sequence(path):
        stale = [str(one) for one in picture_files(f"{path}{SIDECAR}")]
    try:
        for one in stale:
            Path(one).unlink(missing_ok=True)
    except OSError as problem:
        raise write_error(path, problem) from problem
