"""Convert stored samples to display-referred R'G'B', and composite a patch into them.

Only the patch goes through RGB: every sample outside its matte stays as it was decoded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lipflap.core.media.frame_reader import Frame
from lipflap.core.media.pixels.chroma import coverage, downsample, upsample
from lipflap.core.media.pixels.pixel_format import PixelLayout, pixel_layout
from lipflap.core.media.pixels.ycbcr import (
    Signal,
    code_range,
    is_full_range,
    is_linear,
    linear_to_srgb,
    srgb_to_linear,
    yuv_from_rgb,
)
from lipflap.core.media.probe import MediaInfo

Rgb = NDArray[np.float32]

_MAX_HALF = float(np.finfo(np.float16).max)
_CHROMA_MARGIN = 2  # chroma samples around a box that its filters look at


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels [x0, x1) by [y0, y1) of an upright plate."""

    x0: int
    y0: int
    x1: int
    y1: int


def rgb(frame: Frame, info: MediaInfo, box: Box | None = None) -> Rgb:
    """Return R'G'B' [h, w, 3] in 0..1 of the plate, or of a box of it.

    Scene-linear plates get the sRGB curve.
    """
    box = box or Box(0, 0, info.width, info.height)
    return np.clip(_decode_box(frame, info, box), 0, 1)


def composite(frame: Frame, info: MediaInfo, box: Box, patch: Rgb, matte: Signal) -> Frame:
    """Return the frame with a patch composited into a box of it by a matte.

    patch  [h, w, 3] R'G'B' in 0..1; may hold anything where matte is 0
    matte  [h, w] in 0..1

    Samples where the matte is 0 stay the frame's, bit for bit, as does alpha.
    """
    import cv2

    _check_fits(info, box, patch, matte)
    layout = pixel_layout(info.pixel_format)
    outer = _expand_box(box, info, layout)
    inner = (
        slice(box.y0 - outer.y0, box.y1 - outer.y0),
        slice(box.x0 - outer.x0, box.x1 - outer.x0),
    )
    wide = np.zeros((outer.y1 - outer.y0, outer.x1 - outer.x0), np.float32)
    wide[inner] = matte
    mixed = _decode_box(frame, info, outer)
    shown = np.asarray(matte > 0, np.uint8)
    mixed[inner] = cv2.copyTo(np.asarray(patch, np.float32), shown, mixed[inner].copy())
    if not np.isfinite(mixed[inner]).all():
        raise ValueError("the patch is not a number somewhere inside its matte")
    planes = list(frame.planes)
    for number, values in enumerate(_stored_planes(mixed, info, layout)):
        cover = coverage(wide, layout.chroma_log2) if layout.is_chroma(number) else wide
        planes[number] = _blend(planes[number], number, values, cover, outer, layout)
    return Frame(tuple(planes))


def rgb8(frame: Frame, info: MediaInfo, box: Box | None = None) -> NDArray[np.uint8]:
    """Return R'G'B' [h, w, 3] in 0..255 of the plate, or of a box of it, fast.

    To look at and for detectors: within a few values of `rgb`.
    """
    box = box or Box(0, 0, info.width, info.height)
    _check_inside(info, box)
    layout = pixel_layout(info.pixel_format)
    outer = _expand_box(box, info, layout)
    parts = [
        _part(plane, outer, layout, number)
        for number, plane in enumerate(frame.planes[: layout.colour_count])
    ]
    picture = _merge8([_eight_bits(part, info, layout) for part in parts], info, layout)
    top, left = box.y0 - outer.y0, box.x0 - outer.x0
    return picture[top : top + box.y1 - box.y0, left : left + box.x1 - box.x0]


def _merge8(
    planes: list[NDArray[np.uint8]], info: MediaInfo, layout: PixelLayout
) -> NDArray[np.uint8]:
    """Return planes of 8 bits as R'G'B' [h, w, 3]."""
    import cv2

    if layout.is_rgb:
        green, blue, red = planes
        return np.asarray(cv2.merge([red, green, blue]))
    height, width = planes[0].shape
    if layout.is_grey:
        planes = [planes[0], *[np.full_like(planes[0], 128)] * 2]
    full = [p if p.shape == planes[0].shape else cv2.resize(p, (width, height)) for p in planes]
    return np.asarray(cv2.transform(cv2.merge(full), _rgb8_from_yuv8(info, layout)))


def _check_fits(info: MediaInfo, box: Box, patch: Rgb, matte: Signal) -> None:
    _check_inside(info, box)
    size = (box.y1 - box.y0, box.x1 - box.x0)
    if matte.shape != size or patch.shape != (*size, 3):
        raise ValueError(f"patch {patch.shape} and matte {matte.shape} do not fit {box}")


def _check_inside(info: MediaInfo, box: Box) -> None:
    if not (0 <= box.x0 < box.x1 <= info.width and 0 <= box.y0 < box.y1 <= info.height):
        raise ValueError(f"{box} is not inside a plate of {info.width} x {info.height}")


def _expand_box(box: Box, info: MediaInfo, layout: PixelLayout) -> Box:
    """Return the box, grown to whole chroma samples and by those its chroma filters read."""
    across, down = layout.chroma_log2
    reach_x, reach_y = (_CHROMA_MARGIN << across, _CHROMA_MARGIN << down)
    return Box(
        max(0, (box.x0 >> across << across) - reach_x),
        max(0, (box.y0 >> down << down) - reach_y),
        min(info.width, (-(-box.x1 >> across) << across) + reach_x),
        min(info.height, (-(-box.y1 >> down) << down) + reach_y),
    )


