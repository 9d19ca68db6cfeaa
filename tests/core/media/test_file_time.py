"""The time at which files say that they start, written by ffmpeg."""

from fractions import Fraction
from pathlib import Path

import pytest
from support.media.sound_files import write_movie, write_timed, write_tones

from lipflap.core.media.file_time import file_time

RATE = Fraction(25)


def test_a_bwf_time_reference_is_exact(tmp_path: Path) -> None:
    assert file_time(str(write_timed(tmp_path / "a.wav", 3600.48)), RATE) == Fraction("3600.48")


@pytest.mark.parametrize(("timecode", "seconds"), [("00:59:58:05", Fraction("3598.2")), ("", None)])
def test_a_movie_starts_at_its_timecode(
    tmp_path: Path, timecode: str, seconds: Fraction | None
) -> None:
    movie = write_movie(tmp_path / "a.mov", timecode or "00:00:00:00")
    assert file_time(str(movie), Fraction(24)) == seconds


def test_a_file_that_says_nothing_has_no_time(tmp_path: Path) -> None:
    assert file_time(str(write_tones(tmp_path / "a.wav", [300])), RATE) is None
    assert file_time(str(write_timed(tmp_path / "b.wav", 0)), RATE) is None
