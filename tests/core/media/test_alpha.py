"""What can be seen through, against files that ffmpeg made."""

import subprocess
from pathlib import Path

import pytest

from lipflap.core.errors import MediaMissing
from lipflap.core.media.alpha import picture_surface

HALF = "color=white:s=32x48:d=1,format=rgba,pad=64:48:16:0:color=black@0"  # a bar, holes beside it
FULL = "testsrc=s=64x48:d=1"


def made(path: Path, source: str, *options: str, frames: int = 1) -> str:
    command = ["ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-t", "8", "-i", source, "-r", "5"]
    subprocess.run([*command, "-frames:v", str(frames), *options, str(path)], check=True)
    return str(path)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rgba.png", ("-pix_fmt", "rgba")),
        ("rgba64.png", ("-pix_fmt", "rgba64be")),
        ("grey.png", ("-pix_fmt", "ya8")),
        ("palette.png", ("-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse")),
        ("tiff.tif", ("-pix_fmt", "rgba")),
        ("prores.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
        ("animation.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
        ("png.mov", ("-c:v", "png", "-pix_fmt", "rgba")),
        ("ffv1.mkv", ("-c:v", "ffv1", "-pix_fmt", "yuva420p")),
        ("float.exr", ("-pix_fmt", "gbrapf32le")),
        ("vp9.mkv", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p")),  # ALPHA_MODE, in capitals
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p")),
    ],
)
def test_a_picture_with_holes_is_seen_through_and_an_opaque_one_with_alpha_is_not(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    surface = picture_surface(made(tmp_path / name, HALF, *options))
    assert (surface.width, surface.height, surface.see_through) == (64, 48, True)
    if not name.startswith("vp9"):  # which says of itself that it has alpha
        assert not picture_surface(made(tmp_path / f"full_{name}", FULL, *options)).see_through


@pytest.mark.parametrize("name", ["movie.mov", "still.jpg", "still.png"])
def test_a_picture_without_alpha_is_opaque(tmp_path: Path, name: str) -> None:
    options = ("-pix_fmt", "rgb24" if name.endswith("png") else "yuv420p")
    assert not picture_surface(made(tmp_path / name, FULL, *options)).see_through


def test_a_title_that_has_vanished_at_the_start_is_looked_at_later(tmp_path: Path) -> None:
    """A wipe: opaque first, open from the middle on."""
    wipe = "testsrc=s=64x48:r=5:d=4,format=rgba,colorchannelmixer=aa=0:enable='gte(t,2)'"
    options = ("-c:v", "qtrle", "-pix_fmt", "argb")
    assert picture_surface(made(tmp_path / "wipe.mov", wipe, *options, frames=20)).see_through


def test_a_sequence_is_seen_through_as_its_first_file_is(tmp_path: Path) -> None:
    made(tmp_path / "a.0007.png", HALF, "-pix_fmt", "rgba")
    made(tmp_path / "a.0008.png", FULL, "-pix_fmt", "rgb24")
    pattern = str(tmp_path / "a.%04d.png")
    assert picture_surface(pattern).see_through
    assert not picture_surface(pattern, 8).see_through


def test_a_sequence_that_begins_with_a_hole_is_as_the_first_file_after_it(
    tmp_path: Path,
) -> None:
    pattern = made(tmp_path / "A.%04d.png", HALF, "-pix_fmt", "rgba", frames=3)
    (tmp_path / "A.0001.png").unlink()
    assert picture_surface(pattern, 1).see_through
    with pytest.raises(MediaMissing, match=r"A\.0009\.png"):
        picture_surface(pattern, 9)
