"""Rows of clips that become tracks: storylines and connected clips, by lane.

lane 2                 [ title ]
lane 1      [ B ]x[ C ]           [ D ]     a secondary storyline, and a connected clip
storyline  [     A     ]x[        E     ]
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.fcpxml.media import time
from lipflap.plugin.timeline.item_names import DUB_NAME

Lane = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An item at its record time, in seconds."""

    start: Fraction
    end: Fraction
    item: otio.core.Item


@dataclass(frozen=True, slots=True)
class Mix:
    """A transition at its record time, in seconds."""

    start: Fraction
    end: Fraction
    name: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What keeps together on one lane: a connected clip, or a storyline with its transitions.

    lane    numbers of the lanes from the primary storyline, which is (), outwards
    cuts    record times at which its items, gaps too, begin and end
    """

    lane: Lane
    entries: tuple[Entry, ...]
    mixes: tuple[Mix, ...] = ()
    cuts: tuple[Fraction, ...] = ()

    @property
    def is_laid(self) -> bool:
        """Return whether it is connected and shows the new picture of an earlier dub."""
        return bool(self.lane) and any(DUB_NAME.fullmatch(one.item.name) for one in self.entries)

    @property
    def start(self) -> Fraction:
        """Return the record time at which it begins."""
        return min(entry.start for entry in self.entries)

    @property
    def end(self) -> Fraction:
        """Return the record time at which it ends."""
        return max(entry.end for entry in self.entries)


def stacked(units: Iterable[Unit]) -> list[list[Unit]]:
    """Return the rows from the lowest up; units of a lane that overlap lie in rows of their own.

    So do those of an earlier dub.
    """
    filled = [unit for unit in units if unit.entries]
    depth = max((len(unit.lane) for unit in filled), default=0)
    lanes: dict[tuple[Lane, bool], list[Unit]] = {}
    for unit in filled:
        lane = unit.lane + (0,) * (depth - len(unit.lane))
        lanes.setdefault((lane, unit.is_laid), []).append(unit)
    return [row for lane in sorted(lanes) for row in without_overlaps(lanes[lane])]


def without_overlaps(units: Iterable[Unit]) -> list[list[Unit]]:
    """Return rows of units in record order in which no two overlap."""
    rows: list[list[Unit]] = []
    for unit in sorted(units, key=lambda one: one.start):
        row = next((row for row in rows if row[-1].end <= unit.start), None)
        if row is None:
            rows.append(row := [])
        row.append(unit)
    return rows


def track_of(row: Iterable[Unit], kind: str, rate: Fraction, name: str = "") -> otio.schema.Track:
    """Return a row as a track that counts at `rate`."""
    track = otio.schema.Track(name, kind=kind)
    at = Fraction(0)
    for unit in row:
        track.extend(_items(unit, at, rate))
        at = unit.end
    return track


def _items(unit: Unit, at: Fraction, rate: Fraction) -> Iterator[otio.core.Composable]:
    """Yield the items of a unit, with gaps from the record time `at` on."""
    mixes = _by_cut(unit)
    for entry in sorted(unit.entries, key=lambda one: one.start):
        if entry.start > at:
            if at in mixes:
                yield _transition(mixes.pop(at), at, rate)
            yield otio.schema.Gap(duration=time(entry.start - at, rate))
        if entry.start in mixes:
            yield _transition(mixes.pop(entry.start), entry.start, rate)
        yield entry.item
        at = entry.end
    if at in mixes:
        yield _transition(mixes[at], at, rate)


def _by_cut(unit: Unit) -> dict[Fraction, Mix]:
    """Return each transition at the cut that it mixes over: the one nearest to its middle."""
    found: dict[Fraction, Mix] = {}
    for mix in unit.mixes:
        middle = (mix.start + mix.end) / 2
        cuts = [cut for cut in unit.cuts if mix.start <= cut <= mix.end]
        if cuts:
            found[min(cuts, key=lambda cut: abs(cut - middle))] = mix
    return found


def _transition(mix: Mix, cut: Fraction, rate: Fraction) -> otio.schema.Transition:
    return otio.schema.Transition(
        name=mix.name,
        transition_type="SMPTE_Dissolve",
        in_offset=time(cut - mix.start, rate),
        out_offset=time(mix.end - cut, rate),
    )
