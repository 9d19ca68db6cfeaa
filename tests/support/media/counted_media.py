"""Movies with the frame number painted into each frame, sounds whose samples are their number.

The number is a row of sixteen black and white bars, coarse enough to survive any codec: fifteen
bits, then a parity bar. Below it lies a colour gradient that moves, so that no two frames are
equal and long groups of pictures have something to predict.
"""

import subprocess
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from lipflap.core.media.ffmpeg_process import binary

_BARS = 16

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-bf", "3", "-g", "24")
PRORES = ("-c:v", "prores_aw", "-profile:v", "3")
FFV1 = ("-c:v", "ffv1", "-level", "3", "-g", "1")


def draw_frame(number: int, width: int = 128, height: int = 96) -> NDArray[np.uint8]:
    """Return the picture [H, W, 3] of a frame number below 32768."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    turn = number / 25
    waves = [np.sin(6 * across + 4 * down + turn + phase) for phase in (0, 2, 4)]
    picture = np.stack([128 + 60 * wave for wave in waves], axis=-1)
    bits = [number >> bit & 1 for bit in range(_BARS - 1)]
    bars = np.array([*bits, sum(bits) % 2]) * 200 + 28
    columns = np.minimum(np.arange(width) * _BARS // width, _BARS - 1)
    picture[: height // 3] = bars[columns][None, :, None]
    return picture.astype(np.uint8)


def read_number(luma: np.ndarray) -> int:
    """Read the number painted into a picture from its luma or green plane [H, W].

    Raises ValueError when the bars are no number.
    """
    height, width = luma.shape
    edges = np.arange(_BARS + 1) * width // _BARS
    rows = luma[height // 12 : height // 4].astype(np.float64)
    levels = np.array([rows[:, a + 1 : b - 1].mean() for a, b in pairwise(edges)])
    bits = levels > (luma.max() + float(luma.min())) / 2
    if bits[:-1].sum() % 2 != bits[-1]:
        raise ValueError(f"no number is painted in it: {levels.round().tolist()}")
    return int((bits[:-1] << np.arange(_BARS - 1)).sum())


def write_film(
    path: Path,
    numbers: Iterable[int],
    *,
    rate: Fraction = Fraction(25),
    size: tuple[int, int] = (128, 96),
    pixel_format: str = "yuv420p",
    codec: Sequence[str] = H264,
    sound: Path | None = None,
) -> Path:
    """Write a movie, or the files of a %0Nd pattern, with one picture for each number.

    codec  further ffmpeg options of the output: codec, timecode, colour tags, filters
    """
    width, height = size
    drawing = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate)]
    sound_input = ["-i", str(sound)] if sound else []
    command = [binary(), "-v", "error", "-y", *drawing, "-i", "pipe:0", *sound_input]
    raw = b"".join(draw_frame(number, width, height).tobytes() for number in numbers)
    subprocess.run([*command, "-pix_fmt", pixel_format, *codec, str(path)], input=raw, check=True)
    return path


def write_ramp(
    path: Path, count: int, *, sample_rate_hz: int = 48_000, channels: int = 1, first: int = 0
) -> Path:
    """Write a 24-bit sound file: sample n of channel c is first + n + c, in units of 2**-23."""
    ramp = first + np.arange(count)[:, None] + np.arange(channels)
    soundfile.write(path, ramp / 2**23, sample_rate_hz, subtype="PCM_24")
    return path


def ramp_numbers(samples: np.ndarray) -> NDArray[np.int64]:
    """Return the numbers of a ramp's samples."""
    return np.rint(np.asarray(samples, np.float64) * 2**23).astype(np.int64)


def transcode(source: Path, path: Path, *options: str) -> Path:
    """Transcode `source` by ffmpeg with further output options."""
    subprocess.run(
        [binary(), "-v", "error", "-y", "-i", str(source), *options, str(path)], check=True
    )
    return path


def framemd5(path: Path, pixel_format: str, *before: str) -> list[str]:
    """Return ffmpeg's own hashes of a movie's pictures; `before` are options of its input."""
    options = ["-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", pixel_format]
    done = subprocess.run(
        [binary(), "-v", "error", *before, "-i", str(path), *options, "-f", "framemd5", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]
