"""Pictures to look at while somebody waits: the right ones, small, soon.

decode.py gives every sample as it is stored, out of a child process; here a file stays open, and a
picture comes as 8-bit RGB of the size it is shown in.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator

import av
import numpy as np
from av.codec import Capabilities
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from lipflap.core.files.sequence import sequence_file
from lipflap.core.media.container import check_readable, open_container
from lipflap.core.media.frame_index import frame_index
from lipflap.core.media.frame_reader import decode_error, missing_frames_error
from lipflap.core.media.probe import MediaInfo

Rgb8 = NDArray[np.uint8]

RGB, SCREEN = "rgb24", "bgra"  # SCREEN: what graphics of screens take as it is; [..., 3] is 255

_MAX_DECODE_AHEAD = 12  # pictures decoded rather than sought over, where no index has key pictures
_MAX_KEPT, _MAX_KEPT_BYTES = 16, 64 << 20  # decoded pictures: steps back need no second run-up
_SHORT_RUN_PACKETS = 24  # packets: a way that is soon gone again
_THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))  # two files are looked at side by side
_SKIP = frozenset({"h264", "mpeg2video"})  # coders in which a picture that no other needs says so
_RUN_UP_S = 12  # past any open group of pictures, where the nearest key picture will not do


class Preview:
    """A movie or an image sequence, open. Not for two threads at once."""

    def __init__(self, info: MediaInfo) -> None:
        self.info = info
        self._movie = _Movie(info) if info.first_file is None else None
        self._scaler = VideoReformatter()

    def picture(self, frame: int, width: int, height: int, form: str = RGB) -> Rgb8:
        """[height, width, 3 or 4] of a frame of the media, counted from 0, upright.

        form  RGB or SCREEN
        Raises HandlesMissing for a frame there is not, MediaMissing, MediaBroken.
        """
        if not 0 <= frame < self.info.frame_count:
            raise missing_frames_error(self.info, frame, frame)
        turned = self.info.scan.rotation_deg // 90
        size = (height, width) if turned % 2 else (width, height)
        picture = self._decoded(frame)
        # One thread: of several, each spoils the first pixels of the slice below where a width is
        # no multiple of 16, if that was drawn before.
        small = self._scaler.reformat(
            picture, *size, format=form, interpolation="BILINEAR", threads=1
        )
        return np.ascontiguousarray(np.rot90(small.to_ndarray(), turned))

    def prefetch(self, frame: int) -> Iterator[None]:
        """Bring `frame` near, so that it is soon there; may be left between any two steps.

        Raises as `picture`.
        """
        if self._movie is not None and 0 <= frame < self.info.frame_count:
            yield from self._movie.prefetch(frame)

    def close(self) -> None:
        if self._movie is not None:
            self._movie.close()

    def _decoded(self, frame: int) -> VideoFrame:
        if self._movie is not None:
            return self._movie.picture(frame)
        assert self.info.first_file is not None
        path = str(sequence_file(self.info.path, self.info.first_file + frame))
        check_readable(path)
        try:
            with _open(path) as container:
                return next(container.decode(video=0))
        except (av.FFmpegError, StopIteration) as problem:
            raise decode_error(self.info, frame) from problem


class _Movie:
    """A movie, its decoder somewhere in it.

    wanted: any picture          |------------ skipped ------------|=|
    one a little before the last |------ skipped ------|==== kept ===|
                                 key                                 ^ it goes on from here
    """

    def __init__(self, info: MediaInfo) -> None:
        self._info, self._index = info, frame_index(info.path)
        self._container = _open(info.path)
        self._upcoming: Iterator[VideoFrame] = iter(())
        self._next = -1  # the stored picture that comes next, if the decoder has been set going
        self._full_from = 0  # the first picture that must not be skipped
        self._wanted = -1
        self._is_jump = False  # whether what is wanted lies far from what was wanted before
        self._kept: OrderedDict[int, VideoFrame] = OrderedDict()

    def close(self) -> None:
        self._upcoming = iter(())  # it holds this movie, and so the decoder
        self._kept.clear()
        self._container.close()

    def picture(self, frame: int) -> VideoFrame:
        for _ in self.prefetch(frame):
            pass
        return self._kept[int(self._index.frame_to_picture[frame])]

    def prefetch(self, frame: int) -> Iterator[None]:
        """Decode until the picture of a frame is kept; each step takes one picture."""
        wanted = int(self._index.frame_to_picture[frame])
        try:
            for begin in self._seek_strategies(wanted):
                if wanted in self._kept:
                    return
                begin()
                yield from self._decode_to(wanted)
        except av.FFmpegError as problem:
            self._next = -1
            raise decode_error(self._info, frame) from problem
        if wanted not in self._kept:
            raise decode_error(self._info, frame)

    def _seek_strategies(self, wanted: int) -> Iterator[Callable[[], None]]:
        """How to come to a picture: the quickest way first, then the surer ones."""
        by, self._wanted = wanted - self._wanted, wanted
        self._is_jump = abs(by) > _MAX_KEPT
        self._full_from = wanted if self._is_jump or by >= 0 else wanted - _MAX_KEPT
        if self._is_ahead(wanted):
            yield lambda: None
        if self._index.times.layout.is_stamped:
            yield lambda: self._seek(wanted, 0)
            yield lambda: self._seek(wanted, _RUN_UP_S)
        self._full_from = 0
        yield self._rewind

    def _is_ahead(self, wanted: int) -> bool:
        """Whether going on is as good as a seek: no key picture lies between."""
        times = self._index.times
        if self._next < 0 or wanted < self._next:
            return False
        if times.layout.is_intra:
            return wanted == self._next
        key, last = (self._key(int(times.pts[n])) for n in (wanted, max(0, self._next - 1)))
        return key == last != -1 or wanted - self._next <= _MAX_DECODE_AHEAD

    def _key(self, tick: int) -> int:
        """Which entry of the file's index a seek leads to; -1 where there is no index."""
        return self._stream().index_entries.search_timestamp(tick)

    def _decode_to(self, wanted: int) -> Iterator[None]:
        """Decode up to a stored picture and keep it, if it comes."""
        for picture in self._upcoming:
            number = self._picture_number(picture)
            self._next = number + 1
            self._keep(number, picture)
            if number >= wanted:
                return
            yield
        self._next = -1

    def _keep(self, number: int, picture: VideoFrame) -> None:
        self._kept[number] = picture
        size = sum(plane.buffer_size for plane in picture.planes)
        most = 1 if self._index.times.layout.is_intra else min(_MAX_KEPT, _MAX_KEPT_BYTES // size)
        while len(self._kept) > max(1, most):
            self._kept.popitem(last=False)

    def _picture_number(self, picture: VideoFrame) -> int:
        times = self._index.times
        if not times.layout.is_stamped or picture.pts is None:
            return self._next
        after = int(np.searchsorted(times.pts, picture.pts))
        near = slice(max(0, after - 1), after + 1)
        return near.start + int(np.abs(times.pts[near] - picture.pts).argmin())

    def _seek(self, wanted: int, run_up_s: int) -> None:
        times = self._index.times
        at = int(times.pts[wanted]) - int(run_up_s / times.tick_s)
        self._container.seek(max(at, int(times.pts[0])), stream=self._stream())
        self._restart()

    def _rewind(self) -> None:
        self._container.close()
        self._container = _open(self._info.path)
        self._restart()

    def _restart(self) -> None:
        self._next = 0
        self._kept.clear()
        self._upcoming = self._pictures()

    def _pictures(self) -> Iterator[VideoFrame]:
        """What comes from here on, but pictures far before the wanted one that no other needs.

        After a jump a short way ends with the wanted one: others are yet to come where it is
        coded, and the decoder would take them in before it gives it out.
        """
        decoder, times = self._stream().codec_context, self._index.times
        skips = decoder.name in _SKIP and times.layout.is_stamped
        ends = not times.layout.is_intra and times.layout.is_stamped
        for way, packet in enumerate(self._container.demux(self._stream())):
            if skips:
                far = packet.pts is not None and packet.pts < times.pts[max(0, self._full_from)]
                decoder.skip_frame = "NONREF" if far else "DEFAULT"
            yield from packet.decode()
            if (
                ends
                and self._is_jump
                and way < _SHORT_RUN_PACKETS
                and packet.pts == times.pts[self._wanted]
            ):
                yield from decoder.decode(None)
                return

    def _stream(self) -> VideoStream:
        stream = self._container.streams[self._index.times.layout.stream_index]
        assert isinstance(stream, VideoStream)
        return stream


def _open(path: str) -> InputContainer:
    container = open_container(path)
    for stream in container.streams.video:
        decoder = stream.codec_context.codec
        alone = decoder.intra_only and decoder.capabilities & Capabilities.slice_threads
        stream.thread_type = "SLICE" if alone else "AUTO"  # of frames: the first comes late
        stream.codec_context.thread_count = _THREADS
    return container
