"""What an editor is told before and after: every shot, its state and why."""

from dataclasses import replace
from fractions import Fraction

import pytest

from lipflap.core.order import Role
from lipflap.core.result import DubResult, ShotReport, ShotState, SyncFigures
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.report import (
    listing,
    make_report,
    read_report,
    summary,
    write_report,
)

F = Fraction


def cue(name: str, start: int, reason: str = "") -> Cue:
    record = TimeRange(F(start), F(start + 2))
    shot = Shot(name, (0, start), None, F(0), F(1), record, (record,), None)
    said = DubLine("Take 3", "day.wav", Role.PRODUCTION, "Prod", F(0), record)
    dub = DubLine("DE_1", "de.wav", Role.DUB, "Dub", F(0), record)
    pairs = tuple(DubPair(name, line, record) for line in (said, dub, dub))
    state = CueState.SKIPPED if reason else CueState.READY
    why = Reason(ReasonCode.NO_DUB, reason) if reason else None
    return Cue(shot, pairs, NO_OVERRIDES, state, why, (), F(start))


def result(name: str, state: str, reason: str = "") -> DubResult:
    report = ShotReport(
        state=state,
        reason=reason,
        frames=66,
        repainted_frames=41,
        faces=2,
        face=1,
        camera_shots=1,
        seconds={"decode": 1.25, "sample": 8.5},
    )
    path = f"/job/media/{name}.mov" if state == ShotState.RENDERED else ""
    return DubResult(name, "abc", path, "def", report)


SHEET = CueSheet(
    "/cuts/reel.otio",
    "abc",
    F(30000, 1001),
    107_892,
    "",
    (
        cue("SH010", 0),
        replace(cue("SH020", 2), notes=("a.wav ends 1.00 s before its line does.",)),
        cue("SH030", 4),
        cue("SH040", 6),
        cue("SH050", 8, "No dub plays over it."),
    ),
)
RESULTS = {
    "SH010": result("SH010", ShotState.RENDERED),
    "SH020": result("SH020", ShotState.SKIPPED, "a.mov: shows no face."),
    "SH030": result("SH030", ShotState.FAILED, "The renderer ended by signal: Killed."),
}


def test_a_folder_of_sound_is_listed_as_the_place_of_its_file_and_not_as_somebody() -> None:
    line = DubLine("DE_1", "/de/takes/1.wav", Role.DUB, "takes", F(0), TimeRange(F(0), F(1)))
    said = replace(line, track="ANNA", path="/de/ANNA/2.wav", character="ANNA", text="Ja,\nja")
    laid = replace(line, track="Dub DE", path="/de/takes/3.wav")
    rows = list(listing(replace(SHEET, sounds=(line, said, laid))))[1:4]
    origins = [row.rsplit("  ", 1)[1] for row in rows]
    assert origins == ["takes/1.wav", "ANNA, 2.wav: Ja, ja", "Dub DE, 3.wav"]


def test_a_note_on_what_is_no_shot_is_one_on_the_whole_cut() -> None:
    shot = make_report(SHEET, RESULTS, "").shots[0].shot
    report = make_report(SHEET, RESULTS, "", [(shot, "One."), ("DE_7", "Two."), ("", "Three.")])
    assert report.shots[0].notes[-1] == "One."
    assert report.notes == ("DE_7: Two.", "Three.")


def test_each_shot_has_a_state_and_a_reason():
    report = make_report(SHEET, RESULTS, "")
    assert [(line.shot, line.state, line.reason) for line in report.shots] == [
        ("SH010", ShotState.RENDERED, ""),
        ("SH020", ShotState.SKIPPED, "a.mov: shows no face."),
        ("SH030", ShotState.FAILED, "The renderer ended by signal: Killed."),
        ("SH040", RenderState.WAITING, "Not rendered yet."),
        ("SH050", ShotState.SKIPPED, "No dub plays over it."),
    ]
    assert [
        report.count(state)
        for state in (ShotState.RENDERED, ShotState.SKIPPED, ShotState.FAILED, RenderState.WAITING)
    ] == [1, 2, 1, 1]


def test_a_line_holds_the_report_of_the_result_if_there_is_one():
    lines = make_report(SHEET, RESULTS, "").shots
    results = [RESULTS.get(line.shot) for line in lines]
    assert [line.report for line in lines] == [r and r.report for r in results]


