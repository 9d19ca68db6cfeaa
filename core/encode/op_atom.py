"""A new picture as Media Composer keeps its own media: DNxHR in an MXF file of one track.

Such a file (OP-Atom) belongs into a folder `Avid MediaFiles/MXF/NUMBER`. An AAF names it by the
identifiers of its packages, which are made anew with each file.
"""

from pathlib import Path
from typing import Any

import ffmpeg

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file
from lipflap.core.files.disk_space import bytes_on_disk, disk_full_error, mentions_disk_full
from lipflap.core.media.container import SINGLE_FILE_OPTIONS
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.media.pixels.pixel_format import pixel_layout
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Output
from lipflap.core.timecode import format_timecode


def write_op_atom(output: Output, path: Path, name: str) -> None:
    """Write the picture of a file into an OP-Atom file; DNxHD and DNxHR go in packet by packet.

    output   the file of the picture, its start and its reel
    name     of the clip, as Media Composer shows it
    Raises DubError for what DNxHR does not hold, and when the file cannot be written.
    """
    info = probe(output.path)
    options = _encoder(info) | {
        "format": "mxf_opatom",
        "map_metadata": -1,
        "timecode": format_timecode(output.start_frame, output.rate, drop=info.coding.drop_frame),
        "metadata:g:0": f"material_package_name={name}",
        "metadata:g:1": f"reel_name={output.reel or Path(output.path).stem}",
    }
    picture = ffmpeg.input(file_url(output.path), **SINGLE_FILE_OPTIONS)["v:0"]
    with atomic_file(path) as temp:
        graph = ffmpeg.output(picture, file_url(str(temp)), **options)
        with run_ffmpeg(graph, write=True) as child:
            child.stdin.close()
            if not child.wait_ok():
                raise _error(path, child.error_text(), Path(output.path), temp)


def _encoder(info: MediaInfo) -> dict[str, Any]:
    """Return how the picture is encoded. Raises DubError where it would not stay what it is."""
    if info.codec == "dnxhd":
        return {"vcodec": "copy"}
    layout = pixel_layout(info.pixel_format)
    if info.first_file is not None or layout.is_rgb or info.colour.range == "pc":
        raise DubError(
            "is no movie of video levels, which DNxHR holds.",
            where=info.path,
            fix="Render it with --codec dnxhr.",
        )
    if layout.has_alpha:
        raise DubError(
            "has alpha, which DNxHR cannot hold.", where=info.path, fix="Leave out --mxf."
        )
    if layout.chroma_log2 == (0, 0):
        return {"vcodec": "dnxhd", "profile:v": "dnxhr_444", "pix_fmt": "yuv444p10le"}
    if layout.bits > 8:
        return {"vcodec": "dnxhd", "profile:v": "dnxhr_hqx", "pix_fmt": "yuv422p10le"}
    return {"vcodec": "dnxhd", "profile:v": "dnxhr_hq", "pix_fmt": "yuv422p"}


def _error(path: Path, why: str, picture: Path, temp: Path) -> DubError:
    if mentions_disk_full(why):
        return disk_full_error(str(path), why, picture.stat().st_size, bytes_on_disk(temp))
    return DubError(
        f"cannot be written as DNxHR in MXF: {why}.", where=str(path), fix="Leave out --mxf."
    )
