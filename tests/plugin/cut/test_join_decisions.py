"""What two decide at once is what both would have decided one after the other."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lipflap.plugin.cut.decisions import Decisions, Slip, with_overrides
from lipflap.plugin.cut.join_decisions import join_decisions
from lipflap.plugin.cut.time_range import TimeRange

_SHOTS = [f"SH0{n}0" for n in range(1, 7)]
_STEPS = st.lists(st.tuples(st.sampled_from(_SHOTS), st.booleans(), st.integers(0, 2)), max_size=8)


def decided(decisions: Decisions, steps: list[tuple[str, bool, int]]) -> Decisions:
    for shot, dub, face in steps:
        decisions = with_overrides(decisions, [shot], dub=dub, face=face or None)
    return decisions


@given(_STEPS, _STEPS, _STEPS, st.sets(st.sampled_from(_SHOTS)))
def test_decisions_about_other_shots_are_as_if_made_one_after_the_other(first, one, other, ours):
    before = decided(Decisions(), first)
    one = [step for step in one if step[0] in ours]
    other = [step for step in other if step[0] not in ours]
    joined = join_decisions(before, decided(before, one), decided(before, other))
    assert joined == decided(decided(before, one), other)


def test_of_one_shot_theirs_counts_and_of_other_kinds_of_decisions_both():
    before = with_overrides(Decisions(consent="Anna"), ["SH010"], face=0)
    ours = replace(with_overrides(before, ["SH010"], face=1), consent="Anna and Ben")
    line = Slip("DE_1", "Dub DE", TimeRange(Fraction(1), Fraction(2)), Fraction(1, 5))
    theirs = replace(with_overrides(before, ["SH010"], face=None), slips=(line,))
    assert join_decisions(before, ours, theirs) == Decisions(consent="Anna and Ben", slips=(line,))
