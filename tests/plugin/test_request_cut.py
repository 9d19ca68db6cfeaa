"""A changed decision about lines gives the cue sheet that is made anew from all of them."""

import random
from fractions import Fraction

import pytest
from support.cuts.laid_cut import RATE, line, shot

from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import CueSheet, ShotFilter, make_cues
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.decisions import (
    Decided,
    Decisions,
    decided_lines,
    with_overrides,
    with_slip,
    with_voice,
)
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.request_cut import with_decisions


def random_cut(chance: random.Random) -> Cut:
    shots = [shot(f"SH{n}", 2 * n, 2 * n + 2) for n in range(20)]
    lines = []
    for role, names in ((Role.DUB, "DE"), (Role.PRODUCTION, "DAY")):
        for _ in range(15):
            start = chance.randrange(0, 38)
            name = f"{names}_{chance.randrange(6)}"  # several lines have the same name
            lines.append(line(name, "a.wav", start, start + chance.randrange(1, 5), role))
    return Cut("cut", RATE, 0, tuple(shots), tuple(lines))


def changed(decisions: Decisions, cut: Cut, chance: random.Random) -> Decisions:
    """The decisions and one more, about a line as it lies now or about a shot."""
    now = [one for one in decided_lines(cut.lines, decisions) if one.role == Role.DUB]
    one, step = chance.choice(now), chance.randrange(4)
    if step == 0:
        return with_slip(decisions, one, Fraction(chance.randrange(-50, 51), 25))
    if step == 1:
        return with_voice(decisions, one, chance.choice(("ANNA", "BEN", "")), track=False)
    if step == 2:
        return with_voice(decisions, one, chance.choice(("ANNA", "BEN")), track=True)
    longer = chance.random() < 0.2
    shots = [chance.choice(cut.shots).name]
    return with_overrides(decisions, shots, dub=chance.random() < 0.5, extend=longer)


@pytest.mark.parametrize("seed", range(8))
def test_after_any_decisions_the_cues_are_those_of_a_cut_read_anew(seed):
    chance = random.Random(seed)
    cut, before = random_cut(chance), Decisions()
    cues = make_cues(cut, pair(cut.shots, cut.lines), ShotFilter(), before)
    sheet = CueSheet("cut.otio", "", RATE, 0, "", cues, sounds=cut.lines[:1])
    decided = Decided(before, cut.lines)
    for _ in range(25):
        after = changed(before, cut, chance)
        lines = decided_lines(cut.lines, after, decided.lines)
        assert lines == decided_lines(cut.lines, after)
        sheet = with_decisions(sheet, cut, decided, Decided(after, lines))
        if not after.extended:
            assert sheet.cues == make_cues(cut, pair(cut.shots, lines), ShotFilter(), after)
        if after.slips or after.voices:
            assert sheet.sounds == tuple(one for one in lines if one.role == Role.DUB)
        before, decided = after, Decided(after, lines)
