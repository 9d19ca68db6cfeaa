"""Films of 64 x 48 whose every frame says its file, its number, and whether it is dubbed.

Files of even numbers say it in the left half and those of odd numbers in the right one, so that
both sides of a dissolve can be read. The lowest of eight rows is left for a title.

    1 | file 4 | frame 12 | dubbed 1 | check 5 | 1      24 cells of 8 x 6 pixels, in 4 columns
"""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

WIDTH, HEIGHT = 64, 48
_CELL_W, _CELL_H, _COLUMNS = 8, 6, 4
_DARK, _LIGHT = 16, 235
_PIXELS = {"png": "rgba", "prores_ks": "yuv422p10le"}


class Code(NamedTuple):
    """What a frame says."""

    file: int
    frame: int
    dubbed: bool


class Seen(NamedTuple):
    """What is read in a frame, and whether the title's bar is there."""

    codes: frozenset[Code]
    title: bool


def picture(code: Code) -> np.ndarray:
    """Return a frame's luma."""
    luma = np.full((HEIGHT, WIDTH), _DARK, np.uint8)
    left = _left(code.file)
    for place, bit in enumerate(_bits(code)):
        row, column = divmod(place, _COLUMNS)
        x = left + column * _CELL_W
        luma[row * _CELL_H : (row + 1) * _CELL_H, x : x + _CELL_W] = _LIGHT if bit else _DARK
    return luma


def _left(file: int) -> int:
    return file % 2 * WIDTH // 2


def _bits(code: Code) -> list[int]:
    check = (code.file * 7 + code.frame * 13 + code.dubbed * 29) & 31
    numbers = ((code.file, 4), (code.frame, 12), (int(code.dubbed), 1), (check, 5))
    return [1, *(number >> bit & 1 for number, size in numbers for bit in range(size)), 1]


def write_film(
    path: Path,
    file: int,
    frames: Iterable[int],
    *,
    rate: Fraction = Fraction(25),
    dubbed: bool = False,
    timecode: str = "",
) -> Path:
    """Write the frames of a file, losslessly, or as ProRes into a .mov; return its path."""
    pictures = (_yuv(picture(Code(file, frame, dubbed))) for frame in frames)
    codec = "prores_ks" if path.suffix == ".mov" else "ffv1"
    return _write(path, pictures, rate, codec, timecode)


def write_title(path: Path, count: int, *, rate: Fraction = Fraction(25)) -> Path:
    """Write a film that is transparent but for a light bar in the lowest row."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[-_CELL_H:] = 255
    bar = av.VideoFrame.from_ndarray(pixels, format="rgba")
    return _write(path, (bar for _ in range(count)), rate, "png", "")


def _yuv(luma: np.ndarray) -> av.VideoFrame:
    grey = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.concatenate([luma, grey]), format="yuv420p")


def _write(
    path: Path, frames: Iterable[av.VideoFrame], rate: Fraction, codec: str, timecode: str
) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = _PIXELS.get(codec, "yuv420p")
        stream.codec_context.time_base = stream.time_base = 1 / rate
        if timecode:
            stream.metadata["timecode"] = timecode
        for number, frame in enumerate(frames):
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read_film(path: Path) -> list[Seen]:
    """Return what every frame of a rendered film says."""
    with av.open(str(path)) as container:
        return [_read(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def _read(luma: np.ndarray) -> Seen:
    codes = (_read_side(luma, side) for side in (0, 1))
    title = luma[-_CELL_H + 2 : -2, 4:-4].mean() > 200
    return Seen(frozenset(code for code in codes if code), bool(title))


def _read_side(luma: np.ndarray, side: int) -> Code | None:
    left = _left(side)
    cells = [
        luma[row * _CELL_H + 2 : (row + 1) * _CELL_H - 2, x + 2 : x + _CELL_W - 2].mean()
        for row in range(6)
        for x in range(left, left + WIDTH // 2, _CELL_W)
    ]
    dark = luma[6 * _CELL_H + 2 : 7 * _CELL_H - 2, left + 2 : left + WIDTH // 2 - 2].mean()
    light = (cells[0] + cells[23]) / 2
    if light - dark < 12:
        return None
    bits = [int(cell > (light + dark) / 2) for cell in cells]
    file, frame = (sum(bit << n for n, bit in enumerate(bits[a:b])) for a, b in ((1, 5), (5, 17)))
    code = Code(file, frame, bool(bits[17]))
    return code if _bits(code) == bits and file % 2 == side else Code(-1, -1, False)
