"""A small disk in memory, where this user may mount one."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = 4096


class SmallDisk:
    """A mounted disk whose size can change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resize(self, size_bytes: int) -> None:
        _mount("-o", f"remount,size={size_bytes}", str(self.folder))

    def fill(self, leave_bytes: int = 0) -> Path:
        """Write a file that takes all free space but `leave_bytes`."""
        filler = self.folder / "filler"
        size = 0
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    size += file.write(bytes(PAGE))
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
            file.truncate(size - leave_bytes)
        return filler


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount a disk of so many bytes at `folder`; skip the test where that is not allowed."""
    folder.mkdir(parents=True)
    try:
        _mount("-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a small disk")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
