"""Convert stored values: levels, Y'CbCr matrices, and the sRGB curve for scene-linear light."""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import MediaBroken
from lipflap.core.media.pixels.pixel_format import PixelLayout
from lipflap.core.media.probe import MediaInfo

Signal = NDArray[np.float32]

_LUMA_WEIGHTS = {  # of red and blue: ITU-T H.273, table 4
    "bt709": (0.2126, 0.0722),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
    "bt2020nc": (0.2627, 0.0593),
}
_MAX_SD_LINES = 576


def code_range(info: MediaInfo, layout: PixelLayout, number: int) -> tuple[float, float]:
    """Return (offset, scale) of a plane: stored = signal * scale + offset. ITU-T H.273, 8.3."""
    chroma = layout.is_chroma(number)
    if layout.is_float:
        return 0.0, 1.0
    if is_full_range(info, layout):
        return (1 << layout.bits - 1 if chroma else 0), (1 << layout.bits) - 1
    step = 1 << layout.bits - 8
    return (128 * step, 224 * step) if chroma else (16 * step, 219 * step)


def is_full_range(info: MediaInfo, layout: PixelLayout) -> bool:
    """Return whether levels are full range; untagged, grey is and Y'CbCr is not, as in ffmpeg."""
    if layout.is_rgb or info.colour.range == "pc":
        return True
    return layout.is_grey and info.colour.range == "unknown"


def is_linear(info: MediaInfo, layout: PixelLayout) -> bool:
    """Return whether the picture is scene-linear, as untagged floats are."""
    untagged = info.colour.transfer == "unknown"
    return info.colour.transfer == "linear" or (layout.is_float and untagged)


def matrix_of(info: MediaInfo) -> str:
    """Return the tagged matrix; untagged or RGB, that of HD or, up to 576 lines, of SD."""
    if info.colour.matrix not in ("unknown", "gbr"):
        return info.colour.matrix
    return "bt709" if info.height > _MAX_SD_LINES else "smpte170m"


def is_same_matrix(one: str, other: str) -> bool:
    """Return whether two names of a matrix mean the same, or one that is not known here."""
    return one == other or _LUMA_WEIGHTS.get(one) == _LUMA_WEIGHTS.get(other)


def check_matrix(info: MediaInfo) -> None:
    """Raise MediaBroken for a colour matrix that is not linear in R'G'B'."""
    name = matrix_of(info)
    if name not in _LUMA_WEIGHTS:
        raise MediaBroken(
            f"has the colour matrix {name}, which is not supported.",
            where=info.path,
            fix="Transcode it to BT.709 or BT.2020 (non-constant luminance).",
        )


def yuv_from_rgb(info: MediaInfo) -> NDArray[np.float64]:
    """Return the [3, 3] matrix from R'G'B' to Y'CbCr.

    Raises MediaBroken for a colour matrix that is not linear in R'G'B'.
    """
    check_matrix(info)
    red, blue = _LUMA_WEIGHTS[matrix_of(info)]
    luma = np.array([red, 1 - red - blue, blue])
    cb = (np.array([0, 0, 1]) - luma) / (2 - 2 * blue)
    cr = (np.array([1, 0, 0]) - luma) / (2 - 2 * red)
    return np.stack([luma, cb, cr])


def linear_to_srgb(light: Signal) -> Signal:
    """Apply the sRGB curve to scene-linear light (IEC 61966-2-1)."""
    light = np.maximum(np.nan_to_num(light, posinf=1.0), 0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def srgb_to_linear(signal: Signal) -> Signal:
    """Invert `linear_to_srgb`."""
    signal = np.maximum(signal, 0)
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
