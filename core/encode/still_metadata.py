"""Write a comment into a still's own text field, where viewers show it."""

import struct
import zlib
from pathlib import Path

_PNG_START, _PNG_HEADER_BYTES = b"\x89PNG\r\n\x1a\n", 33
_DPX_CREATOR = slice(160, 260)  # SMPTE ST 268-1, generic file header
_TIFF_DESCRIPTION, _TIFF_ASCII, _TIFF_ENTRY_BYTES = 270, 2, 12
_EXR_START, _EXR_FIXED_BYTES = b"\x76\x2f\x31\x01", 8


def write_comment(path: Path, comment: str) -> None:
    """Write an ASCII comment into a PNG, TIFF, DPX or EXR file as ffmpeg writes them.

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
        commented = _exr(data, text)
    else:
        raise ValueError(f"{path} is no still of a format that can hold a comment")
    path.write_bytes(commented)


def _png(data: bytes, text: bytes) -> bytes:
    """Add a tEXt chunk after the header (ISO/IEC 15948, 11.3.4.3)."""
    body = b"tEXtComment\0" + text
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_PNG_HEADER_BYTES] + chunk + data[_PNG_HEADER_BYTES:]


def _dpx(data: bytes, text: bytes) -> bytes:
    """Fill the creator field of the header."""
    length = _DPX_CREATOR.stop - _DPX_CREATOR.start
    return (
        data[: _DPX_CREATOR.start] + text[:length].ljust(length, b"\0") + data[_DPX_CREATOR.stop :]
    )


def _tiff(data: bytes, text: bytes) -> bytes:
    """Add a directory at the end: the first one with a description (TIFF 6.0, section 2)."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    first = at + 2
    ends = range(first, first + count * _TIFF_ENTRY_BYTES, _TIFF_ENTRY_BYTES)
    entries = [data[start : start + _TIFF_ENTRY_BYTES] for start in ends]
    body = data + b"\0" * (len(data) % 2)
    entry = struct.pack("<HHII", _TIFF_DESCRIPTION, _TIFF_ASCII, len(text) + 1, len(body))
    body += text + b"\0" * (2 - len(text) % 2)
    entries = sorted([*entries, entry], key=lambda e: struct.unpack_from("<H", e))
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + b"\0\0\0\0"
    return body[:4] + struct.pack("<I", len(body)) + body[8:] + directory


def _exr(data: bytes, text: bytes) -> bytes:
    """Add the attribute `comments`, and adjust the table of chunk offsets after the header."""
    at = _EXR_FIXED_BYTES
    while data[at]:
        name_end = data.index(0, at)
        type_end = data.index(0, name_end + 1)
        (size,) = struct.unpack_from("<i", data, type_end + 1)
        at = type_end + 5 + size
    attribute = b"comments\0string\0" + struct.pack("<i", len(text)) + text
    table = at + 1
    (first_chunk,) = struct.unpack_from("<Q", data, table)
    count = (first_chunk - table) // 8
    offsets = struct.unpack_from(f"<{count}Q", data, table)
    moved = struct.pack(f"<{count}Q", *(offset + len(attribute) for offset in offsets))
    return data[:at] + attribute + b"\0" + moved + data[first_chunk:]
