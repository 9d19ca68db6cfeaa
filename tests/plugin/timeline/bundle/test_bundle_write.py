"""Bundles against zipfile and OTIO's own adapter."""

import zipfile
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, movie, span, timeline, track
from support.media.small_disk import small_disk

from lipflap.core.errors import DiskFull, DubError
from lipflap.plugin.timeline.bundle.read import unpack
from lipflap.plugin.timeline.dubbed.conform import write_timeline
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.read import read_timeline


def bundle_of(folder: Path) -> Path:
    """A cut of two takes of one name, a sequence and a missing take, each with its own content."""
    for name in ("a/A.mov", "b/A.mov", "plates/sh.0001.exr", "plates/sh.0002.exr"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    one, two = clip("one", 10, url="a/A.mov"), clip("two", 10, url=(folder / "b/A.mov").as_uri())
    two.set_media_references(
        {"DEFAULT_MEDIA": two.media_reference, "lipflap": movie("a/A.mov")}, "lipflap"
    )
    plates = otio.schema.ImageSequenceReference(
        "plates", "sh.", ".exr", 1, 1, 24, 4, available_range=span(0, 2)
    )
    three = otio.schema.Clip("three", plates, span(0, 2))
    gone = clip("gone", 5, url="gone.mov")
    made = timeline(track(one, two, three, gone))
    return write_timeline(
        made, folder / "out.otioz", cut_path=folder / "cut.otio", media_folder=folder
    )


def test_a_bundle_holds_every_reference_once_and_both_pictures_of_a_clip(tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle_of(tmp_path)) as bundle:
        held = {name: bundle.read(name).decode() for name in bundle.namelist()}
    media = {name: content for name, content in held.items() if name.startswith("media/")}
    assert sorted(media.values()) == [
        "a/A.mov",
        "b/A.mov",
        "plates/sh.0001.exr",
        "plates/sh.0002.exr",
    ]
    content = otio.adapters.read_from_string(held["content.otio"], "otio_json")
    first, second, third, gone = content.find_clips()
    both = second.media_references()
    assert media[first.media_reference.target_url] == "a/A.mov"
    assert media[both["DEFAULT_MEDIA"].target_url] == "b/A.mov"
    assert media[both["lipflap"].target_url] == "a/A.mov"
    assert third.media_reference.target_url_for_image_number(1) in media
    assert gone.media_reference.target_url == "gone.mov"
    assert held["version.txt"] == "1.0.0"


def test_manifests_come_along_under_the_names_of_their_files(tmp_path: Path) -> None:
    for name in ("b/A.mov", "plates/sh.0002.exr", "plates/sh.0003.exr", "b/other.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.c2pa").write_text(f"of {name}")
    folder = unpack(bundle_of(tmp_path), tmp_path / "unpacked")
    for manifest in (tmp_path / "unpacked").rglob("*.c2pa"):
        assert manifest.read_text() == f"of {manifest.with_suffix('').read_text()}"
    assert len(list(folder.rglob("*.c2pa"))) == 2


def test_a_bundle_is_read_and_its_media_found_where_it_is_unpacked(tmp_path: Path) -> None:
    path = bundle_of(tmp_path)
    folder = unpack(path, tmp_path / "job" / "media of the cut")
    found = extract_cut(read_timeline(path), path=path, media_folder=folder)
    contents = [
        Path(shot.media.path if shot.media.first_file is None else shot.media.path % 1).read_text()
        for shot in found.shots
        if shot.media and not shot.problem
    ]
    assert contents == ["a/A.mov", "b/A.mov", "plates/sh.0001.exr"]
    assert "is not there" in found.shots[-1].problem.text


def test_otio_itself_unpacks_the_bundle(tmp_path: Path) -> None:
    path = bundle_of(tmp_path)
    (tmp_path / "theirs").mkdir()
    otio.adapters.read_from_file(str(path), extract_to_directory=str(tmp_path / "theirs"))
    ours = unpack(path, tmp_path / "ours")
    assert sorted(p.relative_to(ours) for p in ours.rglob("*")) == sorted(
        p.relative_to(tmp_path / "theirs") for p in (tmp_path / "theirs").rglob("*")
    )


def test_a_folder_bundle_is_read_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "A.mov").touch()
    made = timeline(track(clip("A", 10, url=(tmp_path / "A.mov").as_uri())))
    path = tmp_path / "cut.otiod"
    otio.adapters.write_to_file(made, str(path))
    found = extract_cut(
        read_timeline(path), path=path, media_folder=unpack(path, tmp_path / "unused")
    )
    assert found.shots[0].problem is None
    assert not (tmp_path / "unused").exists()


def test_a_broken_bundle_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "cut.otioz").write_text("no zip")
    with pytest.raises(DubError, match=r"cut\.otioz"):
        unpack(tmp_path / "cut.otioz", tmp_path / "job")


def files(folder: Path) -> dict[str, tuple[int, int]]:
    there = (path for path in folder.rglob("*") if path.is_file())
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in there}


def test_media_that_another_may_be_reading_is_not_written_again(tmp_path: Path) -> None:
    """A whole file stays the one it is; another take of the same length comes in its place."""
    path = bundle_of(tmp_path)
    folder = unpack(path, tmp_path / "ours")
    before = files(folder)
    assert files(unpack(path, folder)) == before
    taken, lost = folder / "media" / "A.mov", folder / "media" / "A_2.mov"
    taken.write_text("c/A.mov")
    lost.unlink()
    with taken.open() as reader:
        unpack(path, folder)
        assert reader.read() == "c/A.mov"
    assert (taken.read_text(), lost.read_text()) == ("a/A.mov", "b/A.mov")
    assert {name for name, stamp in files(folder).items() if before[name] != stamp} == {
        "A.mov",
        "A_2.mov",
    }


def test_where_there_is_no_room_nothing_is_unpacked_by_halves(tmp_path: Path) -> None:
    path = tmp_path / "large.otioz"
    with zipfile.ZipFile(path, "w") as bundle:
        for name, size in (("small", 5_000), ("large", 900_000)):
            bundle.writestr(f"media/{name}.mov", b"\1" * size)
    with small_disk(tmp_path / "disk", 400_000) as disk:
        with pytest.raises(DiskFull) as full:
            unpack(path, disk.folder / "bundle")
        assert "needs about 905 kB" in str(full.value)
        assert files(disk.folder) == {}
        disk.resize(4_000_000)
        assert set(files(unpack(path, disk.folder / "bundle"))) == {"small.mov", "large.mov"}
