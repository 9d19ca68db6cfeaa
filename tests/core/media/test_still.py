"""Single pictures, against another library's reader."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lipflap.core.errors import MediaBroken, MediaMissing
from lipflap.core.media.still import read_still


def test_a_still_is_read_as_rgb(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "Übung.png")
    assert np.array_equal(read_still(tmp_path / "Übung.png"), picture)


def test_what_is_no_picture_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MediaMissing, match=r"a\.png: cannot be read: No such file"):
        read_still(tmp_path / "a.png")
    for data in (b"", b"no picture"):
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(MediaBroken, match=r"a\.png: cannot be read as a picture"):
            read_still(tmp_path / "a.png")
