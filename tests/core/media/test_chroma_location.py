"""Places of chroma that ffmpeg writes into files, read back."""

from pathlib import Path

import pytest
from support.media.counted_media import FFV1, write_film

from lipflap.core.media.chroma_location import chroma_location


@pytest.mark.parametrize("place", ["left", "center", "topleft"])
def test_the_place_that_a_file_says(tmp_path: Path, place: str) -> None:
    said = ("-vf", f"format=yuv420p,setparams=chroma_location={place}")
    path = write_film(tmp_path / "a (bottom), 1x1.mkv", [1], codec=(*FFV1, *said))
    assert chroma_location(str(path)) == place


def test_a_file_that_does_not_say_it(tmp_path: Path) -> None:
    path = write_film(tmp_path / "center, 1x1.mkv", [1], codec=FFV1, pixel_format="yuv444p")
    assert chroma_location(str(path)) == "unspecified"
    assert chroma_location(str(tmp_path / "gone.mkv")) == "unspecified"
