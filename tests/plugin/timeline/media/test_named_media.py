"""Clips of EDLs, which name no paths, with media that carries timecode."""

from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_plate
from support.cuts.timelines import span

from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.timeline.clip.clip_media import picture_media
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.media.media_finder import MediaFinder, MediaPlaces
from lipflap.plugin.timeline.read import read_timeline

EVENT = "001  {reel} V     C        10:00:00:10 10:00:02:10 01:00:00:00 01:00:02:00"


def shot_of(folder: Path, reel: str, comments: str = "", *media: Path) -> Shot:
    path = folder / "cut.edl"
    lines = ["TITLE: cut", "FCM: NON-DROP FRAME", "", EVENT.format(reel=reel), comments, ""]
    path.write_text("\n".join(lines))
    finder = MediaFinder(folder, MediaPlaces(folders=media))
    (shot,) = extract_cut(read_timeline(path), path=path, finder=finder).shots
    return shot


@pytest.mark.parametrize(
    ("reel", "comments"),
    [
        ("AX", "* FROM CLIP NAME: A001C001.mov"),
        ("AX", "* FROM CLIP NAME: a001c001"),
        ("A001C001", ""),
        ("A001C001", "* FROM CLIP NAME: SC 1 TK 2"),
        ("X12", "* FROM CLIP NAME: SC 1 TK 2\n* SOURCE FILE: A001C001.MOV"),
        ("X12", "* FROM CLIP NAME: SC 1 TK 2\n* SOURCE FILE: A001C001.MXF"),
        ("AX", "* FROM CLIP NAME: A001C001.Sub.01"),
        ("AX", "* FROM CLIP NAME: A001C001.mov Copy 01"),
    ],
)
def test_media_is_found_by_clip_file_or_reel_if_it_holds_the_timecode(
    tmp_path: Path, reel: str, comments: str
) -> None:
    (tmp_path / "day 1").mkdir()
    write_plate(tmp_path / "day 1" / "A001C001.mov", 100, "10:00:00:00")
    shot = shot_of(tmp_path, reel, comments)
    assert shot.problem is None
    assert shot.media.path == str(tmp_path / "day 1" / "A001C001.mov")


@pytest.mark.parametrize(
    ("reel", "comments"),
    [
        ("A001C001", ""),
        ("A001C0", "* FROM CLIP NAME: A001C001_210101_R1AB"),
        ("AX", "* FROM CLIP NAME: A001C001_210101_R1AB_SCENE_12_AN"),
    ],
)
def test_a_name_may_be_the_beginning_of_that_of_a_file(
    tmp_path: Path, reel: str, comments: str
) -> None:
    file = tmp_path / "A001C001_210101_R1AB_SCENE_12_ANNA.mov"
    write_plate(tmp_path / "A001C0012.mov", 100, "10:00:00:00")
    write_plate(file, 100, "10:00:00:00")
    assert shot_of(tmp_path, reel, comments).media.path == str(file)


def test_of_two_files_the_timecode_decides_and_nothing_else(tmp_path: Path) -> None:
    for folder, timecode in (("a", "09:00:00:00"), ("b", "10:00:00:00")):
        (tmp_path / folder).mkdir()
        write_plate(tmp_path / folder / "A001C001.mov", 100, timecode)
    assert shot_of(tmp_path, "A001C001").media.path == str(tmp_path / "b" / "A001C001.mov")
    write_plate(tmp_path / "a" / "A001C001.mov", 100, "10:00:00:00")
    said = shot_of(tmp_path, "A001C001").problem.text
    assert "2 files of its name" in said
    assert str(tmp_path / "a") in said


def test_what_was_looked_for_is_said(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    said = shot_of(tmp_path, "A001C001", "* FROM CLIP NAME: SC 1", tmp_path / "vault").problem.text
    assert "no file called SC 1 or A001C001 is in" in said
    assert f"{tmp_path / 'vault'} or below it" in said
    assert said.startswith("No path to its media is found in the cut")
    write_plate(tmp_path / "A001C001.mov", 100, "11:00:00:00")
    said = shot_of(tmp_path, "A001C001").problem.text
    assert "A001C001.mov does not hold the clip's timecode" in said


@pytest.mark.parametrize(
    ("named", "start", "found"),
    [("plate.MOV", 20, True), ("plate", 20, False), ("plate.mov", 90, False)],
)
def test_a_file_of_the_very_name_needs_no_timecode(
    tmp_path: Path, named: str, start: int, found: bool
) -> None:
    """As Final Cut 7 XML names files whose path it does not know."""
    write_plate(tmp_path / "plate.mov", 100, "")
    reference = otio.schema.MissingReference(name=named)
    item = otio.schema.Clip("SH010", reference, span(start, 48, 25))
    media, problem = picture_media(item, MediaFinder(tmp_path))
    assert (media is not None) == found
    if problem:
        assert "does not hold the frames of the clip by its own timecode" in problem.text
