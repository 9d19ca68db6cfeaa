"""Which rows a strip has and what lies in them: pictures above, the dub below, production last.

V2          |== SH020 ==|
V1   |== SH010 ==|////////////|== SH030 ==|      /// covered by V2
Dub DE  |= DE_1 =|       |= DE_2 =|
A1   |============ take 1 ===============|
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lipflap.core.order import Role
from lipflap.core.timecode import format_timecode
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange, difference, union

PICTURE = "picture"

Item = Shot | DubLine

_Ends = tuple[float, float]  # of a stretch, in frames
_Lane = list[tuple[_Ends, Item]]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches in the order of their starts, so that those in view are found without a look
    at each.

    starts, ends  in frames of record time, as float64: for pixels, never to tell when
    latest        the latest end of this one and all before it
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    latest: NDArray[np.float64]

    def between(self, first: float, last: float) -> slice:
        """Those that may hold a part of frames [first, last)."""
        return slice(
            int(np.searchsorted(self.latest, first, "right")),
            int(np.searchsorted(self.starts, last, "left")),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One lane of boxes. A track has several where its boxes would hide one another.

    kind    PICTURE, or core.order.DUB or PRODUCTION
    track   what the editor calls it; empty for all lanes of a track but its uppermost
    items   by record start
    hidden  of a picture row, what is covered by rows above, or switched off
    """

    kind: str
    track: str
    items: tuple[Item, ...]
    spans: Spans
    hidden: Spans

    def at(self, first: float, last: float) -> Item | None:
        """The uppermost item in frames [first, last), of items that overlap the later one."""
        found = self.spans.between(first, last)
        for index in reversed(range(found.start, found.stop)):
            if self.spans.ends[index] > first:
                return self.items[index]
        return None


def rows(shots: Sequence[Shot], lines: Sequence[DubLine], rate: Fraction) -> tuple[Row, ...]:
    """The rows of a cut, from top to bottom."""
    sound = [
        row
        for role in (Role.DUB, Role.PRODUCTION)
        for track in dict.fromkeys(line.track for line in lines if line.role == role)
        for row in _sound_rows(role, track, lines, rate)
    ]
    return (*_picture_rows(shots, rate), *sound)


def edit_points(shots: Iterable[Shot], rate: Fraction) -> tuple[Fraction, ...]:
    """Moments at which the audience sees another shot, in order."""
    seen = (part for shot in shots for part in shot.visible if part.start != part.end)
    moments = {_frames(end, rate): end for part in seen for end in (part.start, part.end)}
    return tuple(moments[frames] for frames in sorted(moments))


def next_point(points: Sequence[Fraction], moment: Fraction) -> Fraction | None:
    after = bisect_right(points, moment)
    return points[after] if after < len(points) else None


def point_before(points: Sequence[Fraction], moment: Fraction) -> Fraction | None:
    before = bisect_left(points, moment)
    return points[before - 1] if before else None


def length(shots: Iterable[Shot], lines: Iterable[DubLine], rate: Fraction) -> int:
    """Frames from the cut's first to its last, of picture or sound."""
    ends = [*(shot.record.end for shot in shots), *(line.record.end for line in lines)]
    return ceil(max(ends, default=Fraction(0)) * rate)


def spans_of(stretches: Iterable[TimeRange], rate: Fraction) -> Spans:
    """The stretches, in the order of their starts."""
    return _spans(sorted(_ends(stretch, rate) for stretch in stretches))


def _spans(told: Sequence[_Ends]) -> Spans:
    starts, ends = np.array(told, np.float64).reshape(-1, 2).T
    return Spans(starts, ends, np.maximum.accumulate(ends))


def _picture_rows(shots: Sequence[Shot], rate: Fraction) -> list[Row]:
    """The uppermost track first, as they lie in the cut."""
    tracks = sorted({shot.address[0] for shot in shots})
    found = []
    for number, track in reversed(list(enumerate(tracks, 1))):
        lanes = _lanes([s for s in shots if s.address[0] == track], rate, _are_neighbours)
        for lane in reversed(range(len(lanes))):
            name = f"V{number}" if lane == len(lanes) - 1 else ""
            found.append(_row(PICTURE, name, lanes[lane], rate))
    return found


def _are_neighbours(one: Item, other: Item) -> bool:
    """Whether two clips lie in one track, where nothing but a transition makes them overlap."""
    return (
        isinstance(one, Shot) and isinstance(other, Shot) and one.address[:-1] == other.address[:-1]
    )


