"""A cut as a strip draws it: rows, edit points, and what its cue sheet says beside each shot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lipflap.core.timecode import drops_frames, timecode_of
from lipflap.gui.strip_layout import PICTURE, Row, Spans, edit_points, length, rows, spans_of
from lipflap.plugin.cuesheet import READY, Cue, CueSheet
from lipflap.plugin.cut import DubLine, Shot


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCut:
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


def drawn(sheet: CueSheet, lines: Sequence[DubLine], before: DrawnCut | None) -> DrawnCut:
    """The cut of a cue sheet; what has not moved since `before` is taken from there."""
    shots, lines = tuple(cue.shot for cue in sheet.cues), tuple(lines)
    if before and _shots(before) == shots and (before.lines, before.rate) == (lines, sheet.rate):
        laid, frames, points = before.rows, before.frames, before.points
    else:
        laid = rows(shots, lines, sheet.rate)
        frames, points = length(shots, lines, sheet.rate), edit_points(shots, sheet.rate)
    cues = {cue.shot.name: cue for cue in sheet.cues}
    filmed = tuple(_as_filmed(row, cues, sheet.rate) for row in laid)
    return DrawnCut(sheet, lines, laid, frames, points, filmed, cues)


def timecode_at(cut: DrawnCut, frame: int) -> str:
    """What the clock of the cut says at a frame, counted from the cut's first."""
    rate = cut.rate
    return timecode_of(cut.sheet.first_frame + frame, rate, drop=drops_frames(rate))


def words_beside(cue: Cue, state: str) -> str:
    """What is to be said of a shot, in a few words; empty when all is as it should be."""
    said = cue.reason or next(iter(cue.notes), "")
    return said or ("" if state == READY else state)


def shots_under(cut: DrawnCut, line: DubLine) -> set[str]:
    """The shots over which a line plays."""
    return {name for name, cue in cut.cues.items() if any(pair.line == line for pair in cue.pairs)}


def _shots(cut: DrawnCut) -> tuple[Shot, ...]:
    return tuple(cue.shot for cue in cut.sheet.cues)


def _as_filmed(row: Row, cues: Mapping[str, Cue], rate: Fraction) -> Spans:
    if row.kind != PICTURE:
        return spans_of((), rate)
    left = (stretch for item in row.items for stretch in cues[item.name].directions.leave)
    return spans_of(left, rate)
