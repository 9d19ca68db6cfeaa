"""How samples lie in memory, against the bytes ffmpeg makes of a picture."""

import subprocess

import av
import pytest

from lipflap.core.errors import MediaBroken
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.pixels.pixel_format import pixel_layout

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


@pytest.mark.parametrize(("stored", "planar"), TWINS.items())
def test_the_planar_format_has_the_same_samples(stored: str, planar: str) -> None:
    layout = pixel_layout(stored)
    assert layout.name == planar
    assert pixel_layout(planar) == layout
    source, planar = av.VideoFormat(stored, 16, 16), av.VideoFormat(planar, 16, 16)
    if stored not in ("pal8", "ya8", "monob"):
        assert len(planar.components) == len(source.components)
        assert planar.components[0].bits == source.components[0].bits


@pytest.mark.parametrize("planar", sorted(set(TWINS.values()) - {"gbrpf16le"}))
@pytest.mark.parametrize("size", ["16x12", "33x21"])
def test_a_picture_has_as_many_bytes_as_ffmpeg_writes(planar: str, size: str) -> None:
    drawing = ["-f", "lavfi", "-i", f"color=s={size}:d=1", "-vf", f"scale={size.replace('x', ':')}"]
    command = [binary(), "-v", "error", *drawing, "-frames:v", "1", "-pix_fmt", planar]
    raw = subprocess.run([*command, "-f", "rawvideo", "-"], capture_output=True, check=True)
    width, height = map(int, size.split("x"))
    assert pixel_layout(planar).bytes_of(width, height) == len(raw.stdout)


@pytest.mark.parametrize("stored", ["bayer_rggb8", "xyz12le", "yaf32le", "no such format"])
def test_a_format_without_a_planar_equivalent_is_refused_by_name(stored: str) -> None:
    with pytest.raises(MediaBroken, match=stored):
        pixel_layout(stored)
