"""Decode small pictures to look at, fast.

decode.py gives every sample as it is stored, through a child process; here a file stays open, and a
picture is 8-bit RGB of the size it is shown in.
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

from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import numbers_on_disk, sequence_file
from lipflap.core.media.container import check_readable, open_container
from lipflap.core.media.frame_index import frame_index
from lipflap.core.media.frame_reader import decode_error, missing_frames_error
from lipflap.core.media.probe import MediaInfo

Rgb8 = NDArray[np.uint8]

RGB, SCREEN = "rgb24", "bgra"  # SCREEN: as screens take it without conversion; [..., 3] is 255

_MAX_DECODE_AHEAD = 12  # pictures to decode rather than seek over, where no index has keyframes
_MAX_KEPT, _MAX_KEPT_BYTES = 16, 64 << 20  # decoded pictures: steps back need no second preroll
_MAX_FLUSHED_PACKETS = 24  # a run this short ends by flushing the decoder: it is soon repeated
_THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))  # two files play side by side
_SKIPPABLE = frozenset({"h264", "mpeg2video"})  # codecs that mark pictures no other needs
_PREROLL_S = 12  # past any open GOP, where the nearest keyframe will not do


class Preview:
    """An open movie or image sequence. Not for two threads at once."""

    def __init__(self, info: MediaInfo) -> None:
        self.info = info
        self._movie = _Movie(info) if info.first_file is None else None
        self._scaler = VideoReformatter()

    def picture(self, frame: int, width: int, height: int, pixel_format: str = RGB) -> Rgb8:
        """Return [height, width, 3 or 4] of a frame of the media, counted from 0, upright.

        pixel_format  RGB or SCREEN
        Raises HandlesMissing for a frame the media does not have, MediaMissing, MediaBroken.
        """
        if not 0 <= frame < self.info.frame_count:
            raise missing_frames_error(self.info, frame, frame)
        quarter_turns = self.info.scan.rotation_deg // 90
        size = (height, width) if quarter_turns % 2 else (width, height)
        picture = self._decoded(frame)
        # One thread: each of several overwrites the first pixels of the slice below where the width
        # is no multiple of 16, if that was drawn before.
        small = self._scaler.reformat(
            picture, *size, format=pixel_format, interpolation="BILINEAR", threads=1
        )
        return np.ascontiguousarray(np.rot90(small.to_ndarray(), quarter_turns))

    def prefetch(self, frame: int) -> Iterator[None]:
        """Decode towards `frame` in steps, so that `picture` has it at once; may stop at any step.

        Raises as `picture`.
        """
        if self._movie is not None and 0 <= frame < self.info.frame_count:
            yield from self._movie.prefetch(frame)

    def close(self) -> None:
        """Close the file."""
        if self._movie is not None:
            self._movie.close()

    def _decoded(self, frame: int) -> VideoFrame:
        if self._movie is not None:
            return self._movie.picture(frame)
        assert self.info.first_file is not None
        number = self.info.first_file + frame
        if self.info.holes != HolePolicy.ERROR:
            numbers = numbers_on_disk(self.info.path)
            if self.info.holes == HolePolicy.BLACK and number not in numbers:
                black = np.zeros((self.info.height, self.info.width, 3), np.uint8)
                return VideoFrame.from_ndarray(black, format="rgb24")
            number = max((one for one in numbers if one <= number), default=numbers[0])
        path = str(sequence_file(self.info.path, number))
        check_readable(path)
        try:
            with _open(path) as container:
                return next(container.decode(video=0))
        except (av.FFmpegError, StopIteration) as problem:
            raise decode_error(self.info, frame) from problem


class _Movie:
    """An open movie and its decoder's position.

    wanted: any picture          |------------ skipped ------------|=|
    one a little before the last |------ skipped ------|==== kept ===|
                                 keyframe                            ^ the decoder's position
    """

    def __init__(self, info: MediaInfo) -> None:
        self._info, self._index = info, frame_index(info.path)
        self._container = _open(info.path)
        self._upcoming: Iterator[VideoFrame] = iter(())
        self._next = -1  # the stored picture that the decoder gives next; -1 before it has started
        self._full_from = 0  # the first picture that must not be skipped
        self._wanted = -1
        self._is_jump = False  # whether the wanted picture is far from the one before
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
        """Decode until the picture of a frame is kept, one picture a step."""
        wanted = int(self._index.frame_to_picture[frame])
        try:
            for start in self._seek_strategies(wanted):
                if wanted in self._kept:
                    return
                start()
                yield from self._decode_to(wanted)
        except av.FFmpegError as problem:
            self._next = -1
            raise decode_error(self._info, frame) from problem
        if wanted not in self._kept:
            raise decode_error(self._info, frame)

    def _seek_strategies(self, wanted: int) -> Iterator[Callable[[], None]]:
        """Yield ways to get to a picture: the fastest first, then the more reliable ones."""
        distance, self._wanted = wanted - self._wanted, wanted
        self._is_jump = abs(distance) > _MAX_KEPT
        self._full_from = wanted if self._is_jump or distance >= 0 else wanted - _MAX_KEPT
        if self._is_ahead(wanted):
            yield lambda: None
        if self._index.times.layout.is_stamped:
            yield lambda: self._seek(wanted, 0)
            yield lambda: self._seek(wanted, _PREROLL_S)
        self._full_from = 0
        yield self._rewind

    def _is_ahead(self, wanted: int) -> bool:
        """Return whether decoding on is as fast as a seek: no keyframe comes between."""
        times = self._index.times
        if self._next < 0 or wanted < self._next:
            return False
        if times.layout.is_intra:
            return wanted == self._next
        key, last = (self._keyframe(int(times.pts[n])) for n in (wanted, max(0, self._next - 1)))
        return key == last != -1 or wanted - self._next <= _MAX_DECODE_AHEAD

    def _keyframe(self, pts: int) -> int:
        """Return the entry of the file's index that a seek leads to; -1 without an index."""
        return self._stream().index_entries.search_timestamp(pts)

    def _decode_to(self, wanted: int) -> Iterator[None]:
        """Decode up to a stored picture, one a step, and keep the last ones."""
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
        is_intra = self._index.times.layout.is_intra
        max_kept = 1 if is_intra else min(_MAX_KEPT, _MAX_KEPT_BYTES // size)
        while len(self._kept) > max(1, max_kept):
            self._kept.popitem(last=False)

    def _picture_number(self, picture: VideoFrame) -> int:
        times = self._index.times
        if not times.layout.is_stamped or picture.pts is None:
            return self._next
        after = int(np.searchsorted(times.pts, picture.pts))
        near = slice(max(0, after - 1), after + 1)
        return near.start + int(np.abs(times.pts[near] - picture.pts).argmin())

    def _seek(self, wanted: int, preroll_s: int) -> None:
        times = self._index.times
        pts = int(times.pts[wanted]) - int(preroll_s / times.tick_s)
        self._container.seek(max(pts, int(times.pts[0])), stream=self._stream())
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
        """Yield pictures from the decoder's position on, without those far before the wanted one.

        Skips only pictures that no other needs. After a jump, a short run ends with the wanted
        picture by flushing the decoder, which would else read on before it gives that out.
        """
        decoder, times = self._stream().codec_context, self._index.times
        skips = decoder.name in _SKIPPABLE and times.layout.is_stamped
        may_flush = not times.layout.is_intra and times.layout.is_stamped
        for count, packet in enumerate(self._container.demux(self._stream())):
            if skips:
                far = packet.pts is not None and packet.pts < times.pts[max(0, self._full_from)]
                decoder.skip_frame = "NONREF" if far else "DEFAULT"
            yield from packet.decode()
            if (
                may_flush
                and self._is_jump
                and count < _MAX_FLUSHED_PACKETS
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
