"""Files listed below folders of a known size."""

import logging
from pathlib import Path

import pytest

from lipflap.plugin.timeline.media.file_index import FileIndex


def test_no_more_files_are_listed_than_asked_and_the_nearest_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").mkdir()
    for path in (tmp_path / "z.mov", tmp_path / "a" / "one.mov", tmp_path / "a" / "two.mov"):
        path.touch()
    index = FileIndex(tmp_path, max_files=2)
    with caplog.at_level(logging.WARNING):
        assert index.named("Z.MOV") == [str(tmp_path / "z.mov")]
        assert index.named("two.mov") == []
    assert not index.is_whole
    assert "more than 2 files" in caplog.text
    assert FileIndex(tmp_path, 3).with_stem("TWO") == [str(tmp_path / "a" / "two.mov")]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert FileIndex(tmp_path / "gone", 10).named("a.mov") == []


def test_a_link_that_leads_to_itself_is_passed_by(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "a.mov").touch()
    assert FileIndex(tmp_path, 10).named("a.mov") == [str(tmp_path / "a.mov")]
