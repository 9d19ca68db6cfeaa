"""A folder that appears when everything in it is written, and not before."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from lipflap.core.errors import DubError


def refuse_taken(folder: Path) -> None:
    """Raises DubError when there is something in `folder`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DubError(
            "is there already.", where=str(folder), fix="Choose another name, or remove it first."
        )


@contextmanager
def whole_or_none(folder: Path) -> Iterator[Path]:
    """A new folder to write in, which becomes `folder` when the block ends well.

    Raises DubError when there is something in `folder` already, or it cannot be written.
    """
    refuse_taken(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as problem:
        raise DubError(f"cannot be written: {problem.strerror}.", where=str(folder)) from problem
    try:
        yield part
        part.chmod(0o755)  # mkdtemp keeps folders private; this one is as any other
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