def _decode_box(frame: Frame, info: MediaInfo, box: Box) -> Rgb:
    """Return R'G'B' [h, w, 3] of a box, unclipped."""
    import cv2

    _check_inside(info, box)
    layout = pixel_layout(info.pixel_format)
    signals = [
        _on_luma_grid(frame.planes[number], number, box, info, layout)
        for number in range(layout.colour_count)
    ]
    if layout.is_grey:
        signals *= 3
    elif layout.is_rgb:
        signals = [signals[2], signals[0], signals[1]]
    else:
        signals = _weighted_sums(np.linalg.inv(yuv_from_rgb(info)), signals)
    picture = np.asarray(cv2.merge(signals))
    if is_linear(info, layout):
        return linear_to_srgb(picture)
    return np.nan_to_num(picture, copy=False) if layout.is_float else picture


def _weighted_sums(weights: NDArray[np.floating], signals: Sequence[Signal]) -> list[Signal]:
    """Return weighted sums [h, w] of three signals [h, w], one for each row of `weights` [n, 3]."""
    first, second, third = signals
    rows = weights.astype(np.float32)
    return [a * first + b * second + c * third for a, b, c in rows]


def _on_luma_grid(
    plane: np.ndarray, number: int, box: Box, info: MediaInfo, layout: PixelLayout
) -> Signal:
    """Return a box of a plane as a signal: 0..1, or chroma -0.5..0.5, interpolated."""
    offset, scale = code_range(info, layout, number)
    if not layout.is_chroma(number):
        return (_part(plane, box, layout, number).astype(np.float32) - offset) / scale
    outer = _expand_box(box, info, layout)
    part = _part(plane, outer, layout, number).astype(np.float32)
    upsampled = upsample((part - offset) / scale, layout.chroma_log2)
    top, left = box.y0 - outer.y0, box.x0 - outer.x0
    return upsampled[top : top + box.y1 - box.y0, left : left + box.x1 - box.x0]


def _part(plane: np.ndarray, box: Box, layout: PixelLayout, number: int) -> np.ndarray:
    """Return a view of a box of plane `number`; of chroma, it must start at a chroma sample."""
    across, down = layout.chroma_log2 if layout.is_chroma(number) else (0, 0)
    return plane[box.y0 >> down : -(-box.y1 >> down), box.x0 >> across : -(-box.x1 >> across)]


def _stored_planes(picture: Rgb, info: MediaInfo, layout: PixelLayout) -> list[Signal]:
    """Return R'G'B' [h, w, 3] as stored values, unrounded, each plane on its own grid."""
    import cv2

    if is_linear(info, layout):
        picture = srgb_to_linear(picture)
    if layout.is_rgb:
        red, green, blue = cv2.split(picture)
        signals = [green, blue, red]
    else:
        weights = yuv_from_rgb(info)[: layout.colour_count]
        signals = _weighted_sums(weights, cv2.split(picture))
    planes = []
    for number, signal in enumerate(signals):
        offset, scale = code_range(info, layout, number)
        if layout.is_chroma(number):
            signal = downsample(signal, layout.chroma_log2)
        planes.append(signal * np.float32(scale) + np.float32(offset))
    return planes


def _blend(
    plane: np.ndarray,
    number: int,
    values: Signal,
    cover: Signal,
    outer: Box,
    layout: PixelLayout,
) -> np.ndarray:
    """Return a copy of plane `number`, mixed with `values` by `cover`, untouched where it is 0."""
    new = plane.copy()
    part = _part(new, outer, layout, number)
    plate = np.nan_to_num(part, posinf=_MAX_HALF) if layout.is_float else part
    mixed = plate + cover * (values - plate)
    if not layout.is_float:
        mixed = np.clip(np.rint(mixed), 0, (1 << layout.bits) - 1)
    part[...] = np.where(cover > 0, mixed, part).astype(plane.dtype)
    new.flags.writeable = False
    return new


def _eight_bits(plane: np.ndarray, info: MediaInfo, layout: PixelLayout) -> NDArray[np.uint8]:
    import cv2

    if layout.is_float:
        halves = np.clip(plane, -_MAX_HALF, _MAX_HALF).astype(np.float16).view(np.uint16)
        return _display8_of_half(is_linear(info, layout))[halves]
    if layout.bits <= 8:
        return plane
    return np.asarray(cv2.convertScaleAbs(plane, alpha=0.5 ** (layout.bits - 8)))


@cache
def _display8_of_half(is_linear: bool) -> NDArray[np.uint8]:
    """Return [65536] the 8-bit display value of each half float."""
    values = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    shown = linear_to_srgb(values) if is_linear else np.nan_to_num(values)
    return np.asarray(np.rint(np.clip(shown, 0, 1) * 255), np.uint8)


def _rgb8_from_yuv8(info: MediaInfo, layout: PixelLayout) -> NDArray[np.float64]:
    """Return the [3, 4] matrix from 8-bit Y'CbCr to 8-bit R'G'B'."""
    full = is_full_range(info, layout)
    scale = np.diag([1.0, 1.0, 1.0] if full else [255 / 219, 255 / 224, 255 / 224])
    matrix = np.linalg.inv(yuv_from_rgb(info)) @ scale
    offset = -matrix @ np.array([0 if full else 16, 128, 128])
    return np.concatenate([matrix, offset[:, None]], axis=1)
