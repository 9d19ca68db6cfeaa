"""Files appear whole or not at all."""

import os
from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.core.media.place import movie_place, sequence_place


def test_a_movie_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "A.mov"
    with movie_place(str(path)) as part:
        part.write_bytes(b"half")
        assert not path.exists()
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert os.listdir(path.parent) == ["A.mov"]


def test_a_sequence_takes_the_place_of_an_older_one_and_of_nothing_else(tmp_path: Path) -> None:
    for name in ("A.0001.png", "A.0009.png", "A.9.png", "B.0009.png"):
        (tmp_path / name).write_bytes(b"old")
    with sequence_place(str(tmp_path / "A.%04d.png")) as part:
        for number in (1, 2):
            (part.parent / part.name.replace("%04d", f"{number:04}")).write_bytes(b"new")
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    old, new = b"old", b"new"
    assert found == {"A.0001.png": new, "A.0002.png": new, "A.9.png": old, "B.0009.png": old}


def begin_and_stop(place, path: Path, stop: type[BaseException]) -> None:
    with place(str(path)) as part:
        Path(str(part).replace("%04d", "0001")).write_bytes(b"half")
        raise stop("stopped")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, DubError])
@pytest.mark.parametrize("place", [movie_place, sequence_place])
def test_nothing_is_left_of_what_was_stopped(tmp_path: Path, stop, place) -> None:
    path = tmp_path / ("A.%04d.png" if place is sequence_place else "A.mov")
    with pytest.raises(stop):
        begin_and_stop(place, path, stop)
    assert os.listdir(tmp_path) == []


def test_leftovers_of_a_killed_run_are_written_over(tmp_path: Path) -> None:
    folder = tmp_path / ".A.0000.part"
    folder.mkdir()
    (folder / "A.0007.png").write_bytes(b"left over")
    with sequence_place(str(tmp_path / "A.%04d.png")) as part:
        (part.parent / "A.0001.png").write_bytes(b"new")
    assert os.listdir(tmp_path) == ["A.0001.png"]


def test_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (movie_place, sequence_place):
        with (
            pytest.raises(DubError, match=r"file.*cannot be written"),
            place(str(tmp_path / "file" / "A.%04d.png")),
        ):
            pass
