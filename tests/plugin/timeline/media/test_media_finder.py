"""Media found by name where it really lies, in folders made for the purpose."""

import logging
import unicodedata
from pathlib import Path

import pytest

from lipflap.core.errors import DubError, MediaMissing
from lipflap.plugin.job.path_map import PathRule
from lipflap.plugin.timeline.media.media_finder import MediaFinder, MediaPlaces

NFC = unicodedata.normalize("NFC", "Gespräch mit Ännchen")
NFD = unicodedata.normalize("NFD", NFC)


def make(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("url", ["file://[broken/a.mov", "a\0b.mov", "x" * 5000 + ".mov"])
def test_a_url_no_file_can_have_is_missing_media(url: str, tmp_path: Path) -> None:
    with pytest.raises(DubError):
        MediaFinder(tmp_path).find(url)


@pytest.mark.parametrize("url", ["shot010", "shot010/"])
def test_a_folder_is_said_to_be_one(url: str, tmp_path: Path) -> None:
    make(tmp_path / "shot010" / "a.1001.exr")
    with pytest.raises(MediaMissing, match="is a folder, not a file"):
        MediaFinder(tmp_path).find(url)


def test_a_name_with_percent_signs_is_found_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a%20b.mov").touch()
    assert MediaFinder(tmp_path).find("a%20b.mov") == str(tmp_path / "a%20b.mov")
    (tmp_path / "c d.mov").touch()
    assert MediaFinder(tmp_path).find("c%20d.mov") == str(tmp_path / "c d.mov")


@pytest.mark.parametrize(("on_disk", "in_cut"), [(NFC, NFD), (NFD, NFC)])
def test_umlauts_are_found_in_either_form_in_names_and_folders(
    tmp_path: Path, on_disk: str, in_cut: str
) -> None:
    make(tmp_path / on_disk / f"{on_disk}.mov")
    wanted = str(tmp_path / on_disk / f"{on_disk}.mov")
    finder = MediaFinder(tmp_path)
    assert finder.find(f"{in_cut}/{in_cut}.mov") == wanted
    assert finder.find((Path("/gone") / in_cut / f"{in_cut}.mov").as_uri()) == wanted


def test_capitals_do_not_matter_unless_two_names_differ_in_nothing_else(tmp_path: Path) -> None:
    make(tmp_path / "Reel" / "A001.MOV")
    assert MediaFinder(tmp_path).find("reel/a001.mov") == str(tmp_path / "Reel" / "A001.MOV")
    make(tmp_path / "Reel" / "a001.mov")
    assert MediaFinder(tmp_path).find("Reel/A001.MOV") == str(tmp_path / "Reel" / "A001.MOV")
    with pytest.raises(MediaMissing, match="2 files of its name"):
        MediaFinder(tmp_path).find("Reel/A001.mov")


def test_a_path_as_windows_writes_it_leads_below_the_cut(tmp_path: Path) -> None:
    make(tmp_path / "reel" / "A001.mov", tmp_path / "A001.mov")
    assert MediaFinder(tmp_path).find("reel\\A001.mov") == str(tmp_path / "reel" / "A001.mov")


@pytest.mark.parametrize(
    "url",
    ["P:\\show\\a.mov", "file:///P:/show/a.mov", "file://localhost/p%3a/Show/a.mov"],
)
def test_a_rule_says_where_a_drive_is_mounted(tmp_path: Path, url: str) -> None:
    make(tmp_path / "mnt" / "a.mov", tmp_path / "cut" / "a.mov")
    places = MediaPlaces(rules=(PathRule("P:\\show", str(tmp_path / "mnt")),))
    assert MediaFinder(tmp_path / "cut", places).find(url) == str(tmp_path / "mnt" / "a.mov")


def test_media_that_moved_is_found_below_the_cut_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path / "media" / "day 2" / "camera a" / "A001.mov")
    with caplog.at_level(logging.WARNING):
        found = MediaFinder(tmp_path).find("file:///Z:/takes/A001.mov")
    assert found == str(tmp_path / "media" / "day 2" / "camera a" / "A001.mov")
    assert "Z:/takes/A001.mov" in caplog.text
    assert found in caplog.text


def test_of_several_the_one_whose_folders_agree_longest_is_taken(tmp_path: Path) -> None:
    make(*(tmp_path / "mnt" / reel / "camA" / "C001.mov" for reel in ("reel1", "reel2")))
    finder = MediaFinder(tmp_path)
    for reel in ("reel1", "reel2"):
        found = finder.find(f"P:\\show\\{reel}\\CamA\\C001.mov")
        assert found == str(tmp_path / "mnt" / reel / "camA" / "C001.mov")
    with pytest.raises(MediaMissing, match=r"2 files of its name.*reel1.*reel2"):
        finder.find("P:\\show\\reel3\\camA\\C001.mov")


def test_between_files_that_agree_alike_what_they_hold_decides(tmp_path: Path) -> None:
    one, two = (tmp_path / folder / "A001.mov" for folder in ("one", "two"))
    make(one, two)
    finder = MediaFinder(tmp_path)
    for right in (one, two):  # clips of one name may use different files
        assert finder.find("/gone/A001.mov", holds=str(right).__eq__) == str(right)
    for holds in (lambda path: True, lambda path: False, None):
        with pytest.raises(MediaMissing, match="2 files of its name"):
            finder.find("/gone/A001.mov", holds=holds)


def test_folders_that_are_named_are_searched_first_however_deep(tmp_path: Path) -> None:
    deep = tmp_path / "vault" / "1" / "2" / "3" / "4" / "A001.mov"
    make(deep, tmp_path / "cut" / "A001.mov")
    places = MediaPlaces(folders=(tmp_path / "vault", tmp_path / "vault" / "1"))
    assert MediaFinder(tmp_path / "cut", places).find("/gone/A001.mov") == str(deep)
    with pytest.raises(MediaMissing, match=r"no B\.mov is in .*vault or below it, nor in .*cut"):
        MediaFinder(tmp_path / "cut", places).find("/gone/B.mov")


def test_what_lipflap_rendered_is_never_taken_for_the_original(tmp_path: Path) -> None:
    make(tmp_path / "job" / "cues.json", tmp_path / "job" / "orders" / "SH010.json")
    make(tmp_path / "job" / "media" / "SH010.mov", tmp_path / "._SH010.mov")
    with pytest.raises(MediaMissing, match=r"no SH010\.mov is in"):
        MediaFinder(tmp_path).find("/gone/SH010.mov")


def test_folders_that_link_in_a_circle_are_searched_once(tmp_path: Path) -> None:
    make(tmp_path / "a" / "A001.mov")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert MediaFinder(tmp_path).find("/gone/A001.mov") == str(tmp_path / "a" / "A001.mov")


def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "A001.mov").symlink_to(tmp_path / "gone.mov")
    with pytest.raises(MediaMissing, match=r"no A001\.mov is in"):
        MediaFinder(tmp_path).find("/gone/A001.mov")


def test_a_sequence_is_found_by_the_file_that_is_needed(tmp_path: Path) -> None:
    make(tmp_path / "sh010.0007.exr")
    finder = MediaFinder(tmp_path)
    found = finder.find("/gone", file_names=("sh010.0007.exr",))
    assert found == str(tmp_path / "sh010.0007.exr")
    with pytest.raises(MediaMissing, match=r"/gone/sh010\.0008\.exr"):
        finder.find("/gone/", file_names=("sh010.0008.exr",))
