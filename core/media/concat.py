"""One picture file of several that follow each other, nothing in it coded anew.

part 1   |0 1 2 3|
part 2           |4 5 6|
part 3                 |7 8 9|
joined   |0 1 2 3 4 5 6 7 8 9|    byte for byte what one writer would have written

Each picture of the codecs we write (media.codecs) is coded by itself, so that a movie is copied
packet by packet, stamped anew; files of a sequence carry their numbers already.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import ffmpeg

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file, atomic_sequence
from lipflap.core.files.disk_space import bytes_on_disk, disk_full_error, mentions_disk_full
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.media.container import open_input, picture_stream
from lipflap.core.media.encode import ffmpeg_comment
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import Output


def concat_parts(parts: Sequence[str], output: Output) -> None:
    """The pictures of `parts`, files of our own writer, at `output.path`, whole or not at all.

    The first part starts at output.start_frame. The parts stay as they are.
    Raises DubError when one is missing, broken or coded otherwise, and when the disk is full.
    """
    if is_sequence(output.path):
        _concat_sequences(parts, output)
    else:
        _concat_movies(parts, output)


def _concat_sequences(parts: Sequence[str], output: Output) -> None:
    with atomic_sequence(output.path) as place:
        for part in parts:
            for number in numbers_on_disk(part):
                _link_or_copy(sequence_file(part, number), sequence_file(str(place), number))


def _link_or_copy(file: Path, name: Path) -> None:
    """One more name for a file; a copy where the disk knows no second names."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)


def _concat_movies(parts: Sequence[str], output: Output) -> None:
    for before, part in pairwise(parts):
        if _coding(before) != _coding(part):
            raise DubError(
                f"is coded otherwise than {Path(before).name}.",
                where=part,
                fix="Render all parts with one version of Lipflap and ffmpeg.",
            )
    with (
        atomic_file(output.path) as place,
        run_ffmpeg(_graph(output, place), write=True) as child,
    ):
        try:
            for line in _write_list(parts):
                child.stdin.write(line.encode())
            child.stdin.close()
        except BrokenPipeError:
            pass  # it has said why
        if not child.wait_ok():
            raise _concat_error(output.path, child.error_text(), parts, place)


def _coding(path: str) -> tuple[MediaInfo, bytes]:
    """What must be the same in all parts."""
    with open_input(path) as container:
        header = bytes(picture_stream(container, path).codec_context.extradata or b"")
    return replace(probe(path), path="", frame_count=0, first_frame=0), header


def _write_list(parts: Sequence[str]) -> list[str]:
    """A list as ffmpeg's concat demuxer reads it."""
    quoted = (file_url(part).replace("'", r"'\''") for part in parts)
    return ["ffconcat version 1.0\n", *(f"file '{part}'\n" for part in quoted)]


def _graph(output: Output, place: Path) -> Any:
    """Start timecode and encoder come along from the first part."""
    listed = ffmpeg.input(
        "pipe:0",
        format="concat",
        safe=0,
        protocol_whitelist="file,pipe",
        format_whitelist="concat,mov,matroska",  # kinds of our own writer
    )
    options = {
        "vcodec": "copy",
        "r": str(output.rate),
        "bsf:v": f"setts=pts=N:dts=N:duration=1:time_base={1 / output.rate}",
        "fflags": "+bitexact",
        # Else the timecode track of a .mov would get the name of the picture's.
        "metadata:s:v:0": "handler_name=",
        "metadata": f"comment={ffmpeg_comment()}",
    }
    return ffmpeg.output(listed["v:0"], file_url(str(place)), **options)


def _concat_error(path: str, why: str, parts: Sequence[str], place: Path) -> DubError:
    if mentions_disk_full(why):
        return disk_full_error(
            path, why, sum(Path(part).stat().st_size for part in parts), bytes_on_disk(place)
        )
    return DubError(f"cannot be joined of its parts ({why}).", where=path, fix="Render them again.")
