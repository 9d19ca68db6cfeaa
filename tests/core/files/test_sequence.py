"""Numbered files, against what printf makes of the same pattern."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.errors import MediaMissing
from lipflap.core.files.sequence import (
    digit_count,
    ffmpeg_pattern,
    is_sequence,
    numbers_on_disk,
    sequence_file,
)

NAMES = st.text("ab%. -_", max_size=6)


@given(head=NAMES, tail=NAMES, digits=st.integers(0, 8), number=st.integers(0, 10**7))
def test_a_file_is_named_as_printf_names_it(head: str, tail: str, digits: int, number: int) -> None:
    conversion = f"%0{digits}d" if digits else "%d"
    pattern = head.replace("%", "%%") + conversion + tail.replace("%", "%%")
    assert is_sequence(f"/cut/{pattern}")
    assert str(sequence_file(f"/cut/{pattern}", number)) == f"/cut/{pattern % number}"


def test_other_names_are_no_patterns() -> None:
    for name in ("film.mov", "100%.mov", "a%%04d.png", "50%d/film.mov", "%s.png", "%4x.png"):
        assert not is_sequence(f"/cut/{name}"), name


def test_numbers_are_those_of_files_named_by_the_pattern(tmp_path: Path) -> None:
    for name in ("A.0099.png", "A.0100.png", "A.10000.png", "A.7.png", "A.00007.png", "B.0001.png"):
        (tmp_path / name).touch()
    assert numbers_on_disk(str(tmp_path / "A.%04d.png")) == [99, 100, 10_000]
    assert numbers_on_disk(str(tmp_path / "A.%d.png")) == [7, 10_000]


def test_a_percent_sign_in_a_folder_may_be_doubled_or_not(tmp_path: Path) -> None:
    folder = tmp_path / "50%"
    folder.mkdir()
    (folder / "A.01.png").touch()
    for written in ("50%", "50%%"):
        pattern = str(tmp_path / written / "A.%02d.png")
        assert sequence_file(pattern, 1).exists()
        assert numbers_on_disk(pattern) == [1]
        assert ffmpeg_pattern(pattern) == str(tmp_path / "50%%" / "A.%02d.png")
        assert digit_count(pattern) == 2


def test_no_file_at_all_is_missing_media(tmp_path: Path) -> None:
    with pytest.raises(MediaMissing, match=r"A\.%04d\.png: has no file on disk"):
        numbers_on_disk(str(tmp_path / "A.%04d.png"))