def _sound_rows(role: Role, track: str, lines: Sequence[DubLine], rate: Fraction) -> list[Row]:
    mine = [line for line in lines if (line.role, line.track) == (role, track)]
    lanes = _lanes(mine, rate, lambda one, other: False)
    return [_row(role, "" if n else track, lane, rate) for n, lane in enumerate(lanes)]


def _lanes(
    items: Sequence[Item], rate: Fraction, may_overlap: Callable[[Item, Item], bool]
) -> list[_Lane]:
    """The items, by start, in as many lanes as let each be seen."""
    lanes: list[_Lane] = []
    told = [(_ends(item.record, rate), item) for item in items]
    for ends, item in sorted(told, key=lambda one: one[0]):
        for lane in lanes:
            (_, last_end), last = lane[-1]
            if last_end <= ends[0] or may_overlap(last, item):
                lane.append((ends, item))
                break
        else:
            lanes.append([(ends, item)])
    return lanes


def _row(kind: str, track: str, lane: _Lane, rate: Fraction) -> Row:
    items = tuple(item for _, item in lane)
    hidden: list[TimeRange] = []
    for item in items:
        if isinstance(item, Shot) and item.visible != (item.record,):
            hidden += difference([item.record], union(item.visible))
    return Row(kind, track, items, _spans([ends for ends, _ in lane]), spans_of(hidden, rate))


def _ends(stretch: TimeRange, rate: Fraction) -> _Ends:
    return _frames(stretch.start, rate), _frames(stretch.end, rate)


def _frames(moment: Fraction, rate: Fraction) -> float:
    """As Fraction would round it, without its price: a long cut asks for many."""
    (over, under), (a_second, of) = moment.as_integer_ratio(), rate.as_integer_ratio()
    return (over * a_second) / (under * of)


@dataclass(frozen=True, slots=True, eq=False)
class CutLayout:
    """What there is to draw.

    frames     from the cut's first to its last
    points     moments at which the audience sees another shot, in order
    as_filmed  for each row, what stays as it was filmed although its shot is dubbed
    cues       by shot name, in record order
    """

    sheet: CueSheet
    lines: tuple[DubLine, ...]
    rows: tuple[Row, ...]
    frames: int
    points: tuple[Fraction, ...]
    as_filmed: tuple[Spans, ...]
    cues: dict[str, Cue]

    @property
    def rate(self) -> Fraction:
        return self.sheet.rate


def layout_cut(sheet: CueSheet, lines: Sequence[DubLine], before: CutLayout | None) -> CutLayout:
    """The cut of a cue sheet; what has not moved since `before` is taken from there."""
    shots, lines = tuple(cue.shot for cue in sheet.cues), tuple(lines)
    if before and _shots(before) == shots and (before.lines, before.rate) == (lines, sheet.rate):
        laid, frames, points = before.rows, before.frames, before.points
    else:
        laid = rows(shots, lines, sheet.rate)
        frames, points = length(shots, lines, sheet.rate), edit_points(shots, sheet.rate)
    cues = {cue.shot.name: cue for cue in sheet.cues}
    filmed = tuple(_as_filmed(row, cues, sheet.rate) for row in laid)
    return CutLayout(sheet, lines, laid, frames, points, filmed, cues)


def timecode_at(cut: CutLayout, frame: int) -> str:
    """What the clock of the cut says at a frame, counted from the cut's first."""
    return format_timecode(cut.sheet.first_frame + frame, cut.rate)


def words_beside(cue: Cue, state: str) -> str:
    """What is to be said of a shot, in a few words; empty when all is as it should be."""
    said = cue.reason_text or next(iter(cue.notes), "")
    return said or ("" if state == CueState.READY else state)


def shots_under(cut: CutLayout, line: DubLine) -> set[str]:
    """The shots over which a line plays."""
    return {name for name, cue in cut.cues.items() if any(pair.line == line for pair in cue.pairs)}


def _shots(cut: CutLayout) -> tuple[Shot, ...]:
    return tuple(cue.shot for cue in cut.sheet.cues)


def _as_filmed(row: Row, cues: Mapping[str, Cue], rate: Fraction) -> Spans:
    if row.kind != PICTURE:
        return spans_of((), rate)
    left = (stretch for item in row.items for stretch in cues[item.name].overrides.exclude)
    return spans_of(left, rate)
