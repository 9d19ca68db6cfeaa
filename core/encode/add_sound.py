"""Add the source's own sound to a new picture file, without encoding anything again."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from lipflap.core.encode.encode import ai_comment
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file
from lipflap.core.files.disk_space import bytes_on_disk, disk_full_error, mentions_disk_full
from lipflap.core.media.container import SINGLE_FILE_OPTIONS
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.order import Output
from lipflap.core.timecode import format_timecode


def add_source_sound(
    output: Output, source: Path, path: Path, start: Fraction, length: Fraction, drop: bool
) -> None:
    """Write the picture of a file with all sound tracks of its source, packet by packet.

    output          the file of the picture, its start and its reel
    start, length   seconds of the source's sound, from its first picture on
    drop            whether the start timecode counts drop-frame
    Raises DubError when it cannot be written, such as a sound codec that the container cannot hold.
    """
    with atomic_file(path) as temp:
        graph = _graph(output, source, temp, start, length, drop)
        with run_ffmpeg(graph, write=True) as child:
            child.stdin.close()
            if not child.wait_ok():
                raise _error(path, child.error_text(), Path(output.path), temp)


def _graph(
    output: Output, source: Path, temp: Path, start: Fraction, length: Fraction, drop: bool
) -> Any:
    new = ffmpeg.input(file_url(output.path), **SINGLE_FILE_OPTIONS)
    old = ffmpeg.input(
        file_url(str(source)),
        ss=f"{float(start):.6f}",
        t=f"{float(length):.6f}",
        **SINGLE_FILE_OPTIONS,
    )
    options: dict[str, Any] = {
        "c": "copy",
        "fflags": "+bitexact",
        "map_metadata": 0,
        "metadata": f"comment={ai_comment()}",
    }
    if temp.suffix == ".mov":
        options["timecode"] = format_timecode(output.start_frame, output.rate, drop=drop)
        options["metadata:s:v"] = f"reel_name={output.reel}"
    return ffmpeg.output(new["v:0"], old["a?"], file_url(str(temp)), **options)


def _error(path: Path, why: str, picture: Path, temp: Path) -> DubError:
    if mentions_disk_full(why):
        return disk_full_error(str(path), why, picture.stat().st_size, bytes_on_disk(temp))
    return DubError(
        f"cannot be written with the sound of its source: {why}.",
        where=str(path),
        fix="Leave out --sound.",
    )
