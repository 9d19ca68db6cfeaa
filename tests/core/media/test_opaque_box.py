"""The largest opaque rectangle of real stills and movies with an alpha channel."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.opaque_box import _largest_rectangle, opaque_box_of_still, opaque_boxes
from lipflap.core.media.probe import probe

CARD = "color=white:s=40x20:r=25:d=0.2,format=rgba,pad=64:48:8:20:color=black@0"
BOX = (8 / 64, 20 / 48, 48 / 64, 40 / 48)


def made(path: Path, *how: str, source: str = CARD) -> Path:
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", source, *how, str(path)]
    subprocess.run(command, check=True)
    return path


def test_the_box_of_a_still(tmp_path: Path) -> None:
    assert opaque_box_of_still(str(made(tmp_path / "a.png", "-frames:v", "1"))) == BOX
    see_through = CARD.replace("white", "white@0.9")
    path = made(tmp_path / "b.png", "-frames:v", "1", source=see_through)
    assert opaque_box_of_still(str(path)) is None


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
        ("b.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
    ],
)
def test_the_boxes_of_a_movie(tmp_path: Path, name: str, how: tuple[str, ...]) -> None:
    info = probe(str(made(tmp_path / name, *how)))
    assert opaque_boxes(info, [0, 3, 4]) == [BOX] * 3


def test_without_alpha_nothing_is_known(tmp_path: Path) -> None:
    info = probe(str(made(tmp_path / "a.mov", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")))
    assert opaque_boxes(info, [0, 1]) == [None, None]


def test_a_file_that_cannot_be_decoded_hides_nothing(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mov", "-c:v", "qtrle", "-pix_fmt", "argb")
    info = probe(str(path))
    path.unlink()
    assert opaque_boxes(info, [0]) == [None]


def test_the_largest_rectangle_is_that_of_a_slow_search() -> None:
    random = np.random.default_rng(3)
    for _ in range(40):
        cells = random.random((6, 7)) < 0.7
        best = max(
            (b - t) * (r - x) * bool(cells[t:b, x:r].all())
            for t in range(6)
            for b in range(t + 1, 7)
            for x in range(7)
            for r in range(x + 1, 8)
        )
        found = _largest_rectangle(cells)
        left, top, right, bottom = found or (0, 0, 0, 0)
        assert (right - left) * (bottom - top) == best
        assert cells[top:bottom, left:right].all()
