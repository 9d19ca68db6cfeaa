"""What an OpenEXR file says of its colours, as it stands in its header, to be kept in a new file.

magic, version | name\\0 type\\0 size value | name\\0 type\\0 size value | ... | \\0     first part
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_MAGIC = b"\x76\x2f\x31\x01"
_FIXED_BYTES = 8
_MAX_HEADER_BYTES = 1 << 20
_KEPT = (b"chromaticities", b"whiteLuminance", b"adoptedNeutral")


def exr_colour(path: Path) -> bytes:
    """Return the attributes of an EXR file that say which colours its numbers are.

    Empty for a file without one, and for any other file. Of several parts, those of the first.
    """
    with path.open("rb") as file:
        header = file.read(_MAX_HEADER_BYTES)
    if not header.startswith(_MAGIC):
        return b""
    return b"".join(attribute for name, attribute in _attributes(header) if name in _KEPT)


def _attributes(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the attributes of the first part with their names, as far as they are whole."""
    at = _FIXED_BYTES
    while header[at : at + 1] not in (b"", b"\0"):
        name_end = header.find(b"\0", at)
        type_end = header.find(b"\0", name_end + 1)
        if min(name_end, type_end) < 0 or type_end + 5 > len(header):
            return
        (size,) = struct.unpack_from("<i", header, type_end + 1)
        end = type_end + 5 + size
        if size < 0 or end > len(header):
            return
        yield header[at:name_end], header[at:end]
        at = end
