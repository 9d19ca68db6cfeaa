"""Write a picture file that is like its source in all but the mouths."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from lipflap.core.encode.codecs import EncoderSettings, encoder_settings
from lipflap.core.encode.colour_codes import encodable_tags
from lipflap.core.encode.dnx_header import write_matrix
from lipflap.core.encode.hdr_boxes import holds_hdr, write_hdr
from lipflap.core.encode.still_metadata import write_comment
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file, atomic_sequence
from lipflap.core.files.disk_space import bytes_on_disk, disk_full_error, mentions_disk_full
from lipflap.core.files.sequence import (
    ffmpeg_pattern,
    is_sequence,
    numbers_on_disk,
    sequence_file,
)
from lipflap.core.media.chroma_location import chroma_location
from lipflap.core.media.ffmpeg_process import Child, file_url, run_ffmpeg
from lipflap.core.media.frame_reader import Frame
from lipflap.core.media.pixels.colour_tags import UNKNOWN, ColourTags
from lipflap.core.media.pixels.pixel_format import PixelLayout, pixel_layout
from lipflap.core.media.pixels.ycbcr import is_full_range, is_same_matrix, matrix_of
from lipflap.core.media.probe import MediaInfo
from lipflap.core.order import Output
from lipflap.core.timecode import format_timecode, is_drop_frame_rate

_SCALE_MATRICES = {"bt470bg": "bt470", "bt2020nc": "bt2020"}  # where `scale` has its own name
_BLOCK_ROWS = 16
_SCALE_FLAGS = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"


def suffix(info: MediaInfo, codec: str) -> str:
    """Return how the name of a new file like `info` ends: ".mov", ".mkv", ".%06d.png"…

    codec  "source", or one of codecs.CODECS. Raises DubError for any other.
    """
    return encoder_settings(info, codec).suffix


class Writer:
    """An open picture file, to which frames are written one after the other."""

    def __init__(
        self, child: Child, info: MediaInfo, path: str, temp: Path, frames: int | None
    ) -> None:
        self._child = child
        layout = pixel_layout(info.pixel_format)
        self._shapes = layout.shapes(info.width, info.height)
        self._dtype = pixel_layout(_raw_format(layout)).dtype
        self._path = path
        self._temp = temp
        self._frames = frames
        self._written = 0

    def write(self, frame: Frame) -> None:
        """Write the next frame. Raises DubError when the disk is full, or the encoder fails."""
        if [plane.shape for plane in frame.planes] != self._shapes:
            raise ValueError("the frame is not of the size and layout this file was opened for")
        try:
            for plane in frame.planes:
                self._child.write(np.ascontiguousarray(plane, self._dtype).data)
        except OSError as problem:
            raise self._write_error() from problem
        self._written += 1

    def finish(self) -> None:
        """Wait until the encoder has written everything. Raises DubError when it has not."""
        self._child.stdin.close()
        if not self._child.wait_ok() or not self._written:
            raise self._write_error()

    def _write_error(self) -> DubError:
        self._child.wait_ok()
        why = self._child.error_text() or "no frame was written to it"
        if mentions_disk_full(why):
            written_bytes = bytes_on_disk(self._temp)
            frames = max(self._frames or 0, self._written + 1)
            needs_bytes = written_bytes * frames // max(1, self._written)
            return disk_full_error(self._path, why, needs_bytes, written_bytes)
        return DubError(
            f"cannot be written: {why}.",
            where=self._path,
            fix="Choose another folder or codec.",
        )


@contextmanager
def open_writer(info: MediaInfo, output: Output, frames: int | None = None) -> Iterator[Writer]:
    """Open a new picture file at `output.path` that is like `info`, to write frames to.

    It has the source's size, sample aspect, scan, colour tags and depth, the rate and start
    timecode and reel of the output, and says in a comment that a mouth was repainted. The numbers
    of a sequence start at `output.start_frame`. It appears under its name when the block ends
    without an error; else nothing is left of it. Raises DubError.

    frames  how many will be written, if known: tells how much space they need
    """
    settings = encoder_settings(info, output.codec)
    if is_sequence(output.path) != settings.is_sequence or not _check_suffix(output.path, settings):
        raise DubError(
            f"has the wrong suffix for its codec: its name must end in {settings.suffix}.",
            where=output.path,
            fix="Run `lipflap order` again.",
        )
    atomic = atomic_sequence if settings.is_sequence else atomic_file
    with atomic(output.path) as temp:
        with run_ffmpeg(_graph(info, output, settings, temp), write=True) as child:
            writer = Writer(child, info, output.path, temp, frames)
            yield writer
            writer.finish()
        _complete(temp, info, settings)


def _complete(temp: Path, info: MediaInfo, settings: EncoderSettings) -> None:
    """Write into finished files what ffmpeg does not write of pictures that come through a pipe."""
    stills = numbers_on_disk(str(temp)) if settings.is_sequence else ()
    for number in stills:
        write_comment(sequence_file(str(temp), number), ai_comment(), info.exr_colour)
    if settings.is_dnxhr and not pixel_layout(settings.pixel_format).is_rgb:
        write_matrix(temp, _tags(info, settings)[1].matrix)
    if holds_hdr(settings.suffix):
        for file in [sequence_file(str(temp), number) for number in stills] or [temp]:
            write_hdr(file, info.hdr)


def _check_suffix(path: str, settings: EncoderSettings) -> bool:
    return path.rpartition(".")[2].lower() == settings.suffix.rpartition(".")[2].lower()


def ai_comment() -> str:
    """Return the comment in every file that Lipflap writes."""
    return f"AI-edited mouth, Lipflap {version('lipflap')}"


def _graph(info: MediaInfo, output: Output, settings: EncoderSettings, temp: Path) -> Any:
    """Return the graph from raw samples on stdin, tagged and converted, to the encoded file."""
    layout = pixel_layout(info.pixel_format)
    raw_format = _raw_format(layout)
    graph = ffmpeg.input(
        "pipe:0",
        format="rawvideo",
        pixel_format=raw_format,
        s=f"{info.width}x{info.height}",
        r=str(output.rate),
    )
    if location := _chroma_location(info):
        graph = graph.filter("setparams", chroma_location=location)
    input_tags, output_tags = _tags(info, settings)
    if (
        settings.pixel_format != raw_format
        or output_tags.range != input_tags.range
        or _is_other_matrix(output_tags.matrix, matrix_of(info))
    ):
        # Curve and primaries stay as they are, and `scale` refuses some that it could carry over.
        untagged = replace(input_tags, primaries=UNKNOWN, transfer=UNKNOWN)
        graph = _convert_planes(_with_tags(graph, untagged), info, input_tags, output_tags)
        graph = graph.filter("format", settings.pixel_format)
    graph = _with_tags(graph, output_tags).filter("setsar", str(info.scan.sample_aspect))
    graph = graph.filter("setparams", field_mode=info.scan.field_order)
    if info.scan.is_interlaced and settings.is_prores:
        graph = _pad_to_whole_blocks(graph, info)
    options = _options(info, output, settings) | {"color_range": output_tags.range}
    return ffmpeg.output(graph, _url(temp, settings), **options)


def _chroma_location(info: MediaInfo) -> str:
    """Return where a movie in 4:2:0 says that its chroma lies; empty where it does not say it."""
    if info.first_file is not None or pixel_layout(info.pixel_format).chroma_log2 != (1, 1):
        return ""
    location = chroma_location(info.path)
    return "" if location == "unspecified" else location


def _pad_to_whole_blocks(graph: Any, info: MediaInfo) -> Any:
    """Keep rows in memory below the picture, which are never shown.

    ffmpeg's prores_aw (9.0) encodes fields in blocks of 16 rows and reads on where the last block
    is not whole, as in 1080 lines: what is there goes into the rows beside it, or crashes it.
    """
    missing = -info.height % (2 * _BLOCK_ROWS)
    if not missing:
        return graph
    graph = graph.filter("pad", w="iw", h=f"ih+{missing}")
    graph = graph.filter("fillborders", bottom=missing, mode="smear")
    return graph.filter("crop", w="iw", h=f"ih-{missing}", x=0, y=0)


def _raw_format(layout: PixelLayout) -> str:
    """Return the raw pixel format on the way to the encoder; EXR's encoder takes no halves."""
    return layout.name.replace("yuvj", "yuv").replace("f16", "f32")


