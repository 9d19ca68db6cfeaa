"""Write a comment into a still's own text field, and XMP that says what made the picture.

PNG and TIFF hold XMP, which programs read; DPX and EXR have a field of their header for the comment
alone.
"""

import struct
import zlib
from html import escape
from pathlib import Path

_PNG_START, _PNG_HEADER_BYTES = b"\x89PNG\r\n\x1a\n", 33
_DPX_CREATOR = slice(160, 260)  # SMPTE ST 268-1, generic file header
_TIFF_DESCRIPTION, _TIFF_XMP = 270, 700  # the latter in XMP, part 3
_TIFF_BYTE, _TIFF_ASCII, _TIFF_ENTRY_BYTES = 1, 2, 12
_EXR_START, _EXR_FIXED_BYTES = b"\x76\x2f\x31\x01", 8
# IPTC's property for pictures whose parts a trained model made.
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmp:CreatorTool="{tool}"
    Iptc4xmpExt:DigitalSourceType="{source_type}">
   <dc:description>
    <rdf:Alt><rdf:li xml:lang="x-default">{comment}</rdf:li></rdf:Alt>
   </dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def write_comment(path: Path, comment: str, exr_colour: bytes = b"") -> None:
    """Write an ASCII comment into a PNG, TIFF, DPX or EXR file as ffmpeg writes them.

    exr_colour   attributes that an EXR file gets, too
    PNG and TIFF get XMP with it, which names a trained model as the maker of parts of the picture.
    Raises ValueError for any other file.
    """
    data = path.read_bytes()
    text = comment.encode("ascii")
    if data.startswith(_PNG_START):
        commented = _png(data, text)
    elif data.startswith((b"SDPX", b"XPDS")):
        commented = _dpx(data, text)
    elif data.startswith(b"II*\0"):
        commented = _tiff(data, text)
    elif data.startswith(_EXR_START):
        commented = _exr(data, text, exr_colour)
    else:
        raise ValueError(f"{path} is no still of a format that can hold a comment")
    path.write_bytes(commented)


def _png(data: bytes, text: bytes) -> bytes:
    """Add a tEXt and an iTXt chunk after the header (ISO/IEC 15948, 11.3.4.3 and 11.3.4.5)."""
    comment = _png_chunk(b"tEXtComment\0" + text)
    xmp = _png_chunk(b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + _xmp(text))
    return data[:_PNG_HEADER_BYTES] + comment + xmp + data[_PNG_HEADER_BYTES:]


def _png_chunk(body: bytes) -> bytes:
    """Return a chunk; `body` is its type and its data."""
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _xmp(text: bytes) -> bytes:
    """Return XMP with a comment, whose last part, after a comma, names the tool."""
    comment = escape(text.decode("ascii"), quote=False)
    tool = comment.rpartition(", ")[2]
    return _XMP.format(tool=tool, source_type=_SOURCE_TYPE, comment=comment).encode()


def _dpx(data: bytes, text: bytes) -> bytes:
    """Fill the creator field of the header."""
    length = _DPX_CREATOR.stop - _DPX_CREATOR.start
    return (
        data[: _DPX_CREATOR.start] + text[:length].ljust(length, b"\0") + data[_DPX_CREATOR.stop :]
    )


def _tiff(data: bytes, text: bytes) -> bytes:
    """Add a directory at the end: the first one, with description and XMP (TIFF 6.0, part 2)."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    first = at + 2
    ends = range(first, first + count * _TIFF_ENTRY_BYTES, _TIFF_ENTRY_BYTES)
    entries = [data[start : start + _TIFF_ENTRY_BYTES] for start in ends]
    body = data + b"\0" * (len(data) % 2)
    fields = (
        (_TIFF_DESCRIPTION, _TIFF_ASCII, text + b"\0"),
        (_TIFF_XMP, _TIFF_BYTE, _xmp(text)),
    )
    for tag, kind, value in fields:
        entries.append(struct.pack("<HHII", tag, kind, len(value), len(body)))
        body += value + b"\0" * (len(value) % 2)
    entries.sort(key=lambda e: struct.unpack_from("<H", e))
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + b"\0\0\0\0"
    return body[:4] + struct.pack("<I", len(body)) + body[8:] + directory


def _exr(data: bytes, text: bytes, others: bytes) -> bytes:
    """Add `comments` and other attributes; adjust the table of chunk offsets after the header."""
    at = _EXR_FIXED_BYTES
    while data[at]:
        name_end = data.index(0, at)
        type_end = data.index(0, name_end + 1)
        (size,) = struct.unpack_from("<i", data, type_end + 1)
        at = type_end + 5 + size
    attribute = b"comments\0string\0" + struct.pack("<i", len(text)) + text + others
    table = at + 1
    (first_chunk,) = struct.unpack_from("<Q", data, table)
    count = (first_chunk - table) // 8
    offsets = struct.unpack_from(f"<{count}Q", data, table)
    moved = struct.pack(f"<{count}Q", *(offset + len(attribute) for offset in offsets))
    return data[:at] + attribute + b"\0" + moved + data[first_chunk:]
