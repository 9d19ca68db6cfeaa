"""Write HDR light levels into a finished file: the boxes of QuickTime, the chunks of PNG.

ffmpeg writes them only for pictures that it decoded itself, and ours come through a pipe.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from lipflap.core.media.pixels.hdr_metadata import HdrMetadata

_PATH_TO_ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_STSD_HEADER_BYTES, _ENTRY_BYTES = 16, 86  # ISO/IEC 14496-12, 8.5.2; the fields of a picture
_PNG_HEADER_END = 33


def holds_hdr(suffix: str) -> bool:
    """Return whether `write_hdr` can write into a file with this suffix."""
    return suffix.rpartition(".")[2].lower() in ("mov", "png")


def write_hdr(path: Path, hdr: HdrMetadata) -> None:
    """Write mastering display and content light into a .mov or .png that our writer made."""
    if hdr.mastering is None and hdr.content is None:
        return
    if path.suffix.lower() == ".png":
        data = path.read_bytes()
        path.write_bytes(data[:_PNG_HEADER_END] + _png_chunks(hdr) + data[_PNG_HEADER_END:])
    else:
        _write_into_movie(path, _boxes(hdr))


def _png_chunks(hdr: HdrMetadata) -> bytes:
    """Return the chunks cLLI and mDCV (PNG third edition, 11.3.2.7 and 11.3.2.8)."""
    chunks = b""
    if hdr.content:
        chunks += _chunk(b"cLLI", struct.pack(">2I", *(10_000 * level for level in hdr.content)))
    if hdr.mastering:
        red_first = (*hdr.mastering[4:6], *hdr.mastering[:4], *hdr.mastering[6:])
        chunks += _chunk(b"mDCV", struct.pack(">8H2I", *red_first))
    return chunks


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def _boxes(hdr: HdrMetadata) -> bytes:
    """Return the boxes clli and mdcv (ISO/IEC 14496-12, 12.1.6 and 12.1.7), in ffmpeg's order."""
    boxes = b""
    if hdr.content:
        boxes += struct.pack(">I4s2H", 12, b"clli", *hdr.content)
    if hdr.mastering:
        boxes += struct.pack(">I4s8H2I", 32, b"mdcv", *hdr.mastering)
    return boxes


def _write_into_movie(path: Path, boxes: bytes) -> None:
    """Insert boxes into the description of a movie's pictures; its index lies behind them all."""
    with path.open("r+b") as file:
        start = _last_box(path, b"moov")
        file.seek(start)
        moov = bytearray(file.read())
        at = 0
        sizes = []  # where the sizes of the boxes around it stand
        for kind in _PATH_TO_ENTRY:
            at = next(begin for begin, name in _boxes_in(moov, at, len(moov)) if name == kind)
            sizes.append(at)
            at += 8
        entry = at - 8 + _STSD_HEADER_BYTES
        sizes.append(entry)
        end = entry + struct.unpack_from(">I", moov, entry)[0]
        inner = list(_boxes_in(moov, entry + _ENTRY_BYTES, end))
        place = next((begin for begin, name in inner if name == b"pasp"), end)
        for size_at in sizes:
            (size,) = struct.unpack_from(">I", moov, size_at)
            struct.pack_into(">I", moov, size_at, size + len(boxes))
        moov[place:place] = boxes
        file.seek(start)
        file.write(moov)


def _last_box(path: Path, kind: bytes) -> int:
    """Return where a box of the file's top level starts."""
    at, size_of_file = 0, path.stat().st_size
    with path.open("rb") as file:
        while at < size_of_file:
            file.seek(at)
            size, name = struct.unpack(">I4s", file.read(8))
            if name == kind:
                return at
            at += struct.unpack(">Q", file.read(8))[0] if size == 1 else size
    raise ValueError(f"{path} has no {kind!r}")


def _boxes_in(data: bytearray, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield where each box in a range starts, and its name."""
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        yield start, name
        start += max(size, 8)
