"""The bytes of a manifest that no signature covers: names and sizes of boxes, and empty room.

A change there alters nothing that is said, and C2PA lets it pass. Lipflap's own manifests have one
form, so that it is found all the same. ISO/IEC 19566-5 (JUMBF), C2PA 2.2, 11.1 and 13.2.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

_START = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03c2pa\x00"
_BEFORE_START = 12  # sizes and kind of the store's box
_LABELS = {
    b"c2pa": (b"c2pa",),
    b"c2as": (b"c2pa.assertions",),
    b"c2cl": (b"c2pa.claim", b"c2pa.claim.v2"),
    b"c2cs": (b"c2pa.signature",),
}
_KIND_BYTES, _LABEL_AT = 16, 17  # in a description: kind, toggles, label
_MOVIE_FLAGS, _MOVIE_OFFSET = slice(-21, -17), slice(-8, None)  # of what is before the store
_MOVIES = (".mov", ".mp4", ".m4v")
_NO_PAYLOAD = b"\xf6"  # CBOR's null: what is signed lies elsewhere
_MAX_BYTES = 1 << 26


def is_strict(path: Path, beside: Path | None) -> bool:
    """Return whether a manifest has the form in which Lipflap wrote it.

    beside   the file of the manifest; None where it is in the file itself
    """
    try:
        store, before = (beside.read_bytes(), b"") if beside else _embedded(path)
        is_whole = beside is None or len(store) == struct.unpack_from(">I", store)[0]
        is_plain = path.suffix.casefold() not in _MOVIES or beside is not None
        if not is_plain:
            is_whole &= not any(before[_MOVIE_FLAGS]) and not any(before[_MOVIE_OFFSET])
        return is_whole and all(_store_checks(store))
    except (OSError, ValueError, struct.error):
        return False


def _embedded(path: Path) -> tuple[bytes, bytes]:
    """Return the manifest in a file, and the bytes before it. Raises ValueError without one."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(_START) - _BEFORE_START
        if start < 0:
            raise ValueError("no manifest")
        (size,) = struct.unpack_from(">I", data, start)
        if size > _MAX_BYTES or start + size > len(data):
            raise ValueError("a manifest longer than its file")
        return data[start : start + size], data[max(0, start - 64) : start]


def _store_checks(store: bytes) -> Iterator[bool]:
    """Yield whether the boxes of a store are as they should be. Raises ValueError."""
    ((_, body),) = _boxes(store)
    (_, description), *manifests = _boxes(body)
    yield _is_named(description)
    for place, (_, manifest) in enumerate(manifests, start=1):
        yield from _checks(manifest, is_ours=place == len(manifests))


def _checks(manifest: bytes, *, is_ours: bool) -> Iterator[bool]:
    """Yield whether each box of a manifest is as it should be. Raises ValueError.

    is_ours   whether Lipflap wrote it; that of a film, before it, has a signature of another form,
              which ours holds the hash of
    """
    for kind, body in _boxes(manifest):
        if kind != b"jumb":
            continue
        (_, description), *boxes = _boxes(body)
        yield _is_named(description)
        if is_ours and description[:4] == b"c2cs":
            yield _is_padded_with_zeros(boxes[0][1])
        yield from _checks(body, is_ours=is_ours)


def _is_named(description: bytes) -> bool:
    """Return whether a box of C2PA's has the name of its kind."""
    known = _LABELS.get(description[:4], ())
    return not known or description[_LABEL_AT:].rstrip(b"\0") in known


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of boxes that fill the data. Raises ValueError."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if not 8 <= size <= len(data) - at:
            raise ValueError("a box that does not fit")
        yield kind, data[at + 8 : at + size]
        at += size


def _is_padded_with_zeros(signature: bytes) -> bool:
    """Return whether the room kept in a COSE signature is empty: the text `pad`, then zeros."""
    at = signature.find(b"\x63pad") + 4
    head = signature[at] if at >= 4 else 0
    sizes = {0x58: ">B", 0x59: ">H", 0x5A: ">I"}
    if head not in sizes:
        return False
    (length,) = struct.unpack_from(sizes[head], signature, at + 1)
    start = at + 1 + struct.calcsize(sizes[head])
    end = start + length
    return length > 0 and not any(signature[start:end]) and signature[end : end + 1] == _NO_PAYLOAD
