"""Shots to dub, the reasons why others are skipped, and the sheet as a file."""

from dataclasses import replace
from fractions import Fraction

import pytest

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan
from lipflap.core.order import Role
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.cut.cuesheet import (
    Cue,
    CueSheet,
    CueState,
    ShotFilter,
    make_cues,
    read_cues,
    reapply_overrides,
    skip,
    write_cues,
)
from lipflap.plugin.cut.cut import ClipMedia, Cut, DubLine, Shot
from lipflap.plugin.cut.decisions import Decisions, with_overrides
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange

F = Fraction
MEDIA = ClipMedia("plate.mov", FrameSpan(0, 100, F(24000, 1001)), F(24000, 1001), None)


def shot(
    name: str, start: int, *, media=MEDIA, visible: bool = True, problem: Reason | None = None
) -> Shot:
    record = TimeRange(F(start), F(start + 2))
    return Shot(name, (0, start), media, F(0), F(1), record, (record,) if visible else (), problem)


def line(start: float, end: float, role: str = Role.DUB) -> DubLine:
    return DubLine("DE_1", "de.wav", role, "Dub", F(0), TimeRange(F(start), F(end)))


def cues(shots: list[Shot], lines: list[DubLine], choice: ShotFilter) -> tuple[Cue, ...]:
    cut = Cut("reel", F(25), 0, tuple(shots), tuple(lines))
    return make_cues(cut, pair(cut.shots, cut.lines), choice)


def test_each_shot_is_ready_or_skipped_for_a_reason():
    offline = Reason(ReasonCode.MEDIA_MISSING, "Its media a.mov is not there.")
    shots = [
        shot("dubbed", 0),
        shot("silent", 2),
        shot("said that day", 4),
        shot("covered", 6, visible=False),
        shot("offline", 8, problem=offline),
        shot("title", 10, media=None),
    ]
    lines = [line(1, 2), line(4, 6, Role.PRODUCTION), line(6, 12)]
    silent = Reason(ReasonCode.NO_DUB, "No dub plays over it.")
    assert {cue.shot.name: (cue.state, cue.reason) for cue in cues(shots, lines, ShotFilter())} == {
        "dubbed": (CueState.READY, None),
        "silent": (CueState.SKIPPED, silent),
        "said that day": (CueState.SKIPPED, silent),
        "covered": (
            CueState.SKIPPED,
            Reason(ReasonCode.COVERED, "Nothing of it is visible in the cut."),
        ),
        "offline": (CueState.SKIPPED, offline),
        "title": (
            CueState.SKIPPED,
            Reason(ReasonCode.NO_MEDIA, "It has no picture media."),
        ),
    }


@pytest.mark.parametrize("state", CueState)
def test_a_cue_is_skipped_for_a_reason_and_ready_without_one(state):
    reason = None if state == CueState.SKIPPED else Reason(ReasonCode.NO_DUB, "No dub.")
    with pytest.raises(ValueError, match="for a reason"):
        replace(sheet().cues[0], state=state, reason=reason)


@pytest.mark.parametrize(
    ("choice", "ready"),
    [
        (ShotFilter(only=("SH0*",)), ["SH010", "SH020"]),
        (ShotFilter(skip=("SH0?0",)), ["take [2]"]),
        (ShotFilter(only=("SH0*",), skip=("SH020",)), ["SH010"]),
        (ShotFilter(only=("take [2]",)), ["take [2]"]),
    ],
)
def test_shots_are_chosen_by_name_and_glob(choice, ready):
    shots = [shot("SH010", 0), shot("SH020", 2), shot("take [2]", 4)]
    got = cues(shots, [line(0, 6)], choice)
    assert [cue.shot.name for cue in got if cue.state == CueState.READY] == ready


def test_a_shot_that_is_set_not_to_be_dubbed_is_skipped():
    cut = Cut("reel", F(25), 0, (shot("SH010", 0), shot("SH020", 2)), (line(0, 4),))
    decided = with_overrides(Decisions(), ["SH010"], dub=False)
    first, second = make_cues(cut, pair(cut.shots, cut.lines), ShotFilter(), decided)
    assert (first.state, first.reason.code) == (CueState.SKIPPED, ReasonCode.EXCLUDED)
    assert second.state == CueState.READY