def test_a_report_comes_back_from_its_file_as_it_was(tmp_path):
    report = make_report(SHEET, RESULTS, "/job/reel.dubbed.otio")
    path = tmp_path / "report.json"
    path.write_text(write_report(report), encoding="utf-8")
    assert read_report(path) == report


def test_the_summary_tells_all_of_it():
    said = "\n".join(summary(make_report(SHEET, RESULTS, "/job/reel.dubbed.otio")))
    for part in (
        "SH010  rendered  41 of 66 frames have a new mouth (face 1 of 2), 10 s",
        "SH020  skipped   a.mov: shows no face.",
        "note: a.wav ends 1.00 s before its line does.",
        "SH030  failed    The renderer ended by signal: Killed.",
        "1 rendered, 2 skipped, 1 failed, 1 waiting",
        "/job/reel.dubbed.otio",
    ):
        assert part in said


def test_the_listing_shows_record_timecode_drop_frame_where_the_rate_has_it():
    lines = list(listing(SHEET))
    assert lines[1].split()[:4] == ["SH010", "01:00:00;00", "01:00:02;00", "dub"]
    assert lines[1].endswith("DE_1 (dub), Take 3 (production)")
    assert lines[-2].endswith("skip  No dub plays over it.")
    assert lines[-1] == "4 of 5 shots would be dubbed."


def test_a_shot_in_a_trimmed_nest_is_listed_as_far_as_it_is_seen():
    cue = SHEET.cues[0]
    begin, end = (frame / SHEET.rate for frame in (12, 36))
    window = TimeRange(begin, end)
    for left, said in ((window, "01:00:00;12 01:00:01;06"), (None, "01:00:00;00 01:00:02;00")):
        shot = replace(cue.shot, window=left)
        lines = list(listing(replace(SHEET, cues=(replace(cue, shot=shot),))))
        assert " ".join(lines[1].split()).startswith(f"SH010 {said}")


def said_of(sync: SyncFigures | None) -> list[str]:
    """What the summary says of a rendered shot beside its first line."""
    done = result("SH010", ShotState.RENDERED)
    done = replace(done, report=replace(done.report, sync=sync))
    lines = list(summary(make_report(SHEET, RESULTS | {"SH010": done}, "")))
    return [line.strip() for line in lines[1:] if line.strip().startswith(("sync", "check"))]


@pytest.mark.parametrize(
    ("sync", "remarks"),
    [
        (SyncFigures(0, 0.41, 0.06, 4.0), ["sync: on time, confidence 0.41"]),
        (SyncFigures(-40, 0.41, 0.06, 4.0), ["sync: 40 ms early"]),
        (
            SyncFigures(120, 0.41, 0.06, 4.0),
            ["sync: 120 ms late", "check: the new mouth is 120 ms"],
        ),
        (SyncFigures(0, 0.12, 0.06, 4.0), ["sync: unsure", "check: watch it with sound"]),
        (SyncFigures(0, 0.12, 0.06, 9.0), ["sync: on time"]),
        (None, []),
    ],
)
def test_an_editor_is_warned_of_mouths_that_do_not_say_the_dub(sync, remarks):
    said = said_of(sync)
    assert len(said) == len(remarks)
    assert all(line.startswith(remark) for line, remark in zip(said, remarks, strict=True))


def test_sync_figures_come_with_what_they_are_not():
    done = result("SH010", ShotState.RENDERED)
    done = replace(done, report=replace(done.report, sync=SyncFigures(0, 0.41, 0.06, 4.0)))
    with_sync, without = (
        "\n".join(summary(make_report(SHEET, {"SH010": each}, "")))
        for each in (done, result("SH010", ShotState.RENDERED))
    )
    assert "not the public SyncNet's" in with_sync
    assert "SyncNet" not in without
    assert "over 4.0 s of speech; the mouth as filmed 0.06" in with_sync


@pytest.mark.parametrize("sheet", [replace(SHEET, cues=())])
def test_a_cut_without_shots_is_told_too(sheet):
    assert list(summary(make_report(sheet, {}, ""))) == ["No shots."]
    assert list(listing(sheet))[-1] == "0 of 0 shots would be dubbed."
