"""A cut small enough for a test, with real media: four shots, production sound, a dub.

record   0        1        2        3        4  seconds
V1       | SH010  | SH020  | SH030  | SH040 |       SH020 has no dub, SH030 is at half speed
A1       |            Production             |
A2       | DE_1   |        | DE_2   | DE_3  |
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import soundfile

RATE = 25
START_FRAME = 90_000
HZ = 16_000


def write_small_cut(folder: Path) -> Path:
    """The cut, beside its media."""
    write_plate(folder / "plate.mov", 120, "01:00:00:00")
    for name, seconds in (("day", 4), ("de", 4)):
        ramp = np.arange(seconds * HZ, dtype=np.float32) / (seconds * HZ)
        soundfile.write(folder / f"{name}.wav", ramp, HZ, subtype="FLOAT")
    picture, said, dub = (
        otio.schema.Track(name, kind=kind)
        for name, kind in (("V1", "Video"), ("Production", "Audio"), ("Dub DE", "Audio"))
    )
    picture.extend([shot(f"SH0{n}0", START_FRAME + 10 + 20 * n) for n in range(1, 5)])
    picture[2].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    said.append(sound("Take 1", "day.wav", 0, 100))
    dub.extend(
        [
            sound("DE_1", "de.wav", 0, 25),
            otio.schema.Gap(duration=otio.opentime.RationalTime(25, RATE)),
            sound("DE_2", "de.wav", 50, 25),
            sound("DE_3", "de.wav", 75, 25),
        ]
    )
    timeline = otio.schema.Timeline(
        "small", global_start_time=otio.opentime.RationalTime(START_FRAME, RATE)
    )
    timeline.tracks.extend([picture, said, dub])
    path = folder / "small.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def write_plate(path: Path, frames: int, timecode: str) -> None:
    """A grey movie, each frame a little brighter than the last."""
    with av.open(str(path), "w") as movie:
        movie.metadata["timecode"] = timecode
        stream = movie.add_stream("prores_ks", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv422p10le"
        for number in range(frames):
            grey = np.full((48, 64, 3), 60 + number, np.uint8)
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        movie.mux(stream.encode(None))


def shot(name: str, first: int) -> otio.schema.Clip:
    media = otio.schema.ExternalReference("plate.mov", span(START_FRAME, 120))
    return otio.schema.Clip(name, media, span(first, 25))


def sound(name: str, file: str, first: int, frames: int) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(file, span(0, 100))
    return otio.schema.Clip(name, media, span(first, frames))


def span(first: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, RATE), otio.opentime.RationalTime(frames, RATE)
    )
