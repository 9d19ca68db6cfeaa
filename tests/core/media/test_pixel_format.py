"""How samples lie in memory, against the bytes ffmpeg makes of a picture."""

import subprocess

import av
import pytest

from lipflap.core.errors import MediaBroken
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.pixel_format import pixel_layout

TWINS = {
    "nv12": "yuv420p",
    "nv24": "yuv444p",
    "p010le": "yuv420p10le",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "y210le": "yuv422p10le",
    "yuv422p10be": "yuv422p10le",
    "rgb24": "gbrp",
    "bgr0": "gbrp",
    "bgra": "gbrap",
    "rgb48be": "gbrp16le",
    "rgba64le": "gbrap16le",
    "x2rgb10le": "gbrp10le",
    "ayuv": "yuva444p",
    "pal8": "gbrap",
    "ya8": "gbrap",
    "monob": "gray",
    "gray16be": "gray16le",
    "gbrpf32be": "gbrpf32le",
    "gbrpf16le": "gbrpf16le",
    "yuvj420p": "yuvj420p",
    "yuv411p": "yuv411p",
}


@pytest.mark.parametrize(("stored", "twin"), TWINS.items())
def test_the_twin_has_the_same_samples(stored: str, twin: str) -> None:
    layout = pixel_layout(stored)
    assert layout.name == twin
    assert pixel_layout(twin) == layout
    source, planar = av.VideoFormat(stored, 16, 16), av.VideoFormat(twin, 16, 16)
    if stored not in ("pal8", "ya8", "monob"):
        assert len(planar.components) == len(source.components)
        assert planar.components[0].bits == source.components[0].bits


@pytest.mark.parametrize("twin", sorted(set(TWINS.values()) - {"gbrpf16le"}))
@pytest.mark.parametrize("size", ["16x12", "33x21"])
def test_a_picture_has_as_many_bytes_as_ffmpeg_writes(twin: str, size: str) -> None:
    drawing = ["-f", "lavfi", "-i", f"color=s={size}:d=1", "-vf", f"scale={size.replace('x', ':')}"]
    command = [binary(), "-v", "error", *drawing, "-frames:v", "1", "-pix_fmt", twin]
    raw = subprocess.run([*command, "-f", "rawvideo", "-"], capture_output=True, check=True)
    width, height = map(int, size.split("x"))
    assert pixel_layout(twin).bytes_of(width, height) == len(raw.stdout)


@pytest.mark.parametrize("stored", ["bayer_rggb8", "xyz12le", "yaf32le", "no such format"])
def test_what_has_no_twin_is_refused_by_name(stored: str) -> None:
    with pytest.raises(MediaBroken, match=stored):
        pixel_layout(stored)
