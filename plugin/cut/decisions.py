"""What an editor decided about a cut: which shots, which faces, which models, where lines lie.

Kept apart from the cut, which stays as it is, and from the cue sheet, which follows from both:

    cut  +  decisions  ->  cue sheet  ->  orders
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.plugin.cut.cut import Cut, DubLine
from lipflap.plugin.cut.time_range import TimeRange

DECISIONS_SCHEMA = "lipflap.decisions/1"


@dataclass(frozen=True, slots=True)
class ShotOverrides:
    """What is decided for one shot; None is as for the whole cut.

    dub      False: the shot stays as it is
    face     number of the face track to repaint, None for the suggested one
    leave    record time in which the mouth stays as it was filmed
    quality  a name in plugin.quality
    handles  frames beyond what the cut shows
    """

    dub: bool = True
    face: int | None = None
    leave: tuple[TimeRange, ...] = ()
    model: str | None = None
    quality: str | None = None
    handles: int | None = None

    def __post_init__(self) -> None:
        if (self.face or 0) < 0 or (self.handles or 0) < 0:
            raise ValueError("faces and handles count from 0")


NO_OVERRIDES = ShotOverrides()


@dataclass(frozen=True, slots=True)
class Slip:
    """A dub line that plays elsewhere than the cut has it.

    line, track, record   which line: as the cut has it
    by                    seconds later; earlier when negative
    """

    line: str
    track: str
    record: TimeRange
    by: Fraction


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that was decided about a cut.

    dub, dub_at  where the dub comes from, as the command line says it; None: the cut tells
    consent      who allowed the performers' mouths to be changed
    directions   by shot name; what is not there is as the cut
    slips        one a line at most
    """

    dub: str | None = None
    dub_at: str | None = None
    consent: str = ""
    directions: dict[str, ShotOverrides] = field(default_factory=dict)
    slips: tuple[Slip, ...] = ()


def overrides_path(cut: Path) -> Path:
    """Where the decisions about a cut are kept."""
    return cut.with_name(f"{cut.stem}.decisions.json")


def write_decisions(decisions: Decisions) -> str:
    return to_json(DECISIONS_SCHEMA, decisions)


def read_decisions(path: Path) -> Decisions:
    """Raises RecordUnreadable when the file is missing or holds no decisions."""
    return from_json(DECISIONS_SCHEMA, Decisions, read_text(path), where=str(path))


def with_overrides(decisions: Decisions, shots: Iterable[str], **changes: object) -> Decisions:
    """The decisions with `changes` to the directions of these shots."""
    directions = dict(decisions.directions)
    for shot in shots:
        new = replace(directions.get(shot, NO_OVERRIDES), **changes)  # type: ignore[arg-type]
        directions.pop(shot, None)
        if new != NO_OVERRIDES:
            directions[shot] = new
    return replace(decisions, directions=directions)


def with_slip(decisions: Decisions, line: DubLine, by: Fraction) -> Decisions:
    """The decisions with a line, as it lies now, laid `by` seconds later than now."""
    slip = next((s for s in decisions.slips if _apply_slip(s) == _place(line)), None)
    slip = slip or Slip(line.name, line.track, line.record, Fraction(0))
    others = tuple(s for s in decisions.slips if _whose(s) != _whose(slip))
    moved = replace(slip, by=slip.by + by)
    return replace(decisions, slips=(*others, moved) if moved.by else others)


def apply_slips(lines: Sequence[DubLine], slips: Sequence[Slip]) -> tuple[DubLine, ...]:
    """The lines where they are decided to play."""
    by = {_whose(slip): slip.by for slip in slips}
    if not by:
        return tuple(lines)
    return tuple(_later(line, by.get(_place(line), Fraction(0))) for line in lines)


def stale_overrides(decisions: Decisions, cut: Cut) -> tuple[str, ...]:
    """Names of shots and lines that something was decided about and that the cut has no more."""
    shots = {shot.name for shot in cut.shots}
    gone = [name for name in decisions.directions if name not in shots]
    if not decisions.slips:
        return tuple(gone)
    lines = {_place(line) for line in cut.lines}
    return (*gone, *(slip.line for slip in decisions.slips if _whose(slip) not in lines))


Place = tuple[str, str, TimeRange]


def _place(line: DubLine) -> Place:
    return line.name, line.track, line.record


def _whose(slip: Slip) -> Place:
    return slip.line, slip.track, slip.record


def _apply_slip(slip: Slip) -> Place:
    return slip.line, slip.track, _shifted(slip.record, slip.by)


def _later(line: DubLine, by: Fraction) -> DubLine:
    return replace(line, record=_shifted(line.record, by)) if by else line


def _shifted(stretch: TimeRange, by: Fraction) -> TimeRange:
    return TimeRange(stretch.start + by, stretch.end + by)
