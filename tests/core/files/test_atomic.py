"""Files appear whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.media.small_disk import small_disk

from lipflap.core.errors import DiskFull, DubError
from lipflap.core.files.atomic import (
    atomic_file,
    atomic_files,
    atomic_folder,
    atomic_sequence,
    copy_file,
    write_bytes,
    write_text,
)
from lipflap.core.files.sequence import sequence_file
from lipflap.core.files.temp_names import _HOST as HOST
from lipflap.core.files.temp_names import temp_name


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
def test_an_exception_leaves_nothing_behind(tmp_path: Path, stop, place) -> None:
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


def test_a_killed_process_temporary_file_is_removed_by_the_next_writer(tmp_path: Path) -> None:
    leave(tmp_path, *left_by(gone()))
    assert write_both(tmp_path) == set()


def test_what_another_process_writes_stays(tmp_path: Path) -> None:
    """One of this machine that lives, and one of another machine that wrote a moment ago."""
    here, there = left_by(os.getppid()), left_by(gone(), "render7")
    leave(tmp_path, *here)
    leave(tmp_path, *there)
    assert write_both(tmp_path) == {*here, *there}


@pytest.mark.parametrize("at", [0, 4_000_000_000])
def test_an_idle_temporary_file_of_another_machine_is_removed_whatever_its_clock(
    tmp_path: Path, at: int
) -> None:
    names = left_by(1, "render7")
    leave(tmp_path, *names)
    for name in names:
        os.utime(tmp_path / name, (at, at))
    assert write_both(tmp_path) == set()


def test_temporary_files_of_other_names_stay(tmp_path: Path) -> None:
    others = {f".AB.{HOST}-{gone()}.part.mov", ".A.notes.part.mov", ".A.mov"}
    for name in others:
        (tmp_path / name).touch()
    assert write_both(tmp_path) == others


def test_two_processes_may_write_one_file_at_once(tmp_path: Path) -> None:
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


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (atomic_file, atomic_sequence):
        with (
            pytest.raises(DubError, match=r"file.*cannot be written"),
            place(str(tmp_path / "file" / "A.%04d.png")),
        ):
            pass


def test_a_folder_appears_when_it_is_whole_and_never_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "SET"
    with atomic_folder(folder) as temp:
        (temp / "clips").mkdir()
        (temp / "clips" / "1").write_bytes(b"1")
        assert not folder.exists()
    assert os.listdir(folder.parent) == ["SET"]
    assert (folder / "clips" / "1").read_bytes() == b"1"
    with pytest.raises(DubError, match="SET: exists already"), atomic_folder(folder):
        pytest.fail("there is something in it")


def write_while_another_writes(folder: Path) -> None:
    with atomic_folder(folder) as temp:
        (temp / "1").write_bytes(b"second")
        write_bytes(folder / "1", b"first")


def test_of_two_that_make_one_folder_the_second_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "SET"
    with pytest.raises(DubError, match="SET: exists already"):
        write_while_another_writes(folder)
    assert (folder / "1").read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["SET"]


def test_files_join_those_of_a_folder_when_all_are_whole(tmp_path: Path) -> None:
    for name in ("media/1", "media/2"):
        write_text(tmp_path / name, "old")
    with atomic_files(tmp_path) as temp:
        for name in ("media/2", "media/3"):
            write_text(temp / name, "new")
        assert not (tmp_path / "media/3").exists()
    found = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"1": "old", "2": "new", "3": "new"}
    assert os.listdir(tmp_path) == ["media"]


def write_with(writer: str, path: Path, data: bytes) -> None:
    """`data` at `path`, or in it, by one of the writers."""
    if writer == "write_text":
        write_text(path, data.decode())
    elif writer == "write_bytes":
        write_bytes(path, data)
    elif writer == "copy_file":
        (path.parents[1] / "source").write_bytes(data)
        copy_file(path.parents[1] / "source", path)
    elif writer == "atomic_sequence":
        with atomic_sequence(str(path.with_suffix(".%04d"))) as pattern:
            sequence_file(str(pattern), 1).write_bytes(data)
    else:
        whole = {"atomic_files": atomic_files, "atomic_folder": atomic_folder}[writer]
        with whole(path) as temp:
            (temp / "inside").write_bytes(data)


WRITERS = (
    "write_text",
    "write_bytes",
    "copy_file",
    "atomic_sequence",
    "atomic_files",
    "atomic_folder",
)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_told_and_holds_nothing_of_what_did_not_fit(
    tmp_path: Path, writer: str
) -> None:
    with small_disk(tmp_path / "disk", 1 << 20) as disk:
        with pytest.raises(DiskFull, match=r"A.*cannot be written: No space left.* are free there"):
            write_with(writer, disk.folder / "A", b"x" * (2 << 20))
        assert [path for path in disk.folder.rglob("*") if path.is_file()] == []
        write_with(writer, disk.folder / "A", b"x" * (1 << 19))
        assert len([path for path in disk.folder.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("writer", WRITERS)
def test_what_a_killed_process_left_is_recognised(tmp_path: Path, writer: str, monkeypatch) -> None:
    """Every writer's temporary name is one that the next process removes."""
    seen: list[str] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        seen.extend(path.name for path in tmp_path.rglob(".*"))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_with(writer, tmp_path / "new" / "A", b"x")
    assert seen
    mark = temp_name("")[2:].removesuffix(".part")
    assert all(mark in name and ".part" in name for name in seen)


def test_a_source_that_cannot_be_read_is_named_not_the_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(DubError, match=r"source: cannot be opened: No such file"):
        copy_file(tmp_path / "source", tmp_path / "A")
    assert os.listdir(tmp_path) == []
