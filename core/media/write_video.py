"""New films from drawn pictures: footage to work on, and copies to look at.

Pictures that follow a source are core.media.encode's business.
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
from lipflap.core.media.container import SINGLE_FILE_OPTIONS
from lipflap.core.media.ffmpeg_process import file_url, run_ffmpeg
from lipflap.core.timecode import format_timecode

Pictures = Iterable[NDArray[np.uint8]]

_PRORES = {"vcodec": "prores_aw", "profile:v": 2, "pix_fmt": "yuv422p10le", "vendor": "apl0"}
_H264 = {"vcodec": "libx264", "crf": 17, "pix_fmt": "yuv420p", "movflags": "+faststart"}
_AAC = {"acodec": "aac", "audio_bitrate": "192k"}


def write_footage(path: Path, pictures: Pictures, rate: Fraction, start_frame: int) -> None:
    """A ProRes 422 .mov of pictures [H, W, 3], its timecode starting at `start_frame`.

    Raises DubError when it cannot be written; whatever was at `path` then still is.
    """
    _write(path, pictures, rate, [], _PRORES | {"timecode": format_timecode(start_frame, rate)})


def write_viewing_copy(path: Path, pictures: Pictures, rate: Fraction, sound: Path) -> None:
    """An H.264 .mp4 of pictures [H, W, 3], H and W even, with the sound of a file.

    Raises DubError when it cannot be written; whatever was at `path` then still is.
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
    drawn = iter(pictures)
    first = next(drawn)
    size = f"{first.shape[1]}x{first.shape[0]}"
    raw = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=size, r=str(rate))
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    seen = raw.filter("setparams", color_primaries="bt709", color_trc="bt709")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        graph = ffmpeg.output(seen, *sounds, file_url(str(part)), colorspace="bt709", **options)
        with run_ffmpeg(graph, write=True) as child:
            try:
                for picture in chain([first], drawn):
                    child.into.write(np.ascontiguousarray(picture).data)
                child.into.close()
                ended_well = child.ended_well()
            except BrokenPipeError:
                ended_well = False
            if not ended_well:
                raise DubError(f"cannot be written: {child.complaint()}", where=str(path))
        part.replace(path)
    except OSError as problem:
        raise DubError(f"cannot be written: {problem.strerror}.", where=str(path)) from problem
    finally:
        part.unlink(missing_ok=True)
