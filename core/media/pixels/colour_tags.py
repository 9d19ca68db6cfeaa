"""Colour tags and field orders: ffmpeg's names for the numbers of ITU-T H.273."""

from dataclasses import dataclass

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lipflap.core.media.pixels.pixel_format import PixelLayout

UNKNOWN = "unknown"

_PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_TRANSFERS = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
_MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    14: "ictcp",
}
_RANGES = {1: "tv", 2: "pc"}

PROGRESSIVE, TOP_FIRST, BOTTOM_FIRST = "prog", "tff", "bff"
FIELD_ORDERS = {1: PROGRESSIVE, 2: TOP_FIRST, 3: BOTTOM_FIRST, 4: TOP_FIRST, 5: BOTTOM_FIRST}


@dataclass(frozen=True, slots=True)
class ColourTags:
    """The colour tags of a file, in ffmpeg's names; "unknown" where it has none."""

    primaries: str
    transfer: str
    matrix: str
    range: str


def container_tags(stream: VideoStream) -> ColourTags:
    """Return the tags of the file, before any picture is decoded."""
    coded = stream.codec_context
    return ColourTags(
        _PRIMARIES.get(coded.color_primaries, UNKNOWN),
        _TRANSFERS.get(coded.color_trc, UNKNOWN),
        _MATRICES.get(coded.colorspace, UNKNOWN),
        _RANGES.get(coded.color_range, UNKNOWN),
    )


def colour_tags(picture: VideoFrame, layout: PixelLayout, of_container: ColourTags) -> ColourTags:
    """Return the tags of a picture, or where it has none those of its file.

    RGB has no matrix and full range whatever its tags say, "yuvj" full range; and nothing else has
    the matrix of RGB, though PNG tags grey so, and ProRes the unknown.
    """
    full = layout.is_rgb or layout.name.startswith("yuvj")
    matrix = _MATRICES.get(picture.colorspace or -1, of_container.matrix)
    if matrix == "gbr":
        matrix = UNKNOWN
    return ColourTags(
        primaries=_PRIMARIES.get(picture.color_primaries, of_container.primaries),
        transfer=_TRANSFERS.get(picture.color_trc, of_container.transfer),
        matrix="gbr" if layout.is_rgb else matrix,
        range="pc" if full else _RANGES.get(picture.color_range, of_container.range),
    )
