"""Pictures to look at while somebody waits: the right ones, small, soon.

decode.py gives every sample as it is stored, out of a child process; here a file stays open, and a
picture comes as 8-bit RGB of the size it is shown in.
"""

from collections.abc import Iterator
from contextlib import suppress

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from lipflap.core.errors import HandlesMissing, MediaBroken
from lipflap.core.media.container import check_readable, open_container
from lipflap.core.media.probe import MediaInfo
from lipflap.core.media.sequence import file_of
from lipflap.core.media.times import times_of

Rgb8 = NDArray[np.uint8]

_NEAR = 12  # pictures that are decoded and thrown away rather than sought over
_RUN_UP_S = 12  # past any open group of pictures, where the nearest key picture will not do


class Preview:
    """A movie or an image sequence, open. Not for two threads at once."""

    def __init__(self, info: MediaInfo) -> None:
        self.info = info
        self._movie = _Movie(info.path) if info.first_file is None else None

    def picture(self, frame: int, width: int, height: int) -> Rgb8:
        """[height, width, 3] of a frame of the media, counted from 0, upright.

        Raises HandlesMissing for a frame there is not, MediaMissing, MediaBroken.
        """
        if not 0 <= frame < self.info.frame_count:
            raise HandlesMissing(
                f"holds frames 0-{self.info.frame_count - 1}, wanted is {frame}.",
                where=self.info.path,
            )
        turned = self.info.scan.rotation_deg // 90
        size = (height, width) if turned % 2 else (width, height)
        picture = self._decoded(frame)
        small = picture.reformat(*size, format="rgb24", interpolation="BILINEAR")
        return np.ascontiguousarray(np.rot90(small.to_ndarray(), turned))

    def close(self) -> None:
        if self._movie is not None:
            self._movie.close()

    def _decoded(self, frame: int) -> VideoFrame:
        if self._movie is not None:
            return self._movie.picture(frame)
        assert self.info.first_file is not None
        path = str(file_of(self.info.path, self.info.first_file + frame))
        check_readable(path)
        try:
            with _open(path) as container:
                return next(container.decode(video=0))
        except (av.FFmpegError, StopIteration) as problem:
            raise _undecodable(path, frame) from problem


class _Movie:
    """A movie, its decoder somewhere in it."""

    def __init__(self, path: str) -> None:
        self._path, self._times = path, times_of(path)
        self._container = _open(path)
        self._coming: Iterator[VideoFrame] = iter(())
        self._next = -1  # the stored picture that comes next, if the decoder has been set going

    def close(self) -> None:
        self._container.close()

    def picture(self, frame: int) -> VideoFrame:
        wanted = int(self._times.shown[frame])
        try:
            if 0 <= wanted - self._next <= _NEAR and self._next >= 0:
                with suppress(_Missed):
                    return self._reach(wanted)
            for run_up_s in (0, _RUN_UP_S):
                if self._times.ticks.coded.is_stamped:
                    self._seek(wanted, run_up_s)
                    with suppress(_Missed):
                        return self._reach(wanted)
            self._rewind()
            return self._reach(wanted)
        except (av.FFmpegError, _Missed) as problem:
            self._next = -1
            raise _undecodable(self._path, frame) from problem

    def _reach(self, wanted: int) -> VideoFrame:
        """Decode up to a stored picture. Raises _Missed when it does not come."""
        for picture in self._coming:
            number = self._number(picture)
            self._next = number + 1
            if number == wanted:
                return picture
            if number > wanted:
                break
        self._next = -1
        raise _Missed

    def _number(self, picture: VideoFrame) -> int:
        ticks = self._times.ticks
        if not ticks.coded.is_stamped or picture.pts is None:
            return self._next
        return int(np.abs(ticks.at - picture.pts).argmin())

    def _seek(self, wanted: int, run_up_s: int) -> None:
        ticks = self._times.ticks
        at = int(ticks.at[wanted]) - int(run_up_s / ticks.tick_s)
        self._container.seek(max(at, int(ticks.at[0])), stream=self._stream())
        self._begin()

    def _rewind(self) -> None:
        self._container.close()
        self._container = _open(self._path)
        self._begin()

    def _begin(self) -> None:
        self._next = 0
        self._coming = self._container.decode(self._stream())

    def _stream(self) -> VideoStream:
        stream = self._container.streams[self._times.ticks.coded.stream_index]
        assert isinstance(stream, VideoStream)
        return stream


class _Missed(Exception):
    """The decoder went past a picture, or to the end without it."""


def _open(path: str) -> InputContainer:
    container = open_container(path)
    for stream in container.streams.video:
        stream.thread_type = "AUTO"
    return container


def _undecodable(path: str, frame: int) -> MediaBroken:
    return MediaBroken(
        f"frame {frame} cannot be decoded.", where=path, fix="Copy or transcode the file again."
    )
