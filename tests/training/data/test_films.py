"""Movie files as recordings."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.puppets.puppet_shot import HZ, write_movie

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.training.data.films import name_speakers, recordings_from_films

RATE = Fraction(24_000, 1001)
GREY = np.full((32, 48, 3), 90, np.uint8)


def _film(path: Path, *, sound: bool = True) -> Path:
    path.parent.mkdir(exist_ok=True)
    hiss = np.random.default_rng(1).standard_normal(HZ // 2) if sound else None
    write_movie(path, [GREY] * 12, RATE, hiss)
    return path


def test_films_are_named_and_so_are_their_speakers(tmp_path: Path) -> None:
    for path in ("bo/2.mkv", "al/2.mkv", "al/1.mkv"):
        _film(tmp_path / path)
    (tmp_path / "al" / "notes.txt").write_text("no film")
    assert [(one.speaker, one.name) for one in recordings_from_films(tmp_path)] == [
        ("al", "1"),
        ("al", "2"),
        ("bo", "2"),
    ]


def test_a_film_is_all_its_frames_and_all_its_sound(tmp_path: Path) -> None:
    (one,) = recordings_from_films(_film(tmp_path / "one.mkv"))
    assert one.frames.media_frames() == list(range(12))
    assert one.rate == RATE
    (said,) = one.speeches
    assert (said.role, said.first_sample, said.at_sample) == (Role.PRODUCTION, 0, 0)
    assert (said.sample_count, said.sample_rate_hz) == (HZ // 2, HZ)


def test_what_cannot_be_learnt_from_is_left_out_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _film(tmp_path / "good.mkv")
    _film(tmp_path / "mute.mkv", sound=False)
    (tmp_path / "broken.mov").write_bytes(b"no film")
    assert [one.name for one in recordings_from_films(tmp_path)] == ["good"]
    assert [word for word in ("mute.mkv", "broken.mov", "good.mkv") if word in caplog.text] == [
        "mute.mkv",
        "broken.mov",
    ]


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="holds no movie files"):
        list(recordings_from_films(tmp_path))


def test_a_table_names_who_speaks_in_the_films_it_has(tmp_path: Path) -> None:
    for path in ("all/1.mkv", "all/2.mkv"):
        _film(tmp_path / path)
    table = tmp_path / "who.tsv"
    table.write_text("file\tsize\ttalker\n2.mkv\t10\tbo\nabsent.mkv\t10\tal\n")
    named = name_speakers(list(recordings_from_films(tmp_path)), table)
    assert [one.speaker for one in named] == ["all", "bo"]


@pytest.mark.parametrize("text", ["", "name\ttalker\n1.mkv\tbo\n", "file\tvoice\n1.mkv\tbo\n"])
def test_a_table_without_its_columns_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "who.tsv").write_text(text)
    with pytest.raises(DubError, match=r"who\.tsv: is not a table of who speaks"):
        name_speakers([], tmp_path / "who.tsv")
