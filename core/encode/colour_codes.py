"""Colour codes of each codec: the values that its files have, and what becomes of others.

A code that a codec does not have must not reach its encoder: ffmpeg's ProRes then writes 0, which
is reserved, and other programs refuse the file or show it black. A value with the same meaning is
written in its place; one without stays unsaid, and is named as lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lipflap.core.media.pixels.colour_tags import UNKNOWN, ColourTags

_SAME_CURVE_AS_709 = {  # ITU-T H.273, table 3: functionally the same as value 1
    "bt709": "bt709",
    "smpte170m": "bt709",
    "bt2020-10": "bt709",
    "bt2020-12": "bt709",
    "iec61966-2-4": "bt709",
    "bt1361e": "bt709",
}
_SAME_PRIMARIES = {"smpte170m": "smpte170m", "smpte240m": "smpte170m"}  # table 2
_USUAL_PRIMARIES = {"bt470bg": "bt470bg", "smpte170m": "smpte170m", "bt2020nc": "bt2020"}
_PLAIN = ("bt709", UNKNOWN)  # nobody misses these


@dataclass(frozen=True, slots=True)
class CodeTable:
    """The code that is written for each value; a value that is not in it has none.

    needs_all     whether a file with one value unknown has none: then what programs take an unknown
                  one for is stated
    """

    primaries: Mapping[str, str]
    transfers: Mapping[str, str]
    matrices: Mapping[str, str]
    needs_all: bool = False


_MOV_PRIMARIES = _SAME_PRIMARIES | {
    name: name for name in ("bt709", "bt470bg", "bt2020", "smpte431", "smpte432")
}
_MOV_TRANSFERS = _SAME_CURVE_AS_709 | {name: name for name in ("smpte2084", "arib-std-b67")}
_MOV_MATRICES = {name: name for name in ("bt709", "smpte170m", "bt2020nc")}
_MOV_MATRICES |= {"bt470bg": "smpte170m", "gbr": "gbr"}

PRORES_CODES = CodeTable(_MOV_PRIMARIES, _MOV_TRANSFERS, _MOV_MATRICES)  # SMPTE RDD 36, 6.1.1
DNX_CODES = CodeTable(_MOV_PRIMARIES, _MOV_TRANSFERS, _MOV_MATRICES, needs_all=True)
DPX_CODES = CodeTable(  # SMPTE ST 268-1, tables 5A and 5B
    _SAME_PRIMARIES | {name: name for name in ("bt709", "bt470bg")},
    _SAME_CURVE_AS_709 | {name: name for name in ("smpte170m", "bt470bg", "linear")},
    {"gbr": "gbr"},
)
NO_CODES = CodeTable({}, {}, {"gbr": "gbr"})  # TIFF and EXR as they are written here


def encodable_tags(tags: ColourTags, table: CodeTable | None, matrix: str) -> ColourTags:
    """Return the tags as the encoder takes them; None for a codec that has every code.

    matrix   of the samples, by their tag or without one
    A Y'CbCr matrix that the codec lacks becomes that of HD: the samples have to be converted.
    """
    if table is None:
        return tags
    known = ColourTags(
        primaries=table.primaries.get(tags.primaries, UNKNOWN),
        transfer=table.transfers.get(tags.transfer, UNKNOWN),
        matrix=_code_of_matrix(tags.matrix, table),
        range=tags.range,
    )
    if not table.needs_all or known.matrix == "gbr":
        return known
    usual = _USUAL_PRIMARIES.get(matrix, "bt709")
    return ColourTags(
        primaries=usual if known.primaries == UNKNOWN else known.primaries,
        transfer="bt709" if known.transfer == UNKNOWN else known.transfer,
        matrix=_code_of_matrix(matrix, table) if known.matrix == UNKNOWN else known.matrix,
        range=tags.range,
    )


def _code_of_matrix(matrix: str, table: CodeTable) -> str:
    return UNKNOWN if matrix == UNKNOWN else table.matrices.get(matrix, "bt709")


def lost_tags(tags: ColourTags, table: CodeTable | None) -> Iterator[str]:
    """Yield in words each tag that a codec cannot state."""
    if table is None:
        return
    if tags.primaries not in (*_PLAIN, *table.primaries):
        yield f"primaries {tags.primaries}"
    if tags.transfer not in (*_PLAIN, *table.transfers):
        yield f"transfer {tags.transfer}"
