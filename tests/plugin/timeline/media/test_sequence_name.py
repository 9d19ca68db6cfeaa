"""Names of image sequences as programs write them, against files made for the purpose."""

from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, movie, span

from lipflap.core.errors import MediaMissing
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import sequence_file
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.timeline.clip.clip_media import picture_media
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.media.sequence_name import (
    SequenceName,
    parse_sequence_name,
    pattern_of,
)


def make(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def media_of(
    url: str, folder: Path, count: int = 10, start: int | None = 0
) -> tuple[ClipMedia | None, str]:
    """The media of a clip of ten frames, whose media starts at `start`; None: it does not say."""
    made = clip("SH010", 10, start=start or 0)
    made.media_reference = (
        otio.schema.ExternalReference(url) if start is None else movie(url, start, count)
    )
    media, missing = picture_media(made, MediaFinder(folder))
    return media, missing.text if missing else ""


@pytest.mark.parametrize(
    "name",
    [
        "shot.%04d.exr",
        "shot.%2504d.exr",
        "shot.####.exr",
        "shot.%23%23%23%23.exr",
        "shot.@@@@.exr",
        "shot.$F4.exr",
        "shot.[1001-1010].exr",
        "shot.%5B1001-1010%5D.exr",
        "shot.1001-1010#.exr",
        "shot.*.exr",
        "shot.%04d.exr 1001-1010",
        "shot.%04d.exr [1001-1010]",
        "shot.%04d.exr?begin=1001",
        "shot.{1001..1010}.exr",
        "shot.[1001:1010].exr",
        "shot.<1001-1010>.exr",
        "shot.[####].exr",
        "shot.????.exr",
        "shot.<F4>.exr",
        "shot.{frame}.exr",
        "shot.$FRAME.exr",
        "shot.1001-1010.exr",
        "shot.1001.exr",
        "SHOT.1001.EXR",
    ],
)
@pytest.mark.parametrize("where", ["", "file:///gone/vfx/"])
def test_patterns_and_first_files_mean_the_sequence(tmp_path: Path, name: str, where: str) -> None:
    make(tmp_path / "vfx", *(f"shot.{number}.exr" for number in range(1001, 1011)))
    media, missing = media_of(f"{where or 'vfx/'}{name}", tmp_path)
    assert (missing, media.path) == ("", str(tmp_path / "vfx" / "shot.%04d.exr"))
    assert (media.first_file, media.available.start) == (1001, 0)


def test_numbers_without_padding_and_below_zero(tmp_path: Path) -> None:
    make(tmp_path, *(f"a.{number}.exr" for number in range(5, 15)))
    media, _ = media_of("a.#.exr", tmp_path)
    assert (media.path, media.first_file) == (str(tmp_path / "a.%d.exr"), 5)
    make(tmp_path, "b.-002.exr", "b.-001.exr", "b.000.exr", "b.001.exr")
    media, _ = media_of("b.%03d.exr", tmp_path, count=4)
    assert (media.path, media.first_file) == (str(tmp_path / "b.%03d.exr"), -2)
    assert sequence_file(media.path, -2) == tmp_path / "b.-002.exr"


def test_a_range_that_starts_at_a_file_number_starts_at_that_file(tmp_path: Path) -> None:
    make(tmp_path, *(f"a.{number}.dpx" for number in range(1001, 1051)))
    media, _ = media_of("a.%04d.dpx", tmp_path, start=1020)
    assert (media.first_file, media.available.start) == (1020, 1020)


def test_a_still_stays_a_still(tmp_path: Path) -> None:
    make(tmp_path, *(f"IMG_{number:04}.jpg" for number in range(1, 30)))
    make(tmp_path, "logo.png", "take1.mov", "take2.mov", "p.0001.png", "p.0002.png")
    for url in ("logo.png", "take1.mov", "p.0001.png"):
        media, missing = media_of(url, tmp_path, count=250)
        assert (missing, media.path, media.first_file) == ("", str(tmp_path / url), None)
    media, _ = media_of("IMG_0001.jpg", tmp_path, start=None)
    assert media.first_file is None


def test_a_sequence_is_found_in_other_spelling_digits_and_place(tmp_path: Path) -> None:
    make(tmp_path / "deep" / "er", *(f"Sh%1.{number:05}.exr" for number in range(1, 11)))
    holds = otio.schema.ImageSequenceReference.MissingFramePolicy.hold
    reference = otio.schema.ImageSequenceReference(
        "file:///Z:/er/", "sh%1.", ".exr", 1, 1, 24, 4, holds, available_range=span(0, 10)
    )
    media, missing = picture_media(
        otio.schema.Clip("S", reference, span(0, 10)), MediaFinder(tmp_path)
    )
    assert missing is None
    assert media.path == str(tmp_path / "deep" / "er" / "Sh%%1.%05d.exr")
    assert (media.first_file, media.holes) == (1, HolePolicy.HOLD)


def test_a_sequence_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path) -> None:
    _, missing = media_of("vfx/shot.####.exr", tmp_path)
    assert f"no shot.####.exr is in {tmp_path} or below it" in missing
    assert parse_sequence_name("shot####.mov") is None
    assert pattern_of({9: "a.9.png", 10: "a.10.png"}) == "a.%d.png"
    assert pattern_of({9: "a2.0009.png"}) == "a2.%04d.png"


def test_a_sequence_is_listed_once_however_many_clips_show_it(tmp_path: Path) -> None:
    """A reel of scans has a hundred thousand files, and a thousand clips."""
    for number in (7, 8):
        (tmp_path / f"A%.{number:04}.exr").touch()
    finder, name = MediaFinder(tmp_path), SequenceName("A%.", ".exr")
    found = finder.find_sequence("A%.%04d.exr", name)
    assert found.path == str(tmp_path / "A%%.%04d.exr")
    assert (found.first, found.last) == (7, 8)
    assert finder.find_sequence("A%.%04d.exr", name) is found
    beside = finder.sequence_beside(str(tmp_path / "A%.0007.exr"), name)
    assert beside.path == found.path
    assert finder.sequence_beside(str(tmp_path / "A%.0008.exr"), name) is beside
    for _ in range(2):
        with pytest.raises(MediaMissing, match="is not there"):
            finder.find_sequence("B.%04d.exr", SequenceName("B.", ".exr"))
