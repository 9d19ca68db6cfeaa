"""The visible line in new pictures: legible, inside title safe, everything else untouched."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.media.counted_media import write_film

from lipflap.core.errors import DubError
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels.colour import rgb
from lipflap.core.media.probe import probe
from lipflap.core.paint.burn_in import burn_in, check_burn_in

LINE = "AI-edited mouth"
FILMS = {
    "prores.mov": ("yuv422p10le", ("-c:v", "prores_aw")),
    "h264.mp4": ("yuv420p", ("-c:v", "libx264")),
    "rgb.mkv": ("gbrp10le", ("-c:v", "ffv1")),
    "alpha.mov": ("yuva444p10le", ("-c:v", "prores_aw", "-profile:v", "4")),
    "float.exr": ("gbrpf32le", ("-update", "1")),
    "grey.png": ("gray16be", ("-update", "1")),
}


@pytest.mark.parametrize("name", FILMS)
def test_the_line_is_seen_and_nothing_else_changes(tmp_path: Path, name: str) -> None:
    pixel_format, codec = FILMS[name]
    film = write_film(tmp_path / name, [3], size=(480, 270), pixel_format=pixel_format, codec=codec)
    info = probe(str(film))
    (plate,) = pictures(info, [0])
    painted = burn_in(LINE, info)(plate)
    before, after = rgb(plate, info), rgb(painted, info)
    changed = np.abs(after - before).max(axis=2) > 0.02
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows.min() >= 220
    assert rows.max() < 270 * 0.9 + 2
    assert columns.min() >= 46
    assert columns.max() < 480 * 0.9
    inside = after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.max() > 0.75
    assert inside.min() < 0.15
    for old, new in zip(plate.planes, painted.planes, strict=True):
        scale = old.shape[0] / 270
        above = slice(0, int(rows.min() * scale) - 4)
        assert np.array_equal(old[above], new[above])
        below = slice(int((rows.max() + 1) * scale) + 4, None)
        assert np.array_equal(old[below], new[below])
    if pixel_format.startswith("yuva"):
        assert np.array_equal(plate.planes[3], painted.planes[3])


def test_without_a_line_the_frame_is_the_same_object(tmp_path: Path) -> None:
    info = probe(str(write_film(tmp_path / "a.mov", [3], size=(64, 48))))
    (plate,) = pictures(info, [0])
    assert burn_in("", info)(plate) is plate


@pytest.mark.parametrize("size", [(64, 48), (48, 160)])
def test_a_small_picture_gets_the_whole_line_in_small(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    info = probe(str(write_film(tmp_path / "a.mkv", [3], size=size, codec=("-c:v", "ffv1"))))
    (plate,) = pictures(info, [0])
    changed = np.abs(rgb(burn_in(LINE, info)(plate), info) - rgb(plate, info)).max(axis=2) > 0.02
    assert changed.any()
    assert not changed[:, : size[0] // 10 - 2].any()
    assert not changed[:, size[0] - size[0] // 10 + 2 :].any()


def test_anamorphic_letters_are_as_narrow_as_its_pixels_are_wide(tmp_path: Path) -> None:
    widths = []
    for name, shape in (("square.mkv", "1"), ("wide.mkv", "2")):
        codec = ("-c:v", "ffv1", "-vf", f"setsar={shape}")
        info = probe(str(write_film(tmp_path / name, [3], size=(320, 180), codec=codec)))
        assert info.scan.sample_aspect == Fraction(shape)
        (plate,) = pictures(info, [0])
        painted = np.abs(rgb(burn_in(LINE, info)(plate), info) - rgb(plate, info)).max(axis=2)
        columns = np.flatnonzero((painted > 0.02).any(axis=0))
        widths.append(columns.max() - columns.min())
    assert widths[1] == pytest.approx(widths[0] / 2, abs=4)


@pytest.mark.parametrize("line", ["", "  ", "x" * 61, "口パク", "geändert", "two\nlines"])
def test_a_line_that_cannot_be_painted_is_refused(line: str) -> None:
    with pytest.raises(DubError, match="--burn-in"):
        check_burn_in(line)


@pytest.mark.parametrize("line", [LINE, "KI-bearbeiteter Mund", "100 % AI: Jane's mouth (dub)"])
def test_lines_of_plain_letters_are_fine(line: str) -> None:
    check_burn_in(line)