def _tags(info: MediaInfo, settings: EncoderSettings) -> tuple[ColourTags, ColourTags]:
    """Return the tags of the samples on the way to the encoder, and those of its input."""
    is_full = is_full_range(info, pixel_layout(info.pixel_format))
    tags = given = replace(info.colour, range="pc" if is_full else "tv")
    if pixel_layout(settings.pixel_format).is_rgb:
        tags = replace(tags, matrix="gbr", range="pc")
    elif tags.matrix == "gbr":
        tags = replace(tags, matrix=matrix_of(info))
    tags = encodable_tags(tags, settings.codes, matrix_of(info))
    return given, replace(tags, range="tv") if settings.video_levels else tags


def _is_other_matrix(written: str, of_samples: str) -> bool:
    """Return whether samples have to be converted to be of the matrix that is written."""
    return written not in (UNKNOWN, "gbr") and not is_same_matrix(written, of_samples)


def _convert_planes(
    graph: Any, info: MediaInfo, input_tags: ColourTags, output_tags: ColourTags
) -> Any:
    matrix = matrix_of(info)
    new = output_tags.matrix if _is_other_matrix(output_tags.matrix, matrix) else matrix
    return graph.filter(
        "scale",
        in_color_matrix=_SCALE_MATRICES.get(matrix, matrix),
        out_color_matrix=_SCALE_MATRICES.get(new, new),
        in_range=input_tags.range,
        out_range=output_tags.range,
        interl=int(info.scan.is_interlaced),
        **({"in_chroma_loc": location} if (location := _chroma_location(info)) else {}),
        flags=_SCALE_FLAGS,
    )


def _with_tags(graph: Any, colour: ColourTags) -> Any:
    return graph.filter(
        "setparams",
        color_primaries=colour.primaries,
        color_trc=colour.transfer,
        colorspace=colour.matrix,
        range=colour.range,
    )


def _url(temp: Path, settings: EncoderSettings) -> str:
    return file_url(ffmpeg_pattern(str(temp)) if settings.is_sequence else str(temp))


def _options(info: MediaInfo, output: Output, settings: EncoderSettings) -> dict[str, Any]:
    """Return the options of the output file: its codec, timecode and comment."""
    options = dict(settings.options)
    options["fflags"] = "+bitexact"
    options["flags:v"] = "+bitexact+ildct+ilme" if info.scan.is_interlaced else "+bitexact"
    options["fps_mode"] = "passthrough"
    if settings.is_sequence:
        return options | {"format": "image2", "start_number": output.start_frame}
    drop = output.drop_frame and is_drop_frame_rate(output.rate)
    timecode = format_timecode(output.start_frame, output.rate, drop=drop)
    if settings.suffix == ".mov":
        options["timecode"] = timecode
    else:
        options["metadata:s:v:0"] = f"timecode={timecode}"
    if output.reel:
        options["metadata:s:v"] = f"reel_name={output.reel}"
    return options | {"metadata": f"comment={ai_comment()}"}
