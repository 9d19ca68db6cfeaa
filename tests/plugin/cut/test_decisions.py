"""Decisions of an editor: kept, applied, and undone without a trace."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.cut.cast.voices import Voice
from lipflap.plugin.cut.cut import Cut, DubLine
from lipflap.plugin.cut.decisions import (
    NO_OVERRIDES,
    Decisions,
    ShotOverrides,
    Slip,
    apply_slips,
    decided_lines,
    decisions_path,
    read_decisions,
    stale_decisions,
    with_overrides,
    with_slip,
    with_voice,
    write_decisions,
)
from lipflap.plugin.cut.time_range import TimeRange

F = Fraction
LINES = tuple(
    DubLine(f"DE_{n}", "de.wav", Role.DUB, "Dub", F(n), TimeRange(F(4 * n), F(4 * n + 2)))
    for n in range(3)
)
moves = st.lists(
    st.tuples(st.integers(0, 2), st.fractions(-5, 5, max_denominator=24)), min_size=1, max_size=8
)


def test_decisions_come_back_from_their_file_as_they_were(tmp_path):
    decided = Decisions(
        dub="track:Dub DE",
        consent="J. Doe",
        overrides={
            "SH 010 ü": ShotOverrides(
                False, 2, (TimeRange(F(1, 3), F(2)),), "eileen", "draft", 0, extend=True
            )
        },
        slips=(Slip("DE_1", "Dub", TimeRange(F(0), F(1001, 24000)), F(-1001, 24000)),),
        voices=(Voice("Anna", "Dub"), Voice("Ben", "Dub", "DE_1", TimeRange(F(0), F(1)))),
    )
    path = tmp_path / "decisions.json"
    path.write_text(write_decisions(decided), encoding="utf-8")
    assert read_decisions(path) == decided


def test_a_file_that_holds_something_else_is_refused_by_name(tmp_path):
    path = tmp_path / "decisions.json"
    path.write_text(write_decisions(Decisions()).replace("consent", "content"), encoding="utf-8")
    with pytest.raises(RecordUnreadable, match="content"):
        read_decisions(path)


def test_decisions_lie_beside_the_cut_and_are_named_like_it():
    assert decisions_path(Path("/cuts/reel 2.v3.otio")) == Path("/cuts/reel 2.v3.decisions.json")


def test_directing_back_to_how_the_cut_has_it_leaves_nothing_behind():
    decided = with_overrides(Decisions(), ["SH010", "SH020"], face=1)
    decided = with_overrides(decided, ["SH010"], model="eileen")
    assert decided.overrides["SH010"] == ShotOverrides(face=1, model="eileen")
    back = with_overrides(decided, ["SH010", "SH020"], face=None, model=None)
    assert back == Decisions()
    assert with_overrides(Decisions(), ["SH010"], dub=True) == Decisions()


@given(moves)
def test_slips_add_up_wherever_a_line_lies_by_now(steps):
    """Against a list of starts that is moved along."""
    starts = [line.record.start for line in LINES]
    decided = Decisions()
    for which, by in steps:
        lines = apply_slips(LINES, decided.slips)
        decided = with_slip(decided, lines[which], by)
        starts[which] += by
    now = apply_slips(LINES, decided.slips)
    assert [line.record.start for line in now] == starts
    assert [line.record.seconds for line in now] == [F(2)] * 3
    assert [line.sound_start for line in now] == [line.sound_start for line in LINES]
    assert len(decided.slips) == sum(
        a != b.record.start for a, b in zip(starts, LINES, strict=True)
    )


def test_two_lines_that_come_to_lie_alike_stay_two():
    """The same name twice on one track, one slipped onto the other's place."""
    twins = tuple(
        DubLine("DE", "de.wav", Role.DUB, "Dub", F(0), TimeRange(F(at), F(at + 2))) for at in (0, 4)
    )
    decided = with_slip(Decisions(), twins[0], F(4))
    first, second = apply_slips(twins, decided.slips)
    assert first.record == second.record
    assert apply_slips(twins, with_slip(decided, first, F(-4)).slips)[1] == twins[1]


