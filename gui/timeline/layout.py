"""The rows of the timeline and their contents: pictures, below them dub, then production sound.

V2          |== SH020 ==|
V1   |== SH010 ==|////////////|== SH030 ==|      /// covered by V2
Dub DE  |= DE_1 =|       |= DE_2 =|
A1   |============ take 1 ===============|
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lipflap.core.order import Role
from lipflap.core.timecode import cut_timecode
from lipflap.gui.shots.row import LABELS
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange, difference, union

PICTURE = "picture"

Item = Shot | DubLine

_Ends = tuple[float, float]  # start and end, in frames
_Lane = list[tuple[_Ends, Item]]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Ranges sorted by their starts, so that those in view are found by bisection.

    starts, ends  in frames of record time, as float64: for pixels only
    latest_ends   for each range, the latest end of it and of all before it
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    latest_ends: NDArray[np.float64]

    def between(self, first: float, last: float) -> slice:
        """Return the index range of those that may overlap frames [first, last)."""
        return slice(
            int(np.searchsorted(self.latest_ends, first, "right")),
            int(np.searchsorted(self.starts, last, "left")),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One lane of boxes. A track has several where its boxes would hide one another.

    kind    PICTURE, Role.DUB or Role.PRODUCTION
    track   name of the track; empty for all its lanes but the uppermost
    items   by record start
    hidden  of a picture row, what is covered by rows above, or disabled
    """

    kind: str
    track: str
    items: tuple[Item, ...]
    spans: Spans
    hidden: Spans

    def at(self, first: float, last: float) -> Item | None:
        """Return the item at frames [first, last); of items that overlap, the later one."""
        rows = self.spans.between(first, last)
        for index in reversed(range(rows.start, rows.stop)):
            if self.spans.ends[index] > first:
                return self.items[index]
        return None


def make_rows(shots: Sequence[Shot], lines: Sequence[DubLine], rate: Fraction) -> tuple[Row, ...]:
    """Make the rows of a cut, from top to bottom."""
    return (*_picture_rows(shots, rate), *_all_sound_rows(lines, rate))


def _all_sound_rows(
    lines: Sequence[DubLine], rate: Fraction, before: "CutLayout | None" = None
) -> list[Row]:
    """Make the rows of all sound tracks; those whose lines are the same are as `before`."""
    tracks, known = _by_track(lines), _by_track(before.lines) if before else {}
    kept: dict[tuple[str, str], list[Row]] = {}
    for row in before.rows if before else ():
        if isinstance(line := row.items[0], DubLine):
            kept.setdefault((line.role, line.track), []).append(row)
    return [
        row
        for wanted in (Role.DUB, Role.PRODUCTION)
        for (role, track), mine in tracks.items()
        if role == wanted
        for row in (
            kept[role, track]
            if known.get((role, track)) == mine
            else _sound_rows(role, track, mine, rate)
        )
    ]


def _by_track(lines: Sequence[DubLine]) -> dict[tuple[Role, str], list[DubLine]]:
    tracks: dict[tuple[Role, str], list[DubLine]] = {}
    for line in lines:
        tracks.setdefault((line.role, line.track), []).append(line)
    return tracks


def _with_lines(cut: "CutLayout", lines: Sequence[DubLine]) -> tuple[Row, ...] | None:
    """Return the rows of a cut with other lines in the same places; None where they are others."""
    if len(lines) != len(cut.lines):
        return None
    now: dict[int, DubLine] = {}
    for old, new in zip(cut.lines, lines, strict=True):
        if old is new:
            continue
        if (old.record, old.track, old.role) != (new.record, new.track, new.role):
            return None
        now[id(old)] = new
    return tuple(
        row
        if row.kind == PICTURE
        else replace(row, items=tuple(now.get(id(item), item) for item in row.items))
        for row in cut.rows
    )


def find_edit_points(shots: Iterable[Shot], rate: Fraction) -> tuple[Fraction, ...]:
    """Return the moments at which the visible shot changes, in order."""
    visible = (part for shot in shots for part in shot.visible if part.start != part.end)
    moments = {_to_frames(end, rate): end for part in visible for end in (part.start, part.end)}
    return tuple(moments[frames] for frames in sorted(moments))


def next_point(points: Sequence[Fraction], moment: Fraction) -> Fraction | None:
    after = bisect_right(points, moment)
    return points[after] if after < len(points) else None


def previous_point(points: Sequence[Fraction], moment: Fraction) -> Fraction | None:
    before = bisect_left(points, moment)
    return points[before - 1] if before else None


def count_frames(rows: Sequence[Row], rate: Fraction) -> int:
    """Count the frames from the cut's first to its last, of picture or sound."""
    latest = max((row.spans.latest_ends[-1] for row in rows), default=0.0)
    exact = (
        row.items[number].record.end  # frames are rounded
        for row in rows
        for number in np.flatnonzero(row.spans.ends == latest)
    )
    return ceil(max(exact, default=Fraction(0)) * rate)


def spans_of(ranges: Iterable[TimeRange], rate: Fraction) -> Spans:
    """Return the ranges sorted by their starts, in frames."""
    return _spans(sorted(_to_ends(span, rate) for span in ranges))