def test_of_choice_and_decisions_the_choice_counts():
    cut = Cut("reel", F(25), 0, (shot("SH010", 0), shot("SH020", 2)), ())
    decided = with_overrides(Decisions(), ["SH010", "SH020"], face=2, model="eileen")
    first, second = make_cues(cut, (), ShotFilter(faces=(("SH020", 1),)), decided)
    assert (first.overrides.face, second.overrides.face) == (2, 1)
    assert first.overrides.model == second.overrides.model == "eileen"


@pytest.mark.parametrize(
    "choice",
    [ShotFilter(only=("SH9*",)), ShotFilter(skip=("nope",)), ShotFilter(faces=(("SH011", 1),))],
)
def test_a_name_that_no_shot_has_is_refused_listing_the_shots(choice):
    with pytest.raises(DubError, match="The cut has: SH010, SH020"):
        cues([shot("SH010", 0), shot("SH020", 2)], [line(0, 4)], choice)


def test_the_later_choice_of_a_face_counts():
    cut = Cut("reel", F(25), 0, (shot("SH010", 0), shot("SH020", 2)), ())
    made = make_cues(cut, (), ShotFilter(faces=(("SH*", 1), ("SH020", 3))))
    assert [cue.overrides.face for cue in made] == [1, 3]


def sheet() -> CueSheet:
    lines = (line(0, 3), line(0, 3, Role.PRODUCTION))
    cut = Cut("reel", F(24000, 1001), 86_400, (shot("Szene ä", 0), shot("title", 2)), lines)
    made = make_cues(cut, pair(cut.shots, cut.lines), ShotFilter())
    return CueSheet("/cuts/reel.otio", "abc", cut.rate, cut.first_frame, "signed 3 May", made)


def test_a_sheet_comes_back_from_its_file_as_it_was(tmp_path):
    path = tmp_path / "cues.json"
    path.write_text(write_cues(sheet()), encoding="utf-8")
    assert read_cues(path) == sheet()


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"lipflap.cues/13"', '"lipflap.cues/2"', "lipflap.cues/2"),
        ('"24000/1001"', "23.976", "rate must be Fraction"),
        ('"state": "ready"', '"state": "perhaps"', "perhaps"),
        ('"consent"', '"consnet"', "consent, consnet"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_naming_what_is_wrong(tmp_path, was, becomes, said):
    path = tmp_path / "cues.json"
    path.write_text(write_cues(sheet()).replace(was, becomes), encoding="utf-8")
    with pytest.raises(RecordUnreadable, match=said):
        read_cues(path)


def test_a_cue_that_is_skipped_later_keeps_its_lines():
    cue = sheet().cues[0]
    reason = Reason(ReasonCode.MEDIA_TOO_SHORT, "Its media is too short.")
    gone = skip(cue, reason)
    assert (gone.state, gone.reason, gone.record_start) == (CueState.SKIPPED, reason, None)
    assert gone.pairs == cue.pairs


def test_cues_after_other_decisions_are_those_of_a_cut_read_anew():
    shots = tuple(shot(f"SH{n}", 2 * n) for n in range(5))
    cut = Cut("reel", F(25), 0, shots, (line(0, 4), line(7, 9)))
    pairs = pair(cut.shots, cut.lines)
    decisions = Decisions()
    made = make_cues(cut, pairs, ShotFilter(), decisions)
    for names, changes in (
        (["SH0", "SH2"], {"dub": False}),
        (["SH1"], {"face": 2, "handles": 0}),
        (["SH0"], {"dub": True}),
        (["SH0", "SH1", "SH2"], {"dub": True, "face": None, "handles": None}),
    ):
        decisions = with_overrides(decisions, names, **changes)
        before, made = made, tuple(reapply_overrides(made, decisions, cut.rate))
        assert made == make_cues(cut, pairs, ShotFilter(), decisions)
        assert [new is old for new, old in zip(made, before, strict=True)][3:] == [True, True]
