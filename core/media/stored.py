"""The pictures of a media file in the order they are stored, out of an ffmpeg child process.

Every picture comes through the pipe with the time the file gives it (NUT carries both), so it
is the one that was asked for or an error, never its neighbour.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import ffmpeg
import numpy as np

from lipflap.core.errors import MediaBroken, MediaMissing
from lipflap.core.media.layout import Layout, layout_of
from lipflap.core.media.probe import MediaInfo
from lipflap.core.media.process import Child, local, running
from lipflap.core.media.sequence import file_of, files_as_ffmpeg_reads
from lipflap.core.media.times import Times, times_of

_RUN_UP_S = 1  # decoded before the wanted picture, past any open group of pictures
_PIPE_BYTES = 1 << 20
_STRICT = {"err_detect:v": "explode"}  # no damaged picture is patched up and passed on
_FILE_TICK_S = Fraction(1, 25)  # between the files of a sequence


@dataclass(frozen=True, slots=True)
class Frame:
    """The samples of one upright picture in the source's own pixel format.

    planes  read-only [H, W] arrays, in the order of media.layout: Y Cb Cr or G B R, then alpha
    """

    planes: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A media file and the times of its stored pictures."""

    info: MediaInfo
    layout: Layout
    times: Times

    @property
    def stored_size(self) -> tuple[int, int]:
        """(width, height) before the picture is turned upright."""
        width, height = self.info.width, self.info.height
        return (height, width) if self.info.scan.rotation_deg in (90, 270) else (width, height)

    @property
    def picture_bytes(self) -> int:
        return self.layout.bytes_of(*self.stored_size)


def stored_pictures(info: MediaInfo) -> Stored:
    """Raises MediaMissing, MediaBroken."""
    layout = layout_of(info.pixel_format)
    if info.scan.rotation_deg in (90, 270) and layout.chroma_log2[0] != layout.chroma_log2[1]:
        raise MediaBroken(
            f"is {layout.name} and turned by {info.scan.rotation_deg} degrees, which cannot be "
            "set upright without loss.",
            where=info.path,
            fix="Transcode it upright.",
        )
    if info.first_file is None:
        return Stored(info, layout, times_of(info.path))
    numbers = np.arange(info.frame_count)
    times = Times(numbers, _FILE_TICK_S, info.rate, numbers, stream_index=0, is_intra=True)
    return Stored(info, layout, times)


def read(stored: Stored, first: int, last: int) -> Generator[tuple[int, Frame]]:
    """Stored pictures first..last, each with its number.

    Seeks; a file in which seeking lands past the picture is decoded from its start.
    Raises MediaMissing, and MediaBroken naming the frame that cannot be decoded.
    """
    if stored.info.first_file is not None:
        yield from _read(stored, _files(stored, first, last), first, last, counted_from=first)
        return
    begun = False
    try:
        for number, frame in _read(stored, _movie(stored, first, seek=first > 0), first, last):
            begun = True
            yield number, frame
    except MediaBroken:
        if begun or first == 0:
            raise
        yield from _read(stored, _movie(stored, first, seek=False), first, last)


def _movie(stored: Stored, first: int, *, seek: bool) -> Any:
    """The movie from stored picture `first`: decoded from a run-up, cut at its exact tick."""
    times = stored.times
    options: dict[str, Any] = {"noautorotate": None, "copyts": None, **_STRICT}
    if seek:
        run_up_s = Fraction(0 if times.is_intra else _RUN_UP_S)
        start_s = max(int(times.ticks[first]) * times.tick_s - run_up_s, Fraction(0))
        options |= {"ss": f"{float(start_s):.6f}", "seek_timestamp": 1, "noaccurate_seek": None}
    source = ffmpeg.input(local(stored.info.path), protocol_whitelist="file", **options)
    stream = source[str(times.stream_index)]
    return stream, {"vf": f"trim=start_pts={times.ticks[first]}"}


def _files(stored: Stored, first: int, last: int) -> Any:
    """Files of a sequence from its picture `first`, checked to be there."""
    info = stored.info
    assert info.first_file is not None
    for number in range(info.first_file + first, info.first_file + last + 1):
        if not file_of(info.path, number).is_file():
            raise MediaMissing(
                "is not there.",
                where=str(file_of(info.path, number)),
                fix="Render or copy the missing frame.",
            )
    strict = {} if info.codec == "tiff" else _STRICT  # of TIFF it refuses tags of no concern
    source = ffmpeg.input(
        local(files_as_ffmpeg_reads(info.path)),
        format="image2",
        framerate=str(1 / _FILE_TICK_S),
        start_number=info.first_file + first,
        protocol_whitelist="file",
        **strict,
    )
    return source["v:0"], {}


def _read(
    stored: Stored, source: Any, first: int, last: int, *, counted_from: int = 0
) -> Generator[tuple[int, Frame]]:
    stream, options = source
    graph = ffmpeg.output(
        stream,
        "pipe:1",
        format="nut",
        vcodec="rawvideo",
        pix_fmt=stored.layout.name,
        fps_mode="passthrough",
        enc_time_base="demux",
        noautoscale=None,
        sws_flags="bitexact+accurate_rnd+full_chroma_int",
        **options,
        **{"frames:v": last - first + 1},
    )
    expected = first
    with running(graph) as child:
        for number, samples in _numbered(stored, child, counted_from):
            if number > expected:
                break
            if number == expected:
                yield number, _frame(stored, samples, number)
                expected += 1
        if expected <= last:
            raise _undecodable(stored, expected, child.complaint())


def _numbered(stored: Stored, child: Child, counted_from: int) -> Iterator[tuple[int, np.ndarray]]:
    """What comes through the pipe: bytes of a picture, and its number by its time."""
    times = stored.times
    try:
        with av.open(child.out, format="nut", buffer_size=_PIPE_BYTES) as pipe:
            for packet in pipe.demux(pipe.streams.video[0]):
                if packet.size and packet.pts is not None:
                    tick = round(packet.pts * Fraction(packet.time_base) / times.tick_s)
                    number = int(np.abs(times.ticks - tick).argmin())
                    yield number + counted_from, np.frombuffer(packet, np.uint8)
    except av.FFmpegError:
        return  # the child ended without a picture; the caller says which one is missing


def _frame(stored: Stored, samples: np.ndarray, number: int) -> Frame:
    """`samples`, a picture's bytes, as upright planes."""
    layout = stored.layout
    if len(samples) != stored.picture_bytes:
        raise _undecodable(stored, number, "it has another size than the first one")
    planes = []
    at = 0
    for height, width in layout.shapes(*stored.stored_size):
        size = height * width * layout.dtype.itemsize
        plane = samples[at : at + size].view(layout.dtype).reshape(height, width)
        plane.flags.writeable = False
        planes.append(np.rot90(plane, stored.info.scan.rotation_deg // 90))
        at += size
    return Frame(tuple(planes))


def _undecodable(stored: Stored, number: int, complaint: str) -> MediaBroken:
    info = stored.info
    frame = int(np.searchsorted(stored.times.shown, number))
    where = (
        info.path if info.first_file is None else str(file_of(info.path, info.first_file + number))
    )
    because = f" ({complaint})" if complaint else ""
    return MediaBroken(
        f"frame {frame} cannot be decoded{because}.",
        where=where,
        fix="Copy or transcode the file again.",
    )
