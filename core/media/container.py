"""Opening a movie or sound file for a look inside, with errors in words an editor reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from lipflap.core.errors import MediaBroken, MediaMissing
from lipflap.core.media.process import local


@contextmanager
def opened(path: str) -> Iterator[InputContainer]:
    """The file, open for reading; only files of this machine are followed from inside it.

    Raises MediaMissing, or MediaBroken for whatever goes wrong in the block.
    """
    check_readable(path)
    try:
        with av.open(local(path), options={"protocol_whitelist": "file"}) as container:
            yield container
    except av.FFmpegError as problem:
        raise MediaBroken(
            f"cannot be read: {problem.strerror}.",
            where=path,
            fix="Play it from start to end; copy or transcode it again.",
        ) from problem


def check_readable(path: str) -> None:
    """Raises MediaMissing or MediaBroken when `path` is no file with something in it."""
    file = Path(path)
    try:
        if not file.is_file():
            raise MediaMissing("is not there.", where=path, fix="Relink it, or mount its volume.")
        with file.open("rb") as opened_file:
            first_byte = opened_file.read(1)
    except OSError as problem:
        raise MediaMissing(f"cannot be read: {problem.strerror}.", where=path) from problem
    if not first_byte:
        raise MediaBroken("is empty.", where=path, fix="Copy it again.")


def picture_stream(container: InputContainer, path: str) -> VideoStream:
    """The first video stream that is no cover picture. Raises MediaBroken."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    raise MediaBroken("holds no picture.", where=path, fix="Relink the shot to its movie file.")
