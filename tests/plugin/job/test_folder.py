"""A JOB folder: nothing leaves it, nothing in it is half written, and it belongs to one cut."""

import errno
import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from unicodedata import normalize

import pytest
from support.cuts.laid_cut import line, shot
from support.cuts.laid_cut import sheet as laid_sheet
from support.jobs.orders import job_order

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.order import read_order
from lipflap.plugin.cut.cuesheet import CueSheet, CueState, write_cues
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.job.folder import (
    Job,
    claim_folder,
    fingerprint_of_cut,
    job_of,
    refuse_lost_media,
    select_shots,
    write_orders,
)

F = Fraction


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "JOB")


@pytest.fixture
def cut(tmp_path) -> Path:
    path = tmp_path / "reel.otio"
    path.write_text("{}")
    return path


def sheet_of(cut: Path) -> CueSheet:
    return CueSheet(str(cut.resolve()), fingerprint_of_cut(cut), F(25), 0, "", ())


@pytest.mark.parametrize(
    "shot", ["../SH010", "/etc/passwd", "..", "", " ", ".", "a/b", "a\\b", "C:x", "x\0y", "y" * 300]
)
def test_a_shot_name_never_leads_out_of_the_folder(job, shot):
    for place in (job.order, job.result, job.lock, lambda name: job.media(name, ".mov")):
        with pytest.raises(DubError, match="cannot be a file name"):
            place(shot)


def test_an_order_knows_its_job(job):
    assert job_of(job_order(job, "SH010", 10)) == job


def test_a_new_or_empty_folder_may_be_claimed(job, cut):
    claim_folder(job, cut)
    job.folder.mkdir()
    claim_folder(job, cut)


def test_a_folder_with_media_of_others_is_refused(job, cut):
    (job.folder / "media").mkdir(parents=True)
    with pytest.raises(DubError, match="not a JOB folder of Lipflap"):
        claim_folder(job, cut)


def test_a_job_of_another_cut_is_refused_naming_it(job, cut, tmp_path):
    write_text(job.cues, write_cues(sheet_of(cut)))
    other = tmp_path / "other.otio"
    other.write_text("{ }")
    with pytest.raises(DubError, match=r"belongs to another cut.*reel\.otio"):
        claim_folder(job, other)


def test_a_cut_that_was_edited_or_moved_keeps_its_job(job, cut, tmp_path):
    write_text(job.cues, write_cues(sheet_of(cut)))
    moved = tmp_path / "moved.otio"
    moved.write_bytes(cut.read_bytes())
    claim_folder(job, moved)
    cut.write_text('{"edited": true}')
    claim_folder(job, cut)


def test_a_job_with_a_spoilt_cue_sheet_is_refused_not_overwritten(job, cut):
    job.folder.mkdir()
    job.cues.write_text("half a sh")
    with pytest.raises(DubError, match=r"cues\.json"):
        claim_folder(job, cut)
    assert job.cues.read_text() == "half a sh"


def test_a_job_of_another_version_is_refused_with_a_fix_that_helps(job, cut):
    write_text(job.cues, write_cues(sheet_of(cut)).replace("lipflap.cues/", "lipflap.cues/1"))
    with pytest.raises(DubError, match="Remove this JOB folder, or give another with -o"):
        claim_folder(job, cut)


def test_a_copy_of_the_cut_that_does_not_find_the_media_takes_no_orders_away(job, cut, caplog):
    made = laid_sheet([shot("SH010", 0, 1), shot("SH020", 1, 2)], [line("DE", "/de.wav", 0, 2)])
    write_text(job.cues, write_cues(made))
    gone = Reason(ReasonCode.MEDIA_MISSING, "Its media is not there.")
    second = replace(made.cues[1], state=CueState.SKIPPED, reason=gone)
    now = replace(made, cues=(made.cues[0], second))
    refuse_lost_media(job, replace(made, cut_path="/elsewhere/cut.otio"))
    with pytest.raises(DubError, match=r"from /cuts/cut\.otio.* media of SH020 is not found"):
        refuse_lost_media(job, replace(now, cut_path="/elsewhere/cut.otio"))
    assert caplog.messages == []
    refuse_lost_media(job, now)
    assert caplog.messages == ["SH020: ordered before, but the media is no longer found."]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_shots_are_chosen_by_names_in_any_spelling(job, form):
    names = ["Café [1]", "Café [2]", "Bar"]
    shots = [shot(name, n, n + 1) for n, name in enumerate(names)]
    write_text(job.cues, write_cues(laid_sheet(shots, [line("DE", "/de.wav", 0, 3)])))
    for pattern, found in (("Café [2]", names[1:2]), ("*[?]", names[:2]), ("*", names)):
        assert select_shots(job, [normalize(form, pattern)]) == found


def test_orders_that_no_longer_stand_are_removed(job, cut):
    sheet = sheet_of(cut)
    write_orders(job, sheet, [job_order(job, "SH010", 10), job_order(job, "SH020", 10)])
    placed = write_orders(job, sheet, [job_order(job, "SH020", 10, seed=7)])
    assert sorted((job.folder / "orders").iterdir()) == list(placed) == [job.order("SH020")]
    assert read_order(placed[0]) == job_order(job, "SH020", 10, seed=7)


def test_a_bundle_folder_has_the_fingerprint_of_its_timeline(tmp_path, cut):
    bundle = tmp_path / "reel.otiod"
    bundle.mkdir()
    (bundle / "content.otio").write_bytes(cut.read_bytes())
    assert fingerprint_of_cut(bundle) == fingerprint_of_cut(cut)


def test_a_full_disk_leaves_the_old_file_and_no_half_one(job, monkeypatch):
    write_text(job.report, json.dumps("old"))

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DubError, match="No space left on device") as refused:
        write_text(job.report, json.dumps("new"))
    assert refused.value.where == str(job.report)
    assert [path.name for path in job.folder.iterdir()] == ["report.json"]
    assert json.loads(job.report.read_text()) == "old"


def test_a_folder_that_is_a_file_is_an_error_for_the_user(tmp_path):
    (tmp_path / "JOB").write_text("")
    with pytest.raises(DubError, match="cannot be written"):
        write_text(Job(tmp_path / "JOB").report, "")
