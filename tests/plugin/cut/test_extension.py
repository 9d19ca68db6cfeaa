"""Which shots become longer for their dub, how long, and why others do not."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from time import process_time

import pytest
from support.cuts.laid_cut import line, shot

from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import ShotFilter
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.extension import Extended, Overhang, extend_shots, find_overhangs
from lipflap.plugin.cut.time_range import TimeRange

F = Fraction
PAL = F(25)


def _extend(shots: Sequence[Shot], *lines: DubLine, rate: Fraction = PAL) -> Extended:
    cut = Cut("cut", rate, 0, tuple(shots), tuple(lines))
    return extend_shots(cut, lines, frozenset(one.name for one in shots))


def test_a_shot_goes_on_as_long_as_its_dub_in_whole_frames() -> None:
    first, last = shot("A", 0, 3), shot("B", 8, 10)
    for rate in (F(25), F(24000, 1001)):
        said = line("hello", "de.wav", 1, 5.01)
        (longer, kept), refused = _as_pair(_extend([first, last], said, rate=rate))
        end = longer.record.end
        assert said.record.end <= end < said.record.end + 1 / rate
        assert (end * rate).denominator == 1
        assert longer.extension == end - 3
        assert longer.visible == (TimeRange(F(0), end),)
        assert longer.source_start == first.source_start
        assert (kept, refused) == (last, {})


def _as_pair(extended: Extended) -> tuple[tuple[Shot, ...], dict[str, str]]:
    return extended.shots, dict(extended.refused)


def test_only_dub_that_begins_over_a_shot_and_outlasts_it_counts() -> None:
    only = shot("A", 2, 5)
    for said in (
        line("inside", "de.wav", 2, 5),
        line("before", "de.wav", 1, 7),
        line("after", "de.wav", 5, 7),
        line("day", "day.wav", 3, 7, Role.PRODUCTION),
    ):
        assert _as_pair(_extend([only], said)) == ((only,), {})


def test_shots_that_were_not_asked_for_stay() -> None:
    shots = (shot("A", 0, 3), shot("B10", 8, 10))
    lines = (line("one", "de.wav", 1, 5), line("two", "de.wav", 9, 12))
    cut = Cut("cut", F(25), 0, shots, lines)
    names = ShotFilter(extend=("B*",)).extended(shots)
    extended = extend_shots(cut, lines, names)
    assert [one.extension for one in extended.shots] == [0, 2]


def test_a_long_cut_takes_no_longer_a_shot_than_a_short_one() -> None:
    shots = [shot(f"SH{n}", 4 * n, 4 * n + 3) for n in range(1200)]
    lines = [line(f"DE{n}", "de.wav", 4 * n + 2, 4 * n + 3.5) for n in range(1200)]
    begun = process_time()
    extended = _extend(shots, *lines)
    assert process_time() - begun < 3  # 10 s when every line is looked at for every shot
    assert {one.extension for one in extended.shots} == {F(13, 25)}


@pytest.mark.parametrize(
    ("change", "others", "end", "why"),
    [
        ({"speed": F(1, 2)}, (), 5, "retimed"),
        ({"address": (0, 1, 0)}, (), 5, "nested"),
        ({"visible": (TimeRange(F(0), F(2)),)}, (), 5, "covers its end"),
        ({"visible": ()}, (), 5, "covers its end"),
        ({}, (), 14, "more than 10 seconds"),
        ({}, (shot("next", 4, 6),), 5, "next begins before"),
        ({}, (shot("above", 3, 6, 1),), 5, "above begins before"),
        ({}, (replace(shot("off", 4, 6), visible=()),), 5, "off begins before"),
    ],
)
def test_a_shot_without_room_stays_and_says_why(
    change: dict[str, object], others: tuple[Shot, ...], end: float, why: str
) -> None:
    one = replace(shot("A", 0, 3), **change)  # type: ignore[arg-type]
    shots, refused = _as_pair(_extend([one, *others], line("hello", "de.wav", 1, end)))
    assert shots[0] == one
    assert why in refused["A"]
    assert refused["A"].startswith("It is not made longer: ")


def test_what_is_not_seen_elsewhere_is_no_obstacle() -> None:
    hidden = replace(shot("off", 4, 6, 1), visible=())
    assert _extend([shot("A", 0, 3), hidden], line("hello", "de.wav", 1, 5)).shots[0].extension == 2


def test_the_dub_that_outlasts_shots_is_found_with_what_stands_in_its_way() -> None:
    """Found shot by shot and at once, in a cut and in one whose shots were made longer."""
    chance = Random(4)
    shots = [shot(f"S{n}", 3 * n, 3 * n + chance.randrange(1, 4)) for n in range(30)]
    shots += [shot("wide", 20, 50, 1), replace(shot("slow", 95, 97), speed=F(1, 2))]
    shots.sort(key=lambda one: one.record.start)
    lines = [line(f"L{n}", "de.wav", n + 0.4, n + chance.randrange(1, 13)) for n in range(95)]
    cut = Cut("cut", PAL, 0, tuple(shots), tuple(lines))
    over = {one.name: [said for said in lines if said.record.overlap(one.record)] for one in shots}
    extended = extend_shots(cut, lines, frozenset(over))
    for given in (shots, extended.shots):
        found = find_overhangs(given, over, PAL)
        refused = {name: f"It is not made longer: {one.why_not}." for name, one in found.items()}
        assert {n: text for n, text in refused.items() if found[n].why_not} == extended.refused
        longer = {one.name: one.extension for one in extended.shots if one.extension}
        assert {n: one.seconds for n, one in found.items() if not one.why_not} == longer
        assert longer
        assert len(extended.refused) > 5
    assert find_overhangs([shot("A", 0, 3)], {"A": [line("x", "de.wav", 1, 5)]}, PAL) == {
        "A": Overhang(F(2), "")
    }
