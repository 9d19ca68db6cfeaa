"""Open movie, sound and still files with PyAV, and say what is wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path
from typing import TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from lipflap.core.errors import MediaBroken, MediaMissing, NoPicture
from lipflap.core.media.ffmpeg_process import file_url

AnyStream = TypeVar("AnyStream", VideoStream, AudioStream)


@contextmanager
def open_input(path: str) -> Iterator[InputContainer]:
    """Open a file of an allowed format for reading, until the block ends.

    Raises MediaMissing, and MediaBroken for any FFmpeg error in the block.
    """
    with open_container(path) as container:
        try:
            yield container
        except av.FFmpegError as problem:
            raise _unreadable(path, problem) from problem


def open_container(path: str) -> InputContainer:
    """Open a file that the caller closes. Raises MediaMissing, MediaBroken."""
    check_readable(path)
    try:
        return av.open(file_url(path), options=dict(FILE_OR_STILL_OPTIONS))
    except av.FFmpegError as problem:
        if problem.errno != EINVAL:  # of a format that is not on the whitelist
            raise _unreadable(path, problem) from problem
        raise MediaBroken(
            "is not a movie, sound or picture file of a format that Lipflap opens.",
            where=path,
            fix="Transcode it, for example to a QuickTime file; playlists are not opened.",
        ) from problem


def still_options(path: str) -> dict[str, str]:
    """Return the options with which an ffmpeg program opens a file of one picture.

    JPEGs are opened by `image2`, which has to be asked for. Raises MediaMissing, MediaBroken.
    """
    with open_container(path) as container:
        is_still = container.format.name == "image2"
    return {**FILE_OR_STILL_OPTIONS, "format": "image2"} if is_still else SINGLE_FILE_OPTIONS


def _unreadable(path: str, problem: av.FFmpegError) -> MediaBroken:
    return MediaBroken(
        f"cannot be read: {problem.strerror}.",
        where=path,
        fix="Copy or transcode it again, and check that it plays from start to end.",
    )


def check_readable(path: str) -> None:
    """Raise MediaMissing or MediaBroken unless `path` is a readable file, not empty."""
    file = Path(path)
    try:
        if not file.is_file():
            raise MediaMissing("is missing.", where=path, fix="Relink it, or mount its volume.")
        with file.open("rb") as opened_file:
            first_byte = opened_file.read(1)
    except OSError as problem:
        raise MediaMissing(
            f"cannot be read: {problem.strerror}.",
            where=path,
            fix="Check its permissions and its volume.",
        ) from problem
    if not first_byte:
        raise MediaBroken("is empty.", where=path, fix="Copy it again.")


def picture_stream(container: InputContainer, path: str) -> VideoStream:
    """Return the first video stream that is no cover picture. Raises MediaBroken."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return decodable(stream, path)
    raise NoPicture("has no picture track.", where=path, fix="Relink the shot to its movie file.")


def decodable(stream: AnyStream, path: str) -> AnyStream:
    """Return the stream. Raises MediaBroken when FFmpeg has no decoder for it."""
    if stream.codec_context is None:
        raise MediaBroken(
            f"has a {stream.type} codec that FFmpeg cannot decode.",
            where=path,
            fix="Transcode it, for example to ProRes and PCM.",
        )
    return stream


_MOVIE_FORMATS = (
    "mov matroska avi mxf gxf lxf mpegts mpeg asf flv nut ogg dv wtv ivf yuv4mpegpipe gif"
)
_BARE_PICTURES = "h264 hevc vvc av1 obu mpegvideo m4v mjpeg dnxhd dirac vc1"
_SOUND_FORMATS = "wav w64 aiff caf flac mp3 aac ac3 eac3 dts truehd au amr tak tta wv ape"
_STILL_FORMATS = (
    "png tiff dpx exr jpeg jpegls jpegxl j2k bmp webp sgi psd sunrast pam pbm pgm ppm pfm hdr"
)

ALLOWED_FORMATS = (
    *f"{_MOVIE_FORMATS} {_BARE_PICTURES} {_SOUND_FORMATS}".split(),
    *(f"{still}_pipe" for still in _STILL_FORMATS.split()),
)

# Options of every file that is opened. `image2` is for stills: it guesses a file's format by its
# name alone and can follow a pattern to other files, so it is held to one file or to our pattern.
SINGLE_FILE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(ALLOWED_FORMATS)}
FILE_OR_STILL_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join((*ALLOWED_FORMATS, "image2")),
    "pattern_type": "none",
}
SEQUENCE_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "image2",
    "pattern_type": "sequence",
}
