"""Where the dubbed cut goes, in which format, and what is said when it is another."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.delivery import default_out, format_note, unmapped_note
from lipflap.plugin.dubbing import check_conform, conform
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.path_map import PathRule
from lipflap.plugin.qc.report import JobReport, write_report
from lipflap.plugin.timeline.dubbed.return_cut import RenderedShot
from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.timeline.patch.writers import modes_of, writer_of, written_suffix


@pytest.mark.parametrize(
    ("cut", "out"),
    [
        ("reel.otio", "reel.dubbed.otio"),
        ("reel.xml", "reel.dubbed.xml"),
        ("Reel.FCPXML", "Reel.dubbed.fcpxml"),
        ("reel.fcpxmld", "reel.dubbed.fcpxml"),
        ("reel.svg", "reel.dubbed.otio"),
    ],
)
def test_the_dubbed_cut_lies_beside_the_cut_in_its_format(
    tmp_path: Path, cut: str, out: str
) -> None:
    assert default_out(tmp_path / cut, Job(tmp_path / "JOB")) == tmp_path / out


def test_nothing_is_overwritten_but_what_this_job_wrote(tmp_path: Path) -> None:
    cut, job = tmp_path / "reel.otio", Job(tmp_path / "JOB")
    theirs, ours = tmp_path / "reel.dubbed.otio", tmp_path / "reel.dubbed 2.otio"
    theirs.write_text("of the user")
    assert default_out(cut, job) == ours
    ours.write_text("of this job")
    job.folder.mkdir()
    job.report.write_text(
        write_report(JobReport(str(cut), "x.otio", "", (), written=(str(ours), "x.otio")))
    )
    assert default_out(cut, job) == ours
    assert default_out(cut, Job(tmp_path / "OTHER")) == tmp_path / "reel.dubbed 3.otio"


def test_the_longest_name_of_a_cut_leaves_room_for_dubbed(tmp_path: Path) -> None:
    out = default_out(tmp_path / f"{'ö' * 120}.otio", Job(tmp_path / "JOB"))
    assert out.name == f"{'ö' * 75}.dubbed.otio"


def test_another_format_than_wanted_is_said(tmp_path: Path) -> None:
    cut, otio = tmp_path / "reel.svg", tmp_path / "reel.dubbed.otio"
    assert list(format_note(cut, None, otio)) == [
        ("", "The dubbed cut is an .otio: a .svg is not written.")
    ]
    assert list(format_note(tmp_path / "reel.otio", tmp_path / "new.xml", otio)) == [
        ("", "The dubbed cut is an .otio: only a .xml comes back as .xml.")
    ]
    for name, kind in (
        ("new.otiod", ".otiod"),
        ("new.svg", ".svg"),
        ("new", "file without an ending"),
    ):
        assert list(format_note(tmp_path / "reel.otiod", tmp_path / name, otio)) == [
            ("", f"The dubbed cut is an .otio: a {kind} is not written.")
        ]
    assert list(format_note(tmp_path / "reel.otio", None, otio)) == []
    bundle = tmp_path / "reel.fcpxmld"
    assert list(format_note(bundle, None, tmp_path / "reel.dubbed.fcpxml")) == []


@pytest.mark.parametrize(("job", "noted"), [("show/JOB", 0), ("JOB", 1)])
def test_new_pictures_outside_the_mapped_folders_are_noted(
    tmp_path: Path, job: str, noted: int
) -> None:
    folder = tmp_path / job / "media"
    folder.mkdir(parents=True)
    shots = [Mock(spec=RenderedShot, path=str(folder / name)) for name in ("A.mov", "B.mov")]
    back = (PathRule(str(tmp_path / "show"), "P:\\show"),)
    found = list(unmapped_note(shots, back))
    assert len(found) == noted
    assert all(str(folder) in note and "--map" in note for _, note in found)
    assert list(unmapped_note(shots, ())) == []


def test_of_a_bundle_that_is_asked_for_the_document_is_written() -> None:
    asked = map(Path, ("new.fcpxmld", "new.FCPXMLD", "new.xml", "new"))
    assert [written_suffix(one) for one in asked] == [".fcpxml", ".fcpxml", ".xml", ""]


def test_a_way_that_the_format_lacks_is_refused_before_anything_is_rendered() -> None:
    check_conform(Path("reel.xml"), "replace")
    with pytest.raises(DubError, match=r"cannot take the new pictures as alternate.*--as track or"):
        check_conform(Path("reel.xml"), "alternate")
    with pytest.raises(DubError, match=r"Choose --as alternate or track"):
        check_conform(Path("reel.otio"), "replace")


def test_only_a_cut_of_the_same_format_is_patched() -> None:
    assert writer_of(Path("reel.xml"), Path("new.otio")) is None
    assert writer_of(Path("reel.otio"), Path("new.xml")) is None
    assert modes_of(Path("reel.fcpxmld"), Path("new.fcpxml"))[0] == How.TRACK


@pytest.mark.parametrize(
    ("cut", "out", "folder", "words"),
    [
        ("reel.otio", None, ".", "only an AAF can name"),
        ("reel.aaf", "reel.otio", ".", "only an AAF can name"),
        ("reel.aaf", None, "gone", "is no folder"),
    ],
)
def test_media_composers_folder_is_for_aafs_and_has_to_be_there(
    cut: str, out: str | None, folder: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DubError, match=words):
        conform(
            tmp_path / cut,
            Job(tmp_path / "JOB"),
            None,
            tmp_path / out if out else None,
            mxf=tmp_path / folder,
        )
