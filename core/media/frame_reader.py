"""Decode the pictures of a media file in stored order, through an ffmpeg child process.

Every picture comes through the pipe with the time the file gives it (NUT carries both), so it
is the one that was requested or an error, never its neighbour.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import ffmpeg
import numpy as np

from lipflap.core.errors import HandlesMissing, MediaBroken, MediaMissing
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import ffmpeg_pattern, numbers_on_disk, sequence_file
from lipflap.core.media.container import SEQUENCE_OPTIONS, SINGLE_FILE_OPTIONS, still_options
from lipflap.core.media.ffmpeg_process import Child, file_url, run_ffmpeg
from lipflap.core.media.frame_index import FrameIndex, PresentationTimes, StreamLayout, frame_index
from lipflap.core.media.pixels.pixel_format import PixelLayout, pixel_layout
from lipflap.core.media.probe import MediaInfo

_PREROLLS_S = (1, 12)  # decoded before the wanted picture, past any open group of pictures
_PIPE_BYTES = 1 << 20
BLACK = -1  # in a frame index: no picture
_FILE_TICK_S = Fraction(1, 25)  # between the files of a sequence


@dataclass(frozen=True, slots=True)
class Frame:
    """One upright picture, in planes of the source's own pixel format.

    planes  read-only [H, W] arrays: Y Cb Cr or G B R, then alpha
    """

    planes: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class FrameReader:
    """A media file with the layout and the times of its stored pictures."""

    info: MediaInfo
    layout: PixelLayout
    index: FrameIndex

    @property
    def stored_size(self) -> tuple[int, int]:
        """Return (width, height) before the picture is turned upright."""
        width, height = self.info.width, self.info.height
        return (height, width) if self.info.scan.rotation_deg in (90, 270) else (width, height)

    @property
    def picture_bytes(self) -> int:
        """Return the size of one picture in memory."""
        return self.layout.bytes_of(*self.stored_size)


@dataclass(frozen=True, slots=True)
class _Source:
    """An ffmpeg-python stream of pictures, the options of its output, and their numbering.

    number_of  (how many pictures came before, seconds on its clock) -> number of the picture
    """

    stream: Any
    options: dict[str, str]
    number_of: Callable[[int, Fraction], int]


def open_frames(info: MediaInfo) -> FrameReader:
    """Index the pictures of a media file. Raises MediaMissing, MediaBroken."""
    layout = pixel_layout(info.pixel_format)
    if info.scan.rotation_deg in (90, 270) and layout.chroma_log2[0] != layout.chroma_log2[1]:
        raise MediaBroken(
            f"is rotated by {info.scan.rotation_deg} degrees, and {layout.name} cannot be turned "
            "upright without loss.",
            where=info.path,
            fix="Transcode it upright.",
        )
    if info.first_file is None:
        return FrameReader(info, layout, frame_index(info.path))
    numbers = np.arange(info.frame_count)
    stream = StreamLayout(stream_index=0, is_intra=True, is_stamped=True)
    times = PresentationTimes(numbers, _FILE_TICK_S, stream)
    return FrameReader(info, layout, FrameIndex(times, info.rate, _shown_files(info, numbers)))


def _shown_files(info: MediaInfo, numbers: np.ndarray) -> np.ndarray:
    """Return [frames] the file that each frame of a sequence shows, counted from 0, or BLACK."""
    if info.holes == HolePolicy.ERROR:
        return numbers
    there = np.array(numbers_on_disk(info.path)) - (info.first_file or 0)
    there = there[(there >= 0) & (there < info.frame_count)]
    last = np.searchsorted(there, numbers, side="right") - 1
    held = there[np.maximum(last, 0)]
    return held if info.holes == HolePolicy.HOLD else np.where(held == numbers, held, BLACK)


def black_frame(reader: FrameReader) -> Frame:
    """Return the picture that a black hole of a sequence shows; opaque, in video levels or full."""
    layout, info = reader.layout, reader.info
    is_full = layout.is_rgb or info.colour.range == "pc" or layout.is_grey
    one = 1 if layout.is_float else 1 << layout.bits - 8
    planes = []
    for number, shape in enumerate(layout.shapes(info.width, info.height)):
        is_alpha = layout.has_alpha and number == layout.plane_count - 1
        level = 128 * one if layout.is_chroma(number) else 0 if is_full else 16 * one
        if is_alpha:
            level = 1 if layout.is_float else (1 << layout.bits) - 1
        plane = np.full(shape, level, layout.dtype)
        plane.flags.writeable = False
        planes.append(plane)
    return Frame(tuple(planes))


def read_frames(reader: FrameReader, first: int, last: int) -> Generator[tuple[int, Frame]]:
    """Yield the stored pictures first..last, each with its number.

    ffmpeg stops at the first picture that does not decode cleanly, and may lose some good ones
    before it; so it is started again where it stopped, until it yields nothing more.
    Raises MediaMissing, and MediaBroken naming the frame that cannot be decoded.
    """
    while first <= last:
        first = yield from _read_forward(reader, first, last)


def _read_forward(
    reader: FrameReader, first: int, last: int
) -> Generator[tuple[int, Frame], None, int]:
    """Yield pictures from `first` by the first strategy that gets there; return the next number."""
    why = ""
    for source in _seek_strategies(reader, first, last):
        wanted = first
        with run_ffmpeg(_graph(reader, source, last - first + 1)) as child:
            for number, samples in _number_frames(source, child):
                if number > wanted:
                    break
                child.read_errors()
                if "CRC mismatch" in child.error_text():  # FFV1's decoder goes on regardless
                    raise _undecodable(
                        reader, wanted, f"or one soon after it; {child.error_text()}"
                    )
                if number == wanted:
                    yield number, _frame(reader, samples, number)
                    wanted += 1
            else:
                child.wait_ok()
            why = child.error_text()
        if wanted > first:
            return wanted
    raise _undecodable(reader, first, why)


def _seek_strategies(reader: FrameReader, first: int, last: int) -> list[_Source]:
    """Return sources for pictures from `first`: after a short preroll, a long one, the start."""
    if reader.info.first_file is not None:
        return [_files(reader, first, last)]
    prerolls_s = _PREROLLS_S if first > 0 and reader.index.times.layout.is_stamped else ()
    return [*(_movie(reader, first, preroll_s) for preroll_s in prerolls_s), _movie(reader, first)]


def _movie(reader: FrameReader, first: int, preroll_s: int | None = None) -> _Source:
    """Return the movie, decoded from a preroll before picture `first`, cut at `first`."""
    times = reader.index.times
    options: dict[str, Any] = {"noautorotate": None, "copyts": None}
    if preroll_s is not None:
        start_s = int(times.pts[first]) * times.tick_s
        start_s = max(start_s - (0 if times.layout.is_intra else preroll_s), Fraction(0))
        options |= {"ss": f"{float(start_s):.6f}", "seek_timestamp": 1, "noaccurate_seek": None}
    path = reader.info.path
    options |= still_options(path) if len(times.pts) == 1 else SINGLE_FILE_OPTIONS
    stream = ffmpeg.input(file_url(path), **options)[str(times.layout.stream_index)]
    if not times.layout.is_stamped:
        return _Source(stream, {"vf": f"trim=start_frame={first}"}, lambda nth, _: first + nth)
    return _Source(
        stream,
        {"vf": f"trim=start_pts={times.pts[first]}"},
        lambda _, at_s: int(np.abs(times.pts - round(at_s / times.tick_s)).argmin()),
    )


def _files(reader: FrameReader, first: int, last: int) -> _Source:
    """Return the files of a sequence from its picture `first`. Raises MediaMissing without one."""
    info = reader.info
    assert info.first_file is not None
    for number in range(info.first_file + first, info.first_file + last + 1):
        if not sequence_file(info.path, number).is_file():
            raise MediaMissing(
                "is missing from its image sequence.",
                where=str(sequence_file(info.path, number)),
                fix="Render or copy the missing frame.",
            )
    source = ffmpeg.input(
        file_url(ffmpeg_pattern(info.path)),
        format="image2",
        framerate=str(1 / _FILE_TICK_S),
        start_number=info.first_file + first,
        **SEQUENCE_OPTIONS,
    )
    return _Source(source["v:0"], {}, lambda _, at_s: first + round(at_s / _FILE_TICK_S))


def _graph(reader: FrameReader, source: _Source, count: int) -> Any:
    return ffmpeg.output(
        source.stream,
        "pipe:1",
        format="nut",
        vcodec="rawvideo",
        pix_fmt=reader.layout.name,
        fps_mode="passthrough",
        enc_time_base="demux",
        noautoscale=None,
        sws_flags="bitexact+accurate_rnd+full_chroma_int",
        **source.options,
        **{"frames:v": count},
    ).global_args("-xerror")


def _number_frames(source: _Source, child: Child) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number and the bytes of each picture that comes through the pipe."""
    try:
        with av.open(child.stdout, format="nut", buffer_size=_PIPE_BYTES) as pipe:
            packets = (packet for packet in pipe.demux(pipe.streams.video[0]) if packet.size)
            for nth, packet in enumerate(packets):
                at_s = (packet.pts or 0) * Fraction(packet.time_base)
                yield source.number_of(nth, at_s), np.frombuffer(packet, np.uint8)
    except av.FFmpegError:
        return  # the child ended without a picture; the caller reports which one is missing


