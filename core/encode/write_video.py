"""Write movies from drawn pictures: footage for the demo, and copies to watch.

Pictures that are like a source are written by core.encode.encode.
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file
from lipflap.core.files.disk_space import bytes_on_disk, disk_full_error, mentions_disk_full
from lipflap.core.media.container import SINGLE_FILE_OPTIONS
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.timecode import format_timecode

Pictures = Iterable[NDArray[np.uint8]]

_PRORES = {"vcodec": "prores_aw", "profile:v": 2, "pix_fmt": "yuv422p10le", "vendor": "apl0"}
_H264 = {"vcodec": "libx264", "crf": 17, "pix_fmt": "yuv420p", "movflags": "+faststart"}
_AAC = {"acodec": "aac", "audio_bitrate": "192k"}


def write_footage(path: Path, pictures: Pictures, rate: Fraction, start_frame: int) -> None:
    """Write a ProRes 422 .mov of pictures [H, W, 3], its timecode starting at `start_frame`.

    Raises DubError when it cannot be written; a file at `path` then stays as it is.
    """
    _write(path, pictures, rate, [], _PRORES | {"timecode": format_timecode(start_frame, rate)})


def write_viewing_copy(path: Path, pictures: Pictures, rate: Fraction, sound: Path) -> None:
    """Write an H.264 .mp4 of pictures [H, W, 3], H and W even, with the sound of a file.

    Raises DubError when it cannot be written; a file at `path` then stays as it is.
    """
    _write(
        path,
        pictures,
        rate,
        [ffmpeg.input(file_url(str(sound)), **SINGLE_FILE_OPTIONS)],
        _H264 | _AAC,
    )


def _write(
    path: Path, pictures: Pictures, rate: Fraction, sounds: list[Any], options: dict[str, Any]
) -> None:
    rest = iter(pictures)
    first = next(rest)
    size = f"{first.shape[1]}x{first.shape[0]}"
    raw = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=size, r=str(rate))
    tagged = raw.filter("setparams", color_primaries="bt709", color_trc="bt709")
    with atomic_file(path) as temp:
        graph = ffmpeg.output(tagged, *sounds, file_url(str(temp)), colorspace="bt709", **options)
        with run_ffmpeg(graph, write=True) as child:
            try:
                for picture in chain([first], rest):
                    child.write(np.ascontiguousarray(picture).data)
                child.stdin.close()
            except BrokenPipeError:
                pass  # its stderr says why
            if not child.wait_ok():
                raise _encode_error(path, child.error_text(), temp)


def _encode_error(path: Path, why: str, temp: Path) -> DubError:
    if mentions_disk_full(why):
        return disk_full_error(path, why, 0, bytes_on_disk(temp))
    return DubError(
        f"cannot be written: {why}.", where=str(path), fix="Choose another folder, and try again."
    )