def test_what_is_decided_of_shots_that_are_gone_is_told():
    decided = with_overrides(Decisions(), ["SH999"], face=1)
    decided = with_slip(decided, LINES[0], F(1))
    assert stale_decisions(decided, Cut("reel", F(25), 0, (), LINES)) == ("SH999",)
    assert stale_decisions(decided, Cut("reel", F(25), 0, (), LINES[1:])) == ("SH999", "DE_0")
    assert ShotOverrides() == NO_OVERRIDES


def test_decisions_of_before_there_were_references_are_read(tmp_path):
    """An editor's work is not lost with a new version."""
    path = tmp_path / "reel.decisions.json"
    kept = with_overrides(Decisions(dub="track:Dub DE"), ["SH010"], face=2)
    old = json.loads(write_decisions(kept))
    old["schema"] = "lipflap.decisions/2"
    del old["speakers"]
    del old["references"]
    del old["voices"]
    del old["dub_channel"]
    del old["project"]
    for name in ("blink", "extend", "mode", "seed"):
        del old["overrides"]["SH010"][name]
    path.write_text(json.dumps(old))
    assert read_decisions(path) == kept
    path.write_text(json.dumps(old | {"more": 1}))
    with pytest.raises(DubError, match="more"):
        read_decisions(path)
    for broken in ({"overrides": [1]}, {"overrides": {"SH010": 3}}, {"overrides": None}):
        path.write_text(json.dumps(old | broken))
        with pytest.raises(DubError, match=r"reel\.decisions\.json"):
            read_decisions(path)


def test_decisions_of_before_stills_could_blink_are_read(tmp_path):
    kept = with_overrides(Decisions(references=("a.mov",)), ["SH010"], extend=True)
    old = json.loads(write_decisions(kept)) | {"schema": "lipflap.decisions/6"}
    del old["dub_channel"]
    del old["project"]
    for name in ("blink", "mode", "seed"):
        del old["overrides"]["SH010"][name]
    (tmp_path / "reel.decisions.json").write_text(json.dumps(old))
    assert read_decisions(tmp_path / "reel.decisions.json") == kept


def test_decisions_of_before_there_were_project_settings_are_read(tmp_path):
    kept = with_overrides(Decisions(consent="Anna"), ["SH010"], blink=True)
    old = json.loads(write_decisions(kept)) | {"schema": "lipflap.decisions/7"}
    del old["dub_channel"]
    del old["project"]
    del old["overrides"]["SH010"]["mode"]
    del old["overrides"]["SH010"]["seed"]
    (tmp_path / "reel.decisions.json").write_text(json.dumps(old))
    assert read_decisions(tmp_path / "reel.decisions.json") == kept


@pytest.mark.parametrize("wrong", [{"handles": -1}, {"mode": "fast"}, {"tracker": "mine"}])
def test_project_settings_that_there_are_not_are_refused_by_name(wrong, tmp_path):
    body = json.loads(write_decisions(Decisions()))
    path = tmp_path / "reel.decisions.json"
    path.write_text(json.dumps(body | {"project": body["project"] | wrong}))
    with pytest.raises(DubError, match="project"):
        read_decisions(path)


def test_a_line_is_said_by_whom_an_editor_says_wherever_it_is_slipped():
    decided = with_voice(Decisions(), LINES[0], "Anna", track=True)
    decided = with_slip(decided, LINES[1], F(1, 4))
    moved = decided_lines(LINES, decided)[1]
    decided = with_voice(decided, moved, "Ben", track=False)
    now = decided_lines(LINES, decided)
    assert [line.character for line in now] == ["Anna", "Ben", "Anna"]
    assert now[1].record == moved.record
    back = with_slip(decided, now[1], F(-1, 4))
    assert [line.character for line in decided_lines(LINES, back)] == ["Anna", "Ben", "Anna"]
    nobody = with_voice(back, decided_lines(LINES, back)[1], "", track=False)
    assert [line.character for line in decided_lines(LINES, nobody)] == ["Anna", "", "Anna"]
    all_hers = with_voice(nobody, LINES[0], "Eva", track=True)
    assert {line.character for line in decided_lines(LINES, all_hers)} == {"Eva"}


def test_a_voice_of_a_line_that_is_gone_is_stale():
    decided = with_voice(Decisions(), LINES[2], "Ben", track=False)
    cut = Cut("cut", F(25), 0, (), LINES)
    assert stale_decisions(decided, cut) == ()
    assert stale_decisions(decided, replace(cut, lines=LINES[:2])) == ("DE_2",)