def _frame(reader: FrameReader, samples: np.ndarray, number: int) -> Frame:
    """Return the bytes of a picture as upright planes."""
    layout = reader.layout
    if len(samples) != reader.picture_bytes:
        raise _undecodable(reader, number, "its size differs from the first frame's")
    planes = []
    offset = 0
    for height, width in layout.shapes(*reader.stored_size):
        size = height * width * layout.dtype.itemsize
        plane = samples[offset : offset + size].view(layout.dtype).reshape(height, width)
        plane.flags.writeable = False
        planes.append(np.rot90(plane, reader.info.scan.rotation_deg // 90))
        offset += size
    return Frame(tuple(planes))


def _undecodable(reader: FrameReader, number: int, why: str) -> MediaBroken:
    frame = int(np.searchsorted(reader.index.frame_to_picture, number))
    return decode_error(reader.info, frame, why)


def decode_error(info: MediaInfo, frame: int, why: str = "") -> MediaBroken:
    """Return the error for a frame of the media, counted from 0, that cannot be decoded."""
    because = f"{info.codec}: {why}" if why else info.codec
    if info.first_file is None:
        where, subject = info.path, f"the frame at {info.frame_name(frame)} "
    else:
        where, subject = str(sequence_file(info.path, info.first_file + frame)), ""
    return MediaBroken(
        f"{subject}cannot be decoded ({because}).",
        where=where,
        fix="Copy or transcode the file again.",
    )


def missing_frames_error(info: MediaInfo, first: int, last: int) -> HandlesMissing:
    """Return the error for frames first..last of the media, some of which it does not have."""
    has = f"{info.frame_name(0)} to {info.frame_name(info.frame_count - 1)}"
    needed = f"{info.frame_name(first)} to {info.frame_name(last)} are"
    if first == last:
        needed = f"{info.frame_name(first)} is"
    return HandlesMissing(
        f"has frames {has}; {needed} needed.",
        where=info.path,
        fix="Relink the shot to longer media, or use fewer handles.",
    )
