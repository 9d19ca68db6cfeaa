"""A dub line that hardly reaches into a shot does not dub it; one that spills is noted."""

from fractions import Fraction as F

import pytest

from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import ShotFilter, make_cues, reapply_overrides
from lipflap.plugin.cut.cut import ClipMedia, Cut, DubLine, Shot
from lipflap.plugin.cut.decisions import Decisions, with_overrides
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.cut.spill import spill_notes
from lipflap.plugin.cut.time_range import TimeRange

RATE = F(25)


def shot(name: str, start: F, end: F, *visible: TimeRange) -> Shot:
    media = ClipMedia("plate.mov", None, RATE, None)
    record = TimeRange(start, end)
    return Shot(name, (0, int(start)), media, F(0), F(1), record, visible or (record,), None)


def line(start: F, end: F, name: str = "DE_1", role: Role = Role.DUB) -> DubLine:
    return DubLine(name, f"{name}.wav", role, role, F(0), TimeRange(start, end))


def cut(*lines: DubLine) -> Cut:
    return Cut("reel", RATE, 0, (shot("A", F(0), F(4)), shot("B", F(4), F(8))), lines)


@pytest.mark.parametrize(
    ("over_b", "is_dubbed"),
    [(F(1, 2000), False), (F(1, 25), False), (F(199, 2500), False), (F(2, 25), True), (F(1), True)],
)
def test_two_frames_of_a_line_are_needed(over_b, is_dubbed):
    made = cut(line(F(2), 4 + over_b))
    pairs = pair(made.shots, made.lines)
    a, b = make_cues(made, pairs, ShotFilter())
    assert a.reason is None
    assert (b.reason is None) is is_dubbed
    if not is_dubbed:
        assert b.reason.text == "Less than 2 frames of DE_1 play over it: too few for a dub."
    changed = tuple(reapply_overrides((a, b), with_overrides(Decisions(), ["B"], face=1), RATE))
    assert changed[1].reason == b.reason


def test_frames_in_two_visible_parts_of_a_shot_add_up():
    holes = (TimeRange(F(4), F(5)), TimeRange(F(126, 25), F(8)))
    a, b = shot("A", F(0), F(4)), shot("B", F(4), F(8), *holes)
    said = line(F(124, 25), F(127, 25))
    made = Cut("reel", RATE, 0, (a, b), (said,))
    assert make_cues(made, pair(made.shots, made.lines), ShotFilter())[1].reason is None


def test_nothing_is_said_of_sound_that_is_no_line():
    said = line(F(3), F(9))
    over = shot("B", F(4), F(5))
    pairs = pair((over,), (said,))
    assert spill_notes(over, pairs, RATE)
    assert not spill_notes(over, pairs, RATE, said)
    assert not spill_notes(over, pair((over,), (line(F(3), F(39)),)), RATE)


@pytest.mark.parametrize(("start", "end", "kind"), [(F(4), F(9), "first"), (F(0), F(5), "last")])
def test_a_line_that_begins_or_ends_with_its_shot_is_no_j_or_l_cut(start, end, kind):
    over = shot("B", F(4), F(5))
    (note,) = spill_notes(over, pair((over,), (line(start, end),)), RATE)
    assert note.startswith(f"The {kind} 25 frames of DE_1 play over it: skip")


def test_sound_of_production_does_not_count():
    made = cut(line(F(0), F(8), role=Role.PRODUCTION))
    cues = make_cues(made, pair(made.shots, made.lines), ShotFilter())
    assert [cue.reason.text for cue in cues] == ["No dub plays over it."] * 2


def test_j_and_l_cuts_are_noted_where_the_lesser_part_plays():
    for said, lesser, text in (
        (line(F(1), F(5)), 1, "The last 25 frames of DE_1 play over it (L cut)"),
        (line(F(3), F(7)), 0, "The first 25 frames of DE_1 play over it (J cut)"),
    ):
        made = cut(said)
        cues = make_cues(made, pair(made.shots, made.lines), ShotFilter())
        notes = [spill_notes(cue.shot, cue.pairs, RATE) for cue in cues]
        assert notes[lesser][0].startswith(text)
        assert notes[1 - lesser] == ()
    own = cut(line(F(1), F(5)), line(F(6), F(7), "DE_2"))
    cues = make_cues(own, pair(own.shots, own.lines), ShotFilter())
    assert spill_notes(cues[1].shot, cues[1].pairs, RATE) == ()
