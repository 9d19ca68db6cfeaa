"""What EXR headers say of colours, also of headers that are broken off."""

import struct
from pathlib import Path

import pytest

from lipflap.core.media.pixels.exr_colour import exr_colour

START = b"\x76\x2f\x31\x01\x02\0\0\0"


def attribute(name: str, kind: str, value: bytes) -> bytes:
    return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value


WHITE = attribute("whiteLuminance", "float", struct.pack("<f", 100))
OTHER = attribute("owner", "string", b"chromaticities")


def said(folder: Path, data: bytes) -> bytes:
    (folder / "a.exr").write_bytes(data)
    return exr_colour(folder / "a.exr")


def test_attributes_of_colour_are_found_among_others(tmp_path: Path) -> None:
    assert said(tmp_path, START + OTHER + WHITE + b"\0" + WHITE) == WHITE
    assert said(tmp_path, START + OTHER + b"\0") == b""
    assert said(tmp_path, b"\x89PNG" + WHITE) == b""


@pytest.mark.parametrize("count", range(8, len(START + OTHER + WHITE)))
def test_a_header_that_breaks_off_says_nothing_more(tmp_path: Path, count: int) -> None:
    assert said(tmp_path, (START + OTHER + WHITE)[:count]) == b""


def test_a_size_that_cannot_be_is_no_attribute(tmp_path: Path) -> None:
    below_zero = WHITE.replace(struct.pack("<i", 4), struct.pack("<i", -9))
    assert said(tmp_path, START + below_zero + b"\0") == b""
