"""Pixel formats: planes, bit depths and chroma subsampling."""

from dataclasses import dataclass
from functools import cache

import av
import numpy as np

from lipflap.core.errors import MediaBroken

_CHROMA_NAMES = {(0, 0): "444", (1, 0): "422", (1, 1): "420", (0, 1): "440", (2, 0): "411"}
_CHROMA_NAMES |= {(2, 2): "410"}


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """A planar pixel format.

    name         ffmpeg's
    is_rgb       planes are G, B, R; else Y, or Y, Cb, Cr
    has_alpha    the last plane is alpha
    bits         per sample
    is_float     samples are half or single floats
    chroma_log2  how often chroma is halved, (horizontally, vertically)
    plane_count  including alpha
    """

    name: str
    is_rgb: bool
    has_alpha: bool
    bits: int
    is_float: bool
    chroma_log2: tuple[int, int]
    plane_count: int

    @property
    def colour_count(self) -> int:
        """Return the count of planes without alpha."""
        return self.plane_count - self.has_alpha

    @property
    def is_grey(self) -> bool:
        return self.colour_count == 1

    @property
    def dtype(self) -> np.dtype:
        kind = "f" if self.is_float else "u"
        return np.dtype(f"<{kind}{-(-self.bits // 8)}")

    def is_chroma(self, plane: int) -> bool:
        """Return whether a plane is Cb or Cr."""
        return not self.is_rgb and plane in (1, 2)

    def shapes(self, width: int, height: int) -> list[tuple[int, int]]:
        """Return (rows, columns) of each plane of a picture."""
        across, down = self.chroma_log2
        small = (-(-height >> down), -(-width >> across))
        return [small if self.is_chroma(p) else (height, width) for p in range(self.plane_count)]

    def bytes_of(self, width: int, height: int) -> int:
        """Return the size of one picture, its planes one after the other without gaps."""
        return sum(h * w for h, w in self.shapes(width, height)) * self.dtype.itemsize


@cache
def pixel_layout(pixel_format: str) -> PixelLayout:
    """Return the planar equivalent of a pixel format: the same samples, little-endian.

    Raises MediaBroken for the few formats that have none without loss (Bayer, XYZ…).
    """
    try:
        stored = av.VideoFormat(pixel_format, 16, 16)
    except ValueError as problem:
        raise _not_planar(pixel_format) from problem
    if stored.is_bayer or pixel_format.startswith(("xyz", "yaf")):
        raise _not_planar(pixel_format)
    planar = _planar_name(stored)
    format_ = av.VideoFormat(planar, 16, 16)
    parts = format_.components
    log2s = {(4 - part.width.bit_length() + 1, 4 - part.height.bit_length() + 1) for part in parts}
    return PixelLayout(
        name=planar,
        is_rgb=format_.is_rgb,
        has_alpha=any(part.is_alpha for part in parts),
        bits=parts[0].bits,
        is_float=_is_float(planar),
        chroma_log2=max(log2s),
        plane_count=len(parts),
    )


def _planar_name(stored: av.VideoFormat) -> str:
    name: str = stored.name
    parts = stored.components
    alpha = "a" if any(part.is_alpha for part in parts) else ""
    if name.startswith("yuvj"):
        return name
    if stored.has_palette:
        return "gbrap"
    if stored.is_bit_stream:
        return "gray"
    depth = _depth_name(stored)
    if stored.is_rgb or (len(parts) == 2 and alpha):
        return f"gbr{alpha}p{depth}"
    if len(parts) == 1:
        return f"gray{depth}"
    across = 4 - parts[1].width.bit_length() + 1
    down = 4 - parts[1].height.bit_length() + 1
    return f"yuv{alpha}{_CHROMA_NAMES[across, down]}p{depth}"


def _depth_name(stored: av.VideoFormat) -> str:
    bits = max(part.bits for part in stored.components)
    if _is_float(stored.name):
        return f"f{bits}le"
    return "" if bits <= 8 else f"{bits}le"


def _is_float(pixel_format: str) -> bool:
    return "f16" in pixel_format or "f32" in pixel_format


def _not_planar(pixel_format: str) -> MediaBroken:
    return MediaBroken(
        f"has the pixel format {pixel_format}, which cannot be decoded without loss.",
        fix="Transcode it to ProRes, DNxHR, FFV1 or EXR.",
    )
