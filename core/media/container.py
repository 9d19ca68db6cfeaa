"""Opening a movie or sound file for a look inside, with errors in words an editor reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path
from typing import TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from lipflap.core.errors import MediaBroken, MediaMissing
from lipflap.core.media.ffmpeg_process import file_url

Coded = TypeVar("Coded", VideoStream, AudioStream)


@contextmanager
def open_input(path: str) -> Iterator[InputContainer]:
    """The file, open for reading, if it is of one of media.kinds.

    Raises MediaMissing, or MediaBroken for whatever goes wrong in the block.
    """
    with open_container(path) as container:
        try:
            yield container
        except av.FFmpegError as problem:
            raise _unreadable(path, problem) from problem


def open_container(path: str) -> InputContainer:
    """As `opened`, for whoever keeps a file open. Raises MediaMissing, MediaBroken."""
    check_readable(path)
    try:
        return av.open(file_url(path), options=dict(FILE_OR_STILL_OPTIONS))
    except av.FFmpegError as problem:
        if problem.errno != EINVAL:  # of a format that is not on the whitelist
            raise _unreadable(path, problem) from problem
        raise MediaBroken(
            "is no movie, no sound and no picture that is opened here.",
            where=path,
            fix="Transcode it to a usual kind, such as QuickTime; a listing of files is none.",
        ) from problem


def _unreadable(path: str, problem: av.FFmpegError) -> MediaBroken:
    return MediaBroken(
        f"cannot be read: {problem.strerror}.",
        where=path,
        fix="Play it from start to end; copy or transcode it again.",
    )


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
            return decodable(stream, path)
    raise MediaBroken("holds no picture.", where=path, fix="Relink the shot to its movie file.")


def decodable(stream: Coded, path: str) -> Coded:
    """The stream itself. Raises MediaBroken when it is coded in a way that nothing here decodes."""
    if stream.codec_context is None:
        raise MediaBroken(
            "is coded in a way that is not known here.", where=path, fix="Transcode it."
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

# Options of whatever is opened to be read. `image2` is for stills: it guesses the kind of a file by
# its name alone and can follow a pattern to other files, so that it is held to one, or to ours.
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
