"""What an editor reads about frames that stay as filmed and about takes with too few mouths."""

from dataclasses import replace
from fractions import Fraction

import pytest

from lipflap.core.order import FrameRange
from lipflap.core.result import DubResult, KeptFrames, KeptReason, SaidBy, ShotReport, ShotState
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.qc.mouth_notes import MANY_PX, faces_with_few_mouths, mouth_notes
from lipflap.plugin.qc.report import make_report, summary

F = Fraction
RECORD = TimeRange(F(12), F(16))
SHOT = Shot("SH010", (0, 0), None, F(0), F(1), RECORD, (RECORD,), None)
CUE = Cue(SHOT, (), NO_OVERRIDES, CueState.READY, None, (), F(12))
SHEET = CueSheet("/cuts/reel.otio", "abc", F(25), 90_000, "", (CUE,))


def notes_of(**report) -> list[str]:
    rendered = ShotReport(state=ShotState.RENDERED, frames=100, repainted_frames=80)
    result = DubResult("SH010", "abc", "new.mov", "def", replace(rendered, **report))
    return list(mouth_notes(SHEET, CUE, result))


def kept(reason: KeptReason, frame: int, frames: int) -> KeptFrames:
    return KeptFrames(reason, F(frame, 25), frames)


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        (KeptReason.COVERED, "the mouth is covered."),
        (KeptReason.TURNED, "the head is turned too far aside."),
        (
            KeptReason.NO_MOUTH,
            "no filmed mouth of this actor comes near the one wanted. "
            "Give a take with more speech with --references.",
        ),
        (KeptReason.MISMATCH, "the new mouth does not meet the picture around it."),
    ],
)
def test_frames_that_stay_as_filmed_are_told_with_timecode_and_reason(reason, because):
    (note,) = notes_of(kept=(kept(reason, 3, 14),), mouths=80)
    assert note == f"14 frames at 01:00:12:03 stay as filmed: {because}"


def test_ranges_of_one_reason_are_told_together():
    covered = [kept(KeptReason.COVERED, frame, 4) for frame in (28, 50, 75)]
    lone = kept(KeptReason.TURNED, 30, 1)
    assert notes_of(kept=(covered[0], lone, *covered[1:]), mouths=80) == [
        "12 frames in 3 places, the first at 01:00:13:03, stay as filmed: the mouth is covered.",
        "1 frame at 01:00:13:05 stays as filmed: the head is turned too far aside.",
    ]


def test_handles_count():
    result = DubResult("SH010", "a", "n", "d", ShotReport(state=ShotState.RENDERED))
    report = replace(result.report, kept=(kept(KeptReason.COVERED, 11, 2),))
    handled = replace(CUE, record_start=F(12) - F(8, 25))
    (note,) = mouth_notes(SHEET, handled, replace(result, report=report))
    assert "01:00:12:03" in note


def test_few_mouths_and_none():
    assert notes_of(mouths=80, bend_px=MANY_PX) == []
    assert notes_of(mouths=80, bend_px=3.7) == [
        "Few fitting mouths of this actor (bent by 4 px of 128 on average): "
        "give a take with more speech with --references."
    ]
    assert notes_of(mouths=0) == [
        "Painted by the network alone: the take shows too few mouths of this actor."
    ]
    assert notes_of(mouths=None) == []


def test_of_several_faces_those_painted_without_filmed_mouths_are_named():
    note = (
        "Face 1 is painted by the network alone, in parts of the shot at least: the take shows "
        "too few mouths of that actor that fit. Give a take with more of their speech with "
        "--references."
    )
    said = (SaidBy("ANNA", 0), SaidBy("BEN", 1))
    assert notes_of(mouths=80, network_faces=(1,), said_by=said) == [
        "Said: ANNA by face 0, BEN by face 1.",
        note,
    ]
    (several,) = notes_of(mouths=80, network_faces=(0, 1, 3))
    assert several.startswith("Faces 0, 1 and 3 are painted by the network alone")
    rendered = ShotReport(state=ShotState.RENDERED, mouths=80, said_by=said, network_faces=(1,))
    assert faces_with_few_mouths(rendered) == {1}
    assert faces_with_few_mouths(replace(rendered, network_faces=())) == frozenset()


def test_faces_that_no_film_shows_with_open_lips_are_named():
    (one,) = notes_of(mouths=1, closed_faces=(2,), bend_px=0.0)
    assert one.startswith("No film shows face 2 with open lips")
    assert "--references" in one
    (two,) = notes_of(mouths=90, closed_faces=(0, 3))
    assert two.startswith("No film shows faces 0 and 3 with open lips")
    rendered = ShotReport(state=ShotState.RENDERED, mouths=90, closed_faces=(0, 3), face=1)
    assert faces_with_few_mouths(rendered) == {0, 3}


def test_a_shot_not_rendered_has_no_notes_on_mouths():
    assert list(mouth_notes(SHEET, CUE, None)) == []
    assert notes_of(state=ShotState.SKIPPED, kept=(kept(KeptReason.COVERED, 3, 1),)) == []


def test_the_report_tells_them():
    rendered = ShotReport(
        state=ShotState.RENDERED, kept=(kept(KeptReason.COVERED, 3, 14),), mouths=80, face=0
    )
    results = {"SH010": DubResult("SH010", "abc", "new.mov", "def", rendered)}
    text = "\n".join(summary(make_report(SHEET, results, "")))
    assert "note: 14 frames at 01:00:12:03 stay as filmed: the mouth is covered." in text


def test_eyes_of_stills_that_close_or_stay_open_are_told():
    blinks = (FrameRange(3, 12), FrameRange(60, 70))
    assert notes_of(blinks=blinks[:1], mouths=None) == ["Not filmed: eyes in a still close once."]
    assert notes_of(blinks=blinks, eyes_open=("it seems to wear glasses",), mouths=None) == [
        "Not filmed: eyes in a still close 2 times.",
        "Eyes of a face in a still stay open: it seems to wear glasses.",
    ]
