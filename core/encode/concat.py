"""Concatenate picture files that follow each other, without encoding anything again.

part 1   |0 1 2 3|
part 2           |4 5 6|
part 3                 |7 8 9|
joined   |0 1 2 3 4 5 6 7 8 9|    byte for byte what one writer would have written

Every codec we write (codecs.py) is intra-only, so a movie is copied packet by packet with new
timestamps; files of a sequence carry their numbers already.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import ffmpeg

from lipflap.core.encode.encode import ai_comment
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file, atomic_sequence
from lipflap.core.files.disk_space import bytes_on_disk, disk_full_error, mentions_disk_full
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.media.container import open_input, picture_stream
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.media.probe import probe
from lipflap.core.order import Output


def concat_parts(parts: Sequence[str], output: Output) -> None:
    """Write the pictures of `parts`, files of our own writer, to `output.path`.

    The first part starts at output.start_frame. The parts stay as they are.
    Raises DubError when one is missing, broken or encoded differently, and when the disk is full.
    """
    if is_sequence(output.path):
        _concat_sequences(parts, output)
    else:
        _concat_movies(parts, output)


def _concat_sequences(parts: Sequence[str], output: Output) -> None:
    with atomic_sequence(output.path) as temp:
        for part in parts:
            for number in numbers_on_disk(part):
                _link_or_copy(sequence_file(part, number), sequence_file(str(temp), number))


def _link_or_copy(file: Path, name: Path) -> None:
    """Hard-link a file, or copy it where the disk has no hard links."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)


def _concat_movies(parts: Sequence[str], output: Output) -> None:
    for before, part in pairwise(parts):
        if differences := _differences(before, part):
            raise DubError(
                f"differs from {Path(before).name} in {', '.join(differences)}.",
                where=part,
                fix="Render all parts with one version of Lipflap and FFmpeg.",
            )
    with (
        atomic_file(output.path) as temp,
        run_ffmpeg(_graph(output, temp), write=True) as child,
    ):
        try:
            for line in _concat_list(parts):
                child.stdin.write(line.encode())
            child.stdin.close()
        except BrokenPipeError:
            pass  # its stderr says why
        if not child.wait_ok():
            raise _concat_error(output.path, child.error_text(), parts, temp)


def _differences(one: str, other: str) -> list[str]:
    """Return what differs between two parts that must be the same in all."""
    facts, others = asdict(probe(one)), asdict(probe(other))
    free = ("path", "frame_count", "first_frame", "timecode")
    names = [name for name in facts if name not in free and facts[name] != others[name]]
    if _codec_header(one) != _codec_header(other):
        names.append("codec header")
    return [name.replace("_", " ") for name in names]


def _codec_header(path: str) -> bytes:
    with open_input(path) as container:
        return bytes(picture_stream(container, path).codec_context.extradata or b"")


def _concat_list(parts: Sequence[str]) -> list[str]:
    """Return the lines of a list for ffmpeg's concat demuxer."""
    quoted = (file_url(part).replace("'", r"'\''") for part in parts)
    return ["ffconcat version 1.0\n", *(f"file '{part}'\n" for part in quoted)]


def _graph(output: Output, temp: Path) -> Any:
    """Return the graph that copies the parts; timecode and encoder tag come from the first."""
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
        "metadata": f"comment={ai_comment()}",
    }
    if output.reel and temp.suffix == ".mov":  # it stands in the timecode track, not the picture's
        options["metadata:s:v"] = f"reel_name={output.reel}"
    return ffmpeg.output(listed["v:0"], file_url(str(temp)), **options)


def _concat_error(path: str, why: str, parts: Sequence[str], temp: Path) -> DubError:
    if mentions_disk_full(why):
        return disk_full_error(
            path, why, sum(Path(part).stat().st_size for part in parts), bytes_on_disk(temp)
        )
    return DubError(
        f"cannot be joined from its parts: {why}.", where=path, fix="Render the parts again."
    )