def _spans(pairs: Sequence[_Ends]) -> Spans:
    starts, ends = np.array(pairs, np.float64).reshape(-1, 2).T
    return Spans(starts, ends, np.maximum.accumulate(ends))


def _picture_rows(shots: Sequence[Shot], rate: Fraction) -> list[Row]:
    """Make the rows of the picture tracks, the uppermost track first."""
    tracks = sorted({shot.address[0] for shot in shots})
    rows = []
    for number, track in reversed(list(enumerate(tracks, 1))):
        lanes = _assign_lanes([s for s in shots if s.address[0] == track], rate, _share_track)
        for lane in reversed(range(len(lanes))):
            name = f"V{number}" if lane == len(lanes) - 1 else ""
            rows.append(_row(PICTURE, name, lanes[lane], rate))
    return rows


def _share_track(first: Item, second: Item) -> bool:
    """Return whether two clips share a track, where only a transition makes them overlap."""
    return (
        isinstance(first, Shot)
        and isinstance(second, Shot)
        and first.address[:-1] == second.address[:-1]
    )


def _sound_rows(role: Role, track: str, lines: Sequence[DubLine], rate: Fraction) -> list[Row]:
    lanes = _assign_lanes(lines, rate, lambda first, second: False)
    return [_row(role, "" if n else track, lane, rate) for n, lane in enumerate(lanes)]


def _assign_lanes(
    items: Sequence[Item], rate: Fraction, may_overlap: Callable[[Item, Item], bool]
) -> list[_Lane]:
    """Spread the items, by start, over as few lanes as keep them from overlapping."""
    lanes: list[_Lane] = []
    pairs = [(_to_ends(item.record, rate), item) for item in items]
    for ends, item in sorted(pairs, key=lambda pair: pair[0]):
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


def _to_ends(span: TimeRange, rate: Fraction) -> _Ends:
    return _to_frames(span.start, rate), _to_frames(span.end, rate)


def _to_frames(moment: Fraction, rate: Fraction) -> float:
    """Return a moment in frames, rounded as float(Fraction) is, but faster."""
    (seconds, divisor), (frames, per) = moment.as_integer_ratio(), rate.as_integer_ratio()
    return (seconds * frames) / (divisor * per)


@dataclass(frozen=True, slots=True, eq=False)
class CutLayout:
    """All that the timeline draws of a cut.

    frames       from the cut's first to its last
    edit_points  moments at which the visible shot changes, in order
    kept         for each row, the ranges kept as filmed although their shot is dubbed
    cues         by shot name, in record order
    """

    sheet: CueSheet
    lines: tuple[DubLine, ...]
    rows: tuple[Row, ...]
    frames: int
    edit_points: tuple[Fraction, ...]
    kept: tuple[Spans, ...]
    cues: dict[str, Cue]

    @property
    def rate(self) -> Fraction:
        return self.sheet.rate


def layout_cut(sheet: CueSheet, lines: Sequence[DubLine], before: CutLayout | None) -> CutLayout:
    """Lay out the cut of a cue sheet; reuse what has not moved since `before`."""
    shots, lines = tuple(cue.shot for cue in sheet.cues), tuple(lines)
    is_same = before is not None and (_shots(before), before.rate) == (shots, sheet.rate)
    if before and is_same and (rows := _with_lines(before, lines)):
        placed_rows, frames, points = rows, before.frames, before.edit_points
    elif before and is_same:
        pictures = (row for row in before.rows if row.kind == PICTURE)
        placed_rows = (*pictures, *_all_sound_rows(lines, sheet.rate, before))
        frames, points = count_frames(placed_rows, sheet.rate), before.edit_points
    else:
        placed_rows = make_rows(shots, lines, sheet.rate)
        frames, points = count_frames(placed_rows, sheet.rate), find_edit_points(shots, sheet.rate)
    cues = {cue.shot.name: cue for cue in sheet.cues}
    kept = tuple(_kept_spans(row, cues, sheet.rate) for row in placed_rows)
    return CutLayout(sheet, lines, placed_rows, frames, points, kept, cues)


def timecode_at(cut: CutLayout, frame: int) -> str:
    """Return the record timecode of a frame, counted from the cut's first."""
    return cut_timecode(frame, cut.rate, cut.sheet.first_frame)


def describe_shot(cue: Cue, state: str, progress: str = "") -> str:
    """Return the first remark on a shot, else its state; empty when it is ready.

    progress   of its rendering, which comes before all else
    """
    remark = progress or cue.reason_text or next(iter(cue.notes), "")
    return remark or ("" if state == CueState.READY else LABELS[state])


def shots_under(cut: CutLayout, line: DubLine) -> set[str]:
    """Return the names of the shots over which a line plays."""
    return {name for name, cue in cut.cues.items() if any(pair.line == line for pair in cue.pairs)}


def _shots(cut: CutLayout) -> tuple[Shot, ...]:
    return tuple(cue.shot for cue in cut.sheet.cues)


def _kept_spans(row: Row, cues: Mapping[str, Cue], rate: Fraction) -> Spans:
    if row.kind != PICTURE:
        return spans_of((), rate)
    kept = (span for item in row.items for span in cues[item.name].overrides.exclude)
    return spans_of(kept, rate)
