"""Surfaces of pictures: their size, and holes through which one sees what lies below."""

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.media.container import open_input, picture_stream

_OPAQUE = 0.98  # of full alpha; codecs round
_LOOKS = (0.0, 0.5, 0.95)  # parts of a movie after which its alpha is looked at


@dataclass(frozen=True, slots=True)
class PictureSurface:
    """The surface of a picture, which hides what lies below it: its size in samples, and its holes.

    Size is that of the stored picture, before it is turned upright.
    """

    width: int
    height: int
    see_through: bool


def picture_surface(path: str, first_file: int | None = None) -> PictureSurface:
    """Return the surface of a movie, or of an image sequence from its file `first_file` on.

    Of a sequence, that of the first file that is there. A file with an alpha channel that is full
    throughout is opaque. Nothing is decoded where there is no alpha, else up to three pictures.
    Raises MediaMissing, MediaBroken.
    """
    file = path
    if is_sequence(path):
        numbers = numbers_on_disk(path)
        first = numbers[0] if first_file is None else first_file
        there = next((number for number in numbers if number >= first), first)
        file = str(sequence_file(path, there))
    with open_input(file) as container:
        stream = picture_stream(container, file)
        codec = stream.codec_context
        return PictureSurface(codec.width, codec.height, _is_see_through(container, stream))


def _is_see_through(container: InputContainer, stream: VideoStream) -> bool:
    is_vp = stream.codec_context.name in ("vp8", "vp9")
    tags = {name.casefold(): value for name, value in stream.metadata.items()}
    if is_vp and tags.get("alpha_mode") == "1":  # ffmpeg's decoders leave it out
        return True
    stored = stream.codec_context.format
    if stored is not None and not _has_alpha(stored):
        return False
    return any(_has_holes(picture) for picture in _some_pictures(container, stream))


def _has_alpha(stored: VideoFormat) -> bool:
    return stored.has_palette or any(part.is_alpha for part in stored.components)


def _some_pictures(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    length = container.duration or 0
    for part in _LOOKS if length > av.time_base else _LOOKS[:1]:
        try:
            if part:
                container.seek(int(length * part))
            picture = next(container.decode(stream), None)
        except av.FFmpegError:  # the end of a file that cannot be sought; media checks say so
            return
        if picture is not None:
            yield picture


def _has_holes(picture: VideoFrame) -> bool:
    if not _has_alpha(picture.format):
        return False
    alpha, full = _alpha_plane(picture)
    return bool(alpha.min() < _OPAQUE * full)


def _alpha_plane(picture: VideoFrame) -> tuple[np.ndarray, float]:
    """Return a picture's alpha samples, and the value of full alpha."""
    stored = picture.format
    part = stored.components[-1]
    if stored.has_palette or part.plane == 0:  # packed with its colours
        return picture.reformat(format="rgba").to_ndarray()[..., 3], 255.0
    is_float = stored.name.removesuffix("le").removesuffix("be").endswith(("f16", "f32"))
    order = ">" if stored.name.endswith("be") else "<"
    kind = np.dtype(f"{order}{'f' if is_float else 'u'}{-(-part.bits // 8)}")
    plane = picture.planes[part.plane]
    rows = np.frombuffer(bytes(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    full = 1.0 if is_float else float((1 << part.bits) - 1)
    return rows[: picture.height, : picture.width], full
