"""Light levels of HDR pictures: of the display they were mastered on, and of the pictures."""

import struct
from dataclasses import dataclass
from fractions import Fraction

from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

_CHROMATICITY = Fraction(1, 50_000)
_CANDELA = Fraction(1, 10_000)
_KEPT_BY_NONE = {
    "DOVI_METADATA": "Dolby Vision metadata",
    "DOVI_RPU_BUFFER": "Dolby Vision metadata",
    "DYNAMIC_HDR_PLUS": "HDR10+ metadata",
    "DYNAMIC_HDR_VIVID": "HDR Vivid metadata",
    "ICC_PROFILE": "ICC profile",
}


@dataclass(frozen=True, slots=True)
class HdrMetadata:
    """The levels of light that a file states, apart from its colour tags.

    mastering  x and y of green, blue, red and white in 1/50000, then the highest and the lowest
               luminance in 1/10000 cd/m2, as SMPTE ST 2086 counts them; None without
    content    MaxCLL and MaxFALL in cd/m2; None without
    others     in words, what no new file keeps: it changes with the pictures, or with their colours
    """

    mastering: tuple[int, ...] | None = None
    content: tuple[int, int] | None = None
    others: tuple[str, ...] = ()


NO_HDR = HdrMetadata()


def hdr_metadata(picture: VideoFrame) -> HdrMetadata:
    """Return what a decoded picture carries."""
    try:
        found = {side.type.name: bytes(side) for side in _side_data(picture)}
    except ValueError:  # PyAV knows no name for newer side data
        return NO_HDR
    mastering = found.get("MASTERING_DISPLAY_METADATA")
    content = found.get("CONTENT_LIGHT_LEVEL")
    others = dict.fromkeys(text for name, text in _KEPT_BY_NONE.items() if name in found)
    return HdrMetadata(
        mastering=_mastering(mastering) if mastering else None,
        content=struct.unpack("=2I", content[:8]) if content else None,
        others=tuple(others),
    )


def _side_data(picture: VideoFrame) -> list[SideData]:
    return [side for side in picture.side_data if isinstance(side, SideData)]


def _mastering(data: bytes) -> tuple[int, ...] | None:
    """Return the numbers of an AVMasteringDisplayMetadata, None unless it has them all."""
    *ratios, has_primaries, has_luminance = struct.unpack("=22i", data[:88])
    pairs = list(zip(ratios[::2], ratios[1::2], strict=True))
    if not (has_primaries and has_luminance) or any(below == 0 for _, below in pairs):
        return None
    values = [Fraction(above, below) for above, below in pairs]
    red, green, blue, white = (values[start : start + 2] for start in (0, 2, 4, 6))
    lowest, highest = values[8:]
    points = [round(value / _CHROMATICITY) for value in (*green, *blue, *red, *white)]
    return (*points, round(highest / _CANDELA), round(lowest / _CANDELA))
