"""Choose how a new picture file is encoded: in its source's codec, or the one that loses least.

ProRes, DNxHR, DNxHD and FFV1 stay what they are, as do PNG, TIFF, DPX and EXR sequences. Other
movies become ProRes 422 HQ; with full chroma, RGB or alpha ProRes 4444; deeper than the 10 bits
that ffmpeg's ProRes holds, or of odd width, FFV1. Other sequences become PNG.

ProRes and DNx hold video levels only: a full-range source is scaled to them, into 10 bits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipflap.core.encode.colour_codes import (
    DNX_CODES,
    DPX_CODES,
    NO_CODES,
    PRORES_CODES,
    CodeTable,
    lost_tags,
)
from lipflap.core.encode.hdr_boxes import holds_hdr
from lipflap.core.errors import DubError
from lipflap.core.files.sequence import digit_count
from lipflap.core.media.pixels.pixel_format import PixelLayout, pixel_layout
from lipflap.core.media.pixels.ycbcr import check_matrix
from lipflap.core.media.probe import MediaInfo

SOURCE = "source"

_PRORES_PROFILES = {"apco": 0, "apcs": 1, "apcn": 2, "apch": 3, "ap4h": 4, "ap4x": 5}
_DNXHR_PROFILES = {
    "1270": "dnxhr_444",
    "1271": "dnxhr_hqx",
    "1272": "dnxhr_hq",
    "1273": "dnxhr_sq",
    "1274": "dnxhr_lb",
}
_DNXHD_RATES = {  # compression id: a bit rate that makes ffmpeg choose it, and pixel format
    "1235": ("185M", "yuv422p10le"),
    "1237": ("145M", "yuv422p"),
    "1238": ("185M", "yuv422p"),
    "1241": ("185M", "yuv422p10le"),
    "1242": ("120M", "yuv422p"),
    "1243": ("185M", "yuv422p"),
    "1250": ("90M", "yuv422p10le"),
    "1251": ("90M", "yuv422p"),
    "1252": ("60M", "yuv422p"),
    "1253": ("36M", "yuv422p"),
}
_MAX_PRORES_BITS = 10
_LEAST_DNXHR = (256, 120)


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """The codec, pixel format and file name suffix of a new picture file.

    suffix        of its name; for a sequence with the pattern of its number
    pixel_format  of the encoder's input
    options       of ffmpeg's output
    video_levels  whether the codec holds limited range only
    codes         colour codes that codec and file have; None for all
    """

    suffix: str
    pixel_format: str
    options: dict[str, Any]
    video_levels: bool = False
    codes: CodeTable | None = None

    @property
    def is_sequence(self) -> bool:
        return "%" in self.suffix

    @property
    def is_prores(self) -> bool:
        return bool(self.options["vcodec"] == "prores_aw")

    @property
    def is_dnxhr(self) -> bool:
        return str(self.options.get("profile:v")).startswith("dnxhr")


_SettingsFor = Callable[[MediaInfo, PixelLayout], EncoderSettings]


def encoder_settings(info: MediaInfo, codec: str) -> EncoderSettings:
    """Return the settings to write a picture like `info` in `codec`: "source", or one of CODECS.

    Raises DubError for any other name, for a codec that cannot hold the picture, and for a picture
    whose colour matrix is not supported.
    """
    check_matrix(info)
    layout = pixel_layout(info.pixel_format)
    name = _codec_like_source(info, layout) if codec == SOURCE else codec
    if name not in _ENCODERS:
        raise DubError(
            "is not a codec that Lipflap writes.",
            where=codec,
            fix=f"Choose {SOURCE}, {', '.join(CODECS)}.",
        )
    if layout.is_float and name != "exr":
        raise DubError(
            f"is scene-linear ({info.pixel_format}), which {name} cannot hold.",
            where=info.path,
            fix="Choose exr." if codec == SOURCE else f"Choose exr or {SOURCE}.",
        )
    if name == "exr" and not layout.is_float:
        raise DubError(
            f"is {info.pixel_format}, and exr is for scene-linear pictures only.",
            where=info.path,
            fix=f"Choose another codec, or {SOURCE}.",
        )
    return _ENCODERS[name](info, layout)


def lost_facts(info: MediaInfo, codec: str) -> tuple[str, ...]:
    """Return in words what a picture's file states about it and the new file cannot.

    Raises DubError as `encoder_settings` does.
    """
    settings = encoder_settings(info, codec)
    lost = list(lost_tags(info.colour, settings.codes))
    if not holds_hdr(settings.suffix):
        lost += ["mastering display"] if info.hdr.mastering else []
        lost += ["content light levels"] if info.hdr.content else []
    return (*lost, *info.hdr.others)


def _codec_like_source(info: MediaInfo, layout: PixelLayout) -> str:
    if info.first_file is not None:
        return info.codec if info.codec in _STILLS else "exr" if layout.is_float else "png"
    if info.codec in ("ffv1", "prores"):
        return info.codec
    if info.codec == "dnxhd":
        return "dnxhr"
    fits_prores = layout.bits <= _MAX_PRORES_BITS and info.width % 2 == 0
    return "prores" if fits_prores else "ffv1"


def _prores(info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    if info.width % 2:
        raise DubError(
            f"is {info.width} pixels wide, and prores needs an even width.",
            where=info.path,
            fix="Choose ffv1.",
        )
    full_chroma = layout.is_rgb or layout.has_alpha or layout.chroma_log2 == (0, 0)
    is_444 = full_chroma and not (layout.is_grey and not layout.has_alpha)
    profile = _PRORES_PROFILES.get(info.coding.profile, 4 if is_444 else 3)
    alpha = "a" if layout.has_alpha else ""
    pixel_format = f"yuv{alpha}444p10le" if profile >= 4 else "yuv422p10le"
    options = {"vcodec": "prores_aw", "profile:v": profile, "vendor": "apl0"}
    return EncoderSettings(".mov", pixel_format, options, True, PRORES_CODES)


def _dnx(info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    if layout.has_alpha:
        raise DubError(
            "has alpha, which dnxhr cannot hold.", where=info.path, fix="Choose prores or ffv1."
        )
    compression_id = info.coding.profile if info.codec == "dnxhd" else ""
    if compression_id in _DNXHD_RATES:
        rate, pixel_format = _DNXHD_RATES[compression_id]
        options = {"vcodec": "dnxhd", "profile:v": "dnxhd", "video_bitrate": rate}
        return EncoderSettings(".mov", pixel_format, options, True, DNX_CODES)
    _check_dnxhr(info)
    profile = _DNXHR_PROFILES.get(compression_id) or _dnxhr_profile(layout)
    pixel_formats = {
        "dnxhr_444": "gbrp10le" if layout.is_rgb else "yuv444p10le",
        "dnxhr_hqx": "yuv422p10le",
    }
    pixel_format = pixel_formats.get(profile, "yuv422p")
    options = {"vcodec": "dnxhd", "profile:v": profile}
    return EncoderSettings(".mov", pixel_format, options, not layout.is_rgb, DNX_CODES)


def _check_dnxhr(info: MediaInfo) -> None:
    """Raise DubError for a picture of which FFmpeg writes no DNxHR."""
    if info.scan.is_interlaced:
        raise DubError(
            "is interlaced, which dnxhr cannot hold.", where=info.path, fix="Choose prores or ffv1."
        )
    if info.width < _LEAST_DNXHR[0] or info.height < _LEAST_DNXHR[1]:
        raise DubError(
            f"is {info.width} x {info.height} samples large, and dnxhr needs at least "
            f"{_LEAST_DNXHR[0]} x {_LEAST_DNXHR[1]}.",
            where=info.path,
            fix="Choose prores or ffv1.",
        )


def _dnxhr_profile(layout: PixelLayout) -> str:
    if layout.is_rgb or (layout.chroma_log2 == (0, 0) and not layout.is_grey):
        return "dnxhr_444"
    return "dnxhr_hqx" if layout.bits > 8 else "dnxhr_hq"


def _ffv1(_info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    packed = {"gbrp": "bgr0", "gbrap": "bgra"}
    pixel_format = packed.get(layout.name, layout.name.replace("yuvj", "yuv"))
    options = {"vcodec": "ffv1", "level": 3, "g": 1, "slicecrc": 1}
    return EncoderSettings(".mkv", pixel_format, options)


def _png(info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    return EncoderSettings(_sequence_suffix(info, "png"), _packed(layout, "be"), {"vcodec": "png"})


def _tiff(info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    suffix, pixel_format = _sequence_suffix(info, "tiff"), _packed(layout, "le")
    return EncoderSettings(suffix, pixel_format, {"vcodec": "tiff"}, codes=NO_CODES)


def _dpx(info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    as_is = {"gbrp10le", "gbrp12le", "gray16le"}
    pixel_format = layout.name if layout.name in as_is else _packed(layout, "be")
    suffix = _sequence_suffix(info, "dpx")
    return EncoderSettings(suffix, pixel_format, {"vcodec": "dpx"}, codes=DPX_CODES)


def _exr(info: MediaInfo, layout: PixelLayout) -> EncoderSettings:
    depth = "half" if layout.bits == 16 else "float"
    options = {"vcodec": "exr", "format:v": depth, "compression": "zip16"}
    suffix, pixel_format = _sequence_suffix(info, "exr"), layout.name.replace("f16", "f32")
    return EncoderSettings(suffix, pixel_format, options, codes=NO_CODES)


def _packed(layout: PixelLayout, endian: str) -> str:
    """Return the interleaved pixel format of a still with at least the depth of `layout`."""
    deep = layout.bits > 8
    if layout.is_grey:
        return f"gray16{endian}" if deep else "gray"
    if layout.has_alpha:
        return f"rgba64{endian}" if deep else "rgba"
    return f"rgb48{endian}" if deep else "rgb24"


def _sequence_suffix(info: MediaInfo, codec: str) -> str:
    """Return the suffix of a sequence: digits and ending like the source's, if that is one."""
    digits = 6 if info.first_file is None else digit_count(info.path)
    ending = Path(info.path).suffix if info.codec == codec else f".{codec}"
    return f".%0{digits}d{ending}"


_STILLS: dict[str, _SettingsFor] = {"png": _png, "tiff": _tiff, "dpx": _dpx, "exr": _exr}
_ENCODERS: dict[str, _SettingsFor] = {"prores": _prores, "dnxhr": _dnx, "ffv1": _ffv1, **_STILLS}
CODECS = tuple(_ENCODERS)
