"""A stamp of a file, by which to tell cheaply that it has not changed."""

import os

FileStamp = tuple[int, int, int]


def file_stamp(info: os.stat_result) -> FileStamp:
    """Return inode, time of change in ns and size; a rewritten file has another stamp."""
    return info.st_ino, info.st_mtime_ns, info.st_size
