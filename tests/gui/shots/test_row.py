"""What the shot list says of a shot, from a real cut and from what came of it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.cuts.small_cut import write_small_cut
from support.jobs.requests import parse_request

from lipflap.core.result import (
    DubResult,
    KeptFrames,
    KeptReason,
    SaidBy,
    ShotReport,
    ShotState,
    SyncFigures,
)
from lipflap.gui.shots.row import ShotRow, make_rows
from lipflap.plugin import dubbing
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.job.status import JobStatus, RenderState, ShotStatus
from lipflap.plugin.qc.review import Review, Verdict


def sheet_of(cut: Path, *more: str) -> CueSheet:
    return dubbing.scan(parse_request([str(cut), "--dub", "track:Dub DE", *more]))


@pytest.fixture
def cut(tmp_path) -> Path:
    return write_small_cut(tmp_path)


@pytest.fixture
def sheet(cut) -> CueSheet:
    return sheet_of(cut)


def row(made: tuple[ShotRow, ...], shot: str = "SH010") -> ShotRow:
    return next(one for one in made if one.shot == shot)


def result(state: str = ShotState.RENDERED, reason: str = "", faces: int = 2, **sync) -> DubResult:
    judged = SyncFigures(0, 0.6, 0.1, 4.0)
    report = ShotReport(
        state=state,
        reason=reason,
        frames=41,
        repainted_frames=30,
        faces=faces,
        face=1 if faces else None,
        camera_shots=1,
        sync=judged,
    )
    return DubResult(
        "SH010", "abc", "new.mov", "def", replace(report, sync=replace(judged, **sync))
    )


def status(state: str) -> JobStatus:
    return JobStatus((ShotStatus("SH010", state, "paint", 3, 41, "edit-07", "", None),), None)


def test_a_cut_that_was_read_is_listed_shot_by_shot(sheet):
    made = make_rows(sheet)
    assert [one.shot for one in made] == ["SH010", "SH020", "SH030", "SH040"]
    first = row(made)
    assert (first.record_in, first.record_out) == ("01:00:00:00", "01:00:01:00")
    assert (first.lines, first.state, first.face, first.sync) == ("DE_1", "ready", "", None)
    assert (row(made, "SH020").state, row(made, "SH020").lines) == ("skipped", "")
    assert row(made, "SH020").remarks == "No dub plays over it."


def test_media_that_is_gone_is_named(cut):
    (cut.parent / "plate.mov").unlink()
    gone = row(make_rows(sheet_of(cut)))
    assert gone.state == "missing media"
    assert str(cut.parent / "plate.mov") in gone.remarks


def test_media_that_lies_on_no_disk_is_missing(cut):
    cut.write_text(cut.read_text().replace('"plate.mov"', '"https://there/plate.mov"'))
    assert row(make_rows(sheet_of(cut))).state == "missing media"


def test_a_dub_that_is_gone_is_missing_media_too(cut):
    (cut.parent / "de.wav").unlink()
    gone = row(make_rows(sheet_of(cut)))
    assert gone.state == "missing media"
    assert "de.wav" in gone.remarks


def test_what_renders_and_what_waits_comes_before_what_was(sheet):
    made = {"SH010": result()}
    assert (
        row(make_rows(sheet, frozenset(), status(RenderState.RENDERING), made)).state == "rendering"
    )
    assert row(make_rows(sheet, frozenset(["SH010"]), None, made)).state == "waiting"
    assert row(make_rows(sheet, frozenset(), None, made)).state == "rendered"
    lost = row(make_rows(sheet, frozenset(), status(RenderState.INTERRUPTED)))
    assert lost.state == "ready"
    assert "edit-07" in lost.remarks


@pytest.mark.parametrize(
    ("came", "state"),
    [
        (result(), "rendered"),
        (result(ShotState.FAILED, "plate.mov, frame 7: cannot be read."), "failed"),
        (result(ShotState.SKIPPED, "Nobody speaks."), "skipped"),
        (result(ShotState.SKIPPED, "No face was found.", faces=0), "no face"),
    ],
)
def test_what_came_of_it_is_said_with_its_reason(sheet, came, state):
    said = row(make_rows(sheet, results={"SH010": came}))
    assert (said.state, said.remarks) == (state, came.report.reason)


def test_a_verdict_counts_for_a_picture_that_is_there(sheet):
    approved = {"SH010": Review("SH010", Verdict.APPROVED, "", "abc")}
    sent_back = {"SH010": Review("SH010", Verdict.SENT_BACK, "Shorten the pause.", "abc")}
    assert row(make_rows(sheet, results={"SH010": result()}, reviews=approved)).state == "approved"
    back = row(make_rows(sheet, results={"SH010": result()}, reviews=sent_back))
    assert (back.state, back.remarks) == ("sent back", "Shorten the pause.")
    failed = {"SH010": result(ShotState.FAILED, "It broke.")}
    assert row(make_rows(sheet, results=failed, reviews=approved)).state == "failed"


@pytest.mark.parametrize(
    ("sync", "doubtful"),
    [
        ({}, False),
        ({"offset_ms": 40}, False),
        ({"offset_ms": 80}, True),
        ({"offset_ms": -80}, True),
        ({"confidence": 0.10}, True),
    ],
)
def test_sync_is_doubtful_when_it_is_late_or_no_better_than_chance(sheet, sync, doubtful):
    one = row(make_rows(sheet, results={"SH010": result(**sync)}))
    assert one.has_sync_warning is doubtful
    assert one.remarks.startswith("Sync: ") is doubtful  # as the chip "Check" promises


def test_a_picked_face_is_told_from_one_that_was_repainted(cut):
    sheet = sheet_of(cut, "--face", "SH010=0")
    assert row(make_rows(sheet, results={"SH010": result()})).face == "0, picked"
    assert row(make_rows(sheet_of(cut), results={"SH010": result()})).face == "1"


def test_of_two_who_speak_in_a_shot_both_faces_are_named(sheet):
    both = result()
    said = (SaidBy("ANNA", 1), SaidBy("BEN", 0), SaidBy("ANNA", 1))
    both = replace(both, report=replace(both.report, said_by=said))
    assert row(make_rows(sheet, results={"SH010": both})).face == "0, 1"


def test_frames_that_stay_as_filmed_are_among_the_remarks(sheet):
    done = result()
    kept = (KeptFrames(KeptReason.COVERED, Fraction(3, 25), 7),)
    done = replace(done, report=replace(done.report, kept=kept, mouths=0))
    assert row(make_rows(sheet, results={"SH010": done})).remarks == (
        "Painted by the network alone: the take shows too few mouths of this actor. "
        "7 frames at 00:59:59:20 stay as filmed: the mouth is covered."
    )
