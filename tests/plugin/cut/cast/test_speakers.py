"""Characters of a dub, and the faces by which they are known."""

from dataclasses import replace
from fractions import Fraction

import pytest

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.plugin.cut.cast.speakers import ShownFace, speaker_notes, speakers_over
from lipflap.plugin.cut.cuesheet import ShotFilter, make_cues, reapply_overrides
from lipflap.plugin.cut.cut import Cut, DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import Decisions, stale_decisions, with_overrides, with_speaker
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.cut.time_range import TimeRange

RECORD = TimeRange(Fraction(0), Fraction(2))
ANNA, BERT = ShownFace("ANNA", "SH010", 1), ShownFace("Bert", "SH020", 0)


def line(character: str, track: str = "Dub", role: Role = Role.DUB) -> DubLine:
    name = character or track
    return DubLine(name, "x.wav", role, track, Fraction(0), RECORD, character=character)


def pairs(*lines: DubLine) -> list[DubPair]:
    return [DubPair("SH010", one, RECORD) for one in lines]


LATER = replace(line("", "Dub 2"), sound_start=Fraction(1))
PRODUCTION = line("", "Boom", Role.PRODUCTION)


@pytest.mark.parametrize(
    ("lines", "shown", "face", "words"),
    [
        ([line("ANNA")], (), None, None),
        ([line("ANNA"), line("anna", "Dub 2")], (), None, None),
        ([line("", "Dub 1"), LATER, PRODUCTION], (), None, "production sound then"),
        ([line("", "Dub L"), line("", "Dub R"), PRODUCTION], (), None, None),
        ([line("ANNA"), line("BERT"), PRODUCTION], (), None, "--speaker ANNA=SH010:N"),
        ([line("ANNA"), line("BERT")], (ANNA,), None, "without production sound"),
        ([line("ANNA"), line("BERT")], (ANNA,), None, "--speaker BERT=SH010:N"),
        ([line("ANNA"), line("BERT")], (ANNA, BERT), None, "the face of its character"),
        ([line("ANNA"), line("BERT")], (), 1, "all go to face 1"),
        ([line("ANNA + BERT")], (ANNA,), None, "--speaker BERT=SH010:N"),
    ],
)
def test_lines_of_several_are_noted(
    lines: list[DubLine], shown: tuple[ShownFace, ...], face: int | None, words: str | None
) -> None:
    notes = speaker_notes(pairs(*lines), shown, face)
    assert words is None if not notes else words is not None and words in notes[0]


def test_a_shot_wants_the_faces_of_its_characters_or_all_while_one_is_unknown() -> None:
    assert speakers_over(pairs(line("anna")), (ANNA, BERT)) == (ANNA,)
    assert speakers_over(pairs(line("Anna + Bert")), (ANNA, BERT)) == (ANNA, BERT)
    assert speakers_over(pairs(line("CLARA")), (ANNA, BERT)) == (ANNA, BERT)
    assert speakers_over(pairs(line(""), PRODUCTION), (ANNA, BERT)) == ()


def cut() -> Cut:
    shots = tuple(
        Shot(name, (0, n), None, Fraction(0), Fraction(1), RECORD, (RECORD,), None)
        for n, name in enumerate(("SH010", "SH020"))
    )
    return Cut("reel", Fraction(25), 0, shots, (line("ANNA"), PRODUCTION))


def test_a_face_that_is_shown_goes_to_each_shot_with_its_numbering() -> None:
    decided = with_speaker(Decisions(), ANNA)
    given = cut()
    found = make_cues(given, pair(given.shots, given.lines), ShotFilter(), decided)
    assert [cue.speakers for cue in found] == [(ANNA,), (ANNA,)]
    changed = with_overrides(decided, ["SH010"], handles=3)
    again = tuple(reapply_overrides(found, changed, given.rate))
    assert [cue.speakers[0].handles for cue in again] == [3, 3]


@pytest.mark.parametrize(
    ("shown", "words"),
    [(ShownFace("ANA", "SH010", 0), "of ANNA"), (ShownFace("ANNA", "SH99", 0), "SH010, SH020")],
)
def test_a_misspelt_name_is_refused(shown: ShownFace, words: str) -> None:
    given = cut()
    with pytest.raises(DubError, match=words):
        make_cues(given, pair(given.shots, given.lines), ShotFilter(speakers=(shown,)))


def test_decisions_keep_one_character_a_face_and_one_face_a_character_in_a_shot() -> None:
    decided = Decisions()
    for shown in (ANNA, BERT, ShownFace("anna", "SH020", 1), ShownFace("Clara", "SH020", 0)):
        decided = with_speaker(decided, shown)
    assert [(one.character, one.shot, one.face) for one in decided.speakers] == [
        ("ANNA", "SH010", 1),
        ("anna", "SH020", 1),
        ("Clara", "SH020", 0),
    ]
    moved = with_speaker(decided, ShownFace("ANNA", "SH010", 0))
    assert [one.face for one in moved.speakers if one.shot == "SH010"] == [0]
    assert stale_decisions(with_speaker(decided, ShownFace("D", "SH99", 0)), cut()) == ("SH99",)
