"""Files appear whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.core.files import atomic
from lipflap.core.files.atomic import atomic_file, atomic_sequence
from lipflap.core.files.sequence import sequence_file

HOST = atomic._HOST


def test_a_movie_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "A.mov"
    with atomic_file(str(path)) as part:
        part.write_bytes(b"half")
        assert not path.exists()
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert os.listdir(path.parent) == ["A.mov"]


def test_a_sequence_takes_the_place_of_an_older_one_and_of_nothing_else(tmp_path: Path) -> None:
    for name in ("A.0001.png", "A.0009.png", "A.9.png", "B.0009.png"):
        (tmp_path / name).write_bytes(b"old")
    with atomic_sequence(str(tmp_path / "A.%04d.png")) as part:
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
@pytest.mark.parametrize("place", [atomic_file, atomic_sequence])
def test_nothing_is_left_of_what_was_stopped(tmp_path: Path, stop, place) -> None:
    path = tmp_path / ("A.%04d.png" if place is atomic_sequence else "A.mov")
    with pytest.raises(stop):
        begin_and_stop(place, path, stop)
    assert os.listdir(tmp_path) == []


def left_by(pid: int, host: str = HOST) -> tuple[str, str]:
    return f".A.{host}-{pid}.part.mov", f".A.0000.{host}-{pid}.part"


def leave(folder: Path, *names: str) -> None:
    movie, sequence = names
    (folder / movie).write_bytes(b"left over")
    (folder / sequence).mkdir()
    (folder / sequence / "A.0007.png").write_bytes(b"left over")


def write_both(folder: Path) -> set[str]:
    """A movie and a sequence by their names; what else lies in the folder then."""
    with atomic_file(str(folder / "A.mov")) as part:
        part.write_bytes(b"new")
    with atomic_sequence(str(folder / "A.%04d.png")) as part:
        (part.parent / "A.0001.png").write_bytes(b"new")
    return set(os.listdir(folder)) - {"A.mov", "A.0001.png"}


def gone() -> int:
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_what_a_killed_process_left_goes_with_the_next_that_writes_the_file(tmp_path: Path) -> None:
    leave(tmp_path, *left_by(gone()))
    assert write_both(tmp_path) == set()


def test_what_another_process_writes_stays(tmp_path: Path) -> None:
    """One of this machine that lives, and one of another machine that wrote a moment ago."""
    here, there = left_by(os.getppid()), left_by(gone(), "render7")
    leave(tmp_path, *here)
    leave(tmp_path, *there)
    assert write_both(tmp_path) == {*here, *there}


@pytest.mark.parametrize("at", [0, 4_000_000_000])
def test_what_another_machine_has_left_alone_goes_whatever_its_clock_said(
    tmp_path: Path, at: int
) -> None:
    names = left_by(1, "render7")
    leave(tmp_path, *names)
    for name in names:
        os.utime(tmp_path / name, (at, at))
    assert write_both(tmp_path) == set()


def test_half_files_of_other_names_stay(tmp_path: Path) -> None:
    others = {f".AB.{HOST}-{gone()}.part.mov", ".A.notes.part.mov", ".A.mov"}
    for name in others:
        (tmp_path / name).touch()
    assert write_both(tmp_path) == others


def test_two_that_write_one_file_at_once_do_not_meet(tmp_path: Path) -> None:
    ours = atomic_file(str(tmp_path / "A.mov"))
    with ours as part:
        part.write_bytes(b"ours")
        theirs = (
            "import sys; from lipflap.core.files.atomic import atomic_file\n"
            "with atomic_file(sys.argv[1]) as part: part.write_bytes(b'theirs')"
        )
        subprocess.run([sys.executable, "-c", theirs, str(tmp_path / "A.mov")], check=True)
        assert (tmp_path / "A.mov").read_bytes() == b"theirs"
        assert part.read_bytes() == b"ours"
    assert (tmp_path / "A.mov").read_bytes() == b"ours"
    assert os.listdir(tmp_path) == ["A.mov"]


def test_a_folder_whose_name_holds_percent_signs(tmp_path: Path) -> None:
    folder = tmp_path / "100%%d %04d"
    folder.mkdir()
    pattern = f"{str(folder).replace('%', '%%')}/A.%04d.png"
    with atomic_sequence(pattern) as part:
        sequence_file(str(part), 1).write_bytes(b"new")
    assert [path.name for path in folder.iterdir()] == ["A.0001.png"]


def test_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (atomic_file, atomic_sequence):
        with (
            pytest.raises(DubError, match=r"file.*cannot be written"),
            place(str(tmp_path / "file" / "A.%04d.png")),
        ):
            pass
