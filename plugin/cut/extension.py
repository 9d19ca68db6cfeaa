"""Shots made longer for a dub that outlasts them, where the cut shows nothing after them.

    shot     |====== shot ======|........|     |== next ==|      . what is added
    line            |--- line -----------|

What is added is shown from the handles first, and beyond them from frames of the shot that stand
for those that were not filmed. Off unless an editor asks for it, shot by shot.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import ceil

from lipflap.core.order import Role
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange

MAX_EXTENSION_S = 10


@dataclass(frozen=True, slots=True)
class Extended:
    """The shots of a cut, some of them longer.

    refused  why a shot is not longer, by name, where its dub outlasts it
    """

    shots: tuple[Shot, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Overhang:
    """The dub of a shot that goes on after the shot.

    seconds   of it, in whole frames
    why_not   why the shot cannot be made as long; empty when it can, or is
    """

    seconds: Fraction
    why_not: str


def extend_shots(cut: Cut, lines: Sequence[DubLine], names: frozenset[str]) -> Extended:
    """Make the named shots of a cut as long as the lines of dub that begin over them.

    lines  as they lie in the cut
    """
    refused = {}
    shots = list(cut.shots)
    said = sorted(lines, key=lambda line: line.record.start)
    starts = [line.record.start for line in said]
    shots_between = _by_time(cut.shots)
    for number, shot in enumerate(cut.shots):
        if shot.name not in names:
            continue
        first, last = (bisect_left(starts, at) for at in (shot.record.start, shot.record.end))
        end = _end_of_dub(shot, said[first:last], cut.rate)
        if end is None:
            continue
        if why := _why_not(shot, end, shots_between(shot.record.end, end)):
            refused[shot.name] = f"It is not made longer: {why}."
        else:
            shots[number] = _longer(shot, end)
    return Extended(tuple(shots), refused)


def find_overhangs(
    shots: Sequence[Shot], lines_over: Mapping[str, Sequence[DubLine]], rate: Fraction
) -> dict[str, Overhang]:
    """Return by shot name what dub begins over a shot and outlasts it; others are left out.

    shots        of a whole cut, in record order; those that are made longer count as they were
    lines_over   the lines that play over each, by its name
    rate         frames per second of the cut
    """
    filmed = [_as_in_the_cut(shot) for shot in shots]
    shots_between = _by_time(filmed)
    found = {}
    for shot in filmed:
        end = _end_of_dub(shot, lines_over.get(shot.name, ()), rate)
        if end is not None:
            why_not = _why_not(shot, end, shots_between(shot.record.end, end))
            found[shot.name] = Overhang(end - shot.record.end, why_not)
    return found


def _by_time(shots: Sequence[Shot]) -> Callable[[Fraction, Fraction], Sequence[Shot]]:
    """Return a function from two moments to the shots, given in record order, between them."""
    starts = [shot.record.start for shot in shots]
    latest = list(accumulate((shot.record.end for shot in shots), max))
    return lambda start, end: shots[bisect_right(latest, start) : bisect_left(starts, end)]


def _as_in_the_cut(shot: Shot) -> Shot:
    """Return a shot without what it was made longer by."""
    if not shot.extension:
        return shot
    end = shot.record.end - shot.extension
    *before, last = shot.visible
    return replace(
        shot,
        record=TimeRange(shot.record.start, end),
        visible=(*before, TimeRange(last.start, end)),
        extension=Fraction(0),
    )


def _end_of_dub(shot: Shot, lines: Sequence[DubLine], rate: Fraction) -> Fraction | None:
    """Return the end of the dub that begins over a shot and outlasts it, in whole frames."""
    ends = [
        line.record.end
        for line in lines
        if line.role == Role.DUB
        and shot.record.start <= line.record.start < shot.record.end < line.record.end
    ]
    return ceil(max(ends) * rate) / rate if ends else None


def _why_not(shot: Shot, end: Fraction, shots: Sequence[Shot]) -> str:
    """Return why a shot cannot go on until `end`; empty when it can.

    shots   of the cut: all that lie where it would go on, at least
    """
    added = TimeRange(shot.record.end, end)
    if shot.speed != 1:
        return "it is retimed"
    if len(shot.address) != 2:
        return "it lies in a nested sequence"
    if not shot.visible or shot.visible[-1].end != shot.record.end:
        return "something covers its end"
    if added.seconds > MAX_EXTENSION_S:
        return f"its dub outlasts it by more than {MAX_EXTENSION_S} seconds"
    for other in shots:
        if other is shot or not other.record.overlap(added):
            continue
        if other.address[0] == shot.address[0] or any(map(added.overlap, other.visible)):
            return f"{other.name} begins before its dub ends"
    return ""


def _longer(shot: Shot, end: Fraction) -> Shot:
    *before, last = shot.visible
    return replace(
        shot,
        record=TimeRange(shot.record.start, end),
        visible=(*before, TimeRange(last.start, end)),
        extension=end - shot.record.end,
    )
