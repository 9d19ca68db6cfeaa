"""Decisions of an editor about a cut: which shots, which faces, which models, where lines lie.

Kept apart from the cut, which stays as it is, and from the cue sheet, which follows from both:

    cut  +  decisions  ->  cue sheet  ->  orders
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from lipflap.core.order import Mode
from lipflap.core.serialize import from_json, parse_json, read_text, to_json, unreadable_fix
from lipflap.plugin.cut.cast.speakers import ShownFace
from lipflap.plugin.cut.cast.voices import Voice, apply_voices
from lipflap.plugin.cut.cut import Cut, DubLine
from lipflap.plugin.cut.project_settings import NO_SETTINGS, ProjectSettings
from lipflap.plugin.cut.time_range import TimeRange

DECISIONS_SCHEMA = "lipflap.decisions/8"
_OLDER: dict[str, dict[str, list[object]]] = {  # what decisions of these schemas lack
    "lipflap.decisions/2": {"references": [], "speakers": [], "voices": []},
    "lipflap.decisions/3": {"speakers": [], "voices": []},
    "lipflap.decisions/4": {"voices": []},
    "lipflap.decisions/5": {},
    "lipflap.decisions/6": {},
    "lipflap.decisions/7": {},
}
_OLDER_OVERRIDES: dict[str, object] = {  # what those lack
    "extend": False,
    "blink": False,
    "mode": None,
    "seed": None,
}


_NO_DECISIONS = (ValueError, RecursionError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class ShotOverrides:
    """Decisions about one shot; None is as for the whole cut.

    dub      False: the shot is not dubbed
    face     number of the face track to repaint, None for the suggested one
    exclude  record time in which the mouth stays as it was filmed
    quality  a name in plugin.order.quality
    handles  frames beyond what the cut shows
    seed     of what is drawn
    extend   True: the shot goes on until its dub ends, where it can
    blink    True: in stills of the shot, eyes close now and then
    """

    dub: bool = True
    face: int | None = None
    exclude: tuple[TimeRange, ...] = ()
    model: str | None = None
    quality: str | None = None
    handles: int | None = None
    extend: bool = False
    blink: bool = False
    mode: Mode | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if min(self.face or 0, self.handles or 0, self.seed or 0) < 0:
            raise ValueError("faces, handles and seeds count from 0")


NO_OVERRIDES = ShotOverrides()


@dataclass(frozen=True, slots=True)
class Slip:
    """A dub line moved in time.

    line, track, record   which line: as the cut has it
    offset_s              seconds later; earlier when negative
    """

    line: str
    track: str
    record: TimeRange
    offset_s: Fraction


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions about a cut.

    dub, dub_at  where the dub comes from, as on the command line; None: the cut tells
    consent      who allowed the performers' mouths to be changed
    overrides    by shot name; a shot that is not there is as the cut
    slips        one a line at most
    references   absolute paths of more films of the actors
    speakers     faces shown to be characters
    voices       who says lines, one a line or track at most
    dub_channel  number of the channel of given sound files that is the voice, from 0; None for the
                 one that is found to be
    project      how shots are rendered where their overrides say nothing else
    """

    dub: str | None = None
    dub_at: str | None = None
    consent: str = ""
    overrides: dict[str, ShotOverrides] = field(default_factory=dict)
    slips: tuple[Slip, ...] = ()
    references: tuple[str, ...] = ()
    speakers: tuple[ShownFace, ...] = ()
    voices: tuple[Voice, ...] = ()
    dub_channel: int | None = None
    project: ProjectSettings = NO_SETTINGS

    def __post_init__(self) -> None:
        if (self.dub_channel or 0) < 0:
            raise ValueError("channels count from 0")

    @property
    def extended(self) -> frozenset[str]:
        """Return the names of the shots that go on until their dub ends."""
        return frozenset(name for name, one in self.overrides.items() if one.extend)

    @property
    def blinking(self) -> frozenset[str]:
        """Return the names of the shots in whose stills eyes close now and then."""
        return frozenset(name for name, one in self.overrides.items() if one.blink)


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions about a cut, and its lines as decided."""

    decisions: Decisions
    lines: tuple[DubLine, ...]


def decisions_path(cut: Path, language: str = "") -> Path:
    """Return where the decisions about a cut are kept.

    language   name of a further dub of it; see cut.languages
    """
    return cut.with_name(f"{cut.stem}.decisions{'.' if language else ''}{language}.json")


def write_decisions(decisions: Decisions) -> str:
    """Return the decisions as JSON."""
    return to_json(DECISIONS_SCHEMA, decisions)


def read_decisions(path: Path) -> Decisions:
    """Read decisions, also as earlier releases wrote them.

    Raises RecordUnreadable when the file is missing or holds none.
    """
    with unreadable_fix("Correct it, or put a copy of it back."):
        return _decisions_in(read_text(path), where=str(path))


def _decisions_in(text: str, *, where: str) -> Decisions:
    with suppress(*_NO_DECISIONS):  # from_json says what is wrong
        body = parse_json(text)
        if isinstance(body, dict) and body.get("schema") in _OLDER:
            overrides = {n: _OLDER_OVERRIDES | one for n, one in body["overrides"].items()}
            newer: dict[str, object] = {"schema": DECISIONS_SCHEMA, "overrides": overrides}
            newer |= {"dub_channel": None, "project": asdict(NO_SETTINGS)}
            text = json.dumps(body | newer | _OLDER[body["schema"]])
    return from_json(DECISIONS_SCHEMA, Decisions, text, where=where)


def with_overrides(decisions: Decisions, shots: Iterable[str], **changes: object) -> Decisions:
    """Return the decisions with `changes` to the overrides of these shots."""
    overrides = dict(decisions.overrides)
    for shot in shots:
        new = replace(overrides.get(shot, NO_OVERRIDES), **changes)  # type: ignore[arg-type]
        overrides.pop(shot, None)
        if new != NO_OVERRIDES:
            overrides[shot] = new
    return replace(decisions, overrides=overrides)


def with_speaker(decisions: Decisions, shown: ShownFace) -> Decisions:
    """Return the decisions with a face shown to be a character, beside other shots' of the same.

    In that shot no other face is that character, and that face is nobody else.
    """

    def is_other(one: ShownFace) -> bool:
        is_same = one.character.casefold() == shown.character.casefold()
        return one.shot != shown.shot or not (is_same or one.face == shown.face)

    others = tuple(one for one in decisions.speakers if is_other(one))
    return replace(decisions, speakers=(*others, shown))


def with_slip(decisions: Decisions, line: DubLine, offset_s: Fraction) -> Decisions:
    """Return the decisions with a line, as it lies now, `offset_s` seconds later than now."""
    slip = _slip_of(decisions, line)
    others = tuple(s for s in decisions.slips if _slip_key(s) != _slip_key(slip))
    moved = replace(slip, offset_s=slip.offset_s + offset_s)
    return replace(decisions, slips=(*others, moved) if moved.offset_s else others)


def with_voice(decisions: Decisions, line: DubLine, character: str, *, track: bool) -> Decisions:
    """Return the decisions with a line, as it lies now, said by a character.

    track   so are all lines of its track, whatever was decided about single ones
    """
    if track:
        others = tuple(voice for voice in decisions.voices if voice.track != line.track)
        return replace(decisions, voices=(*others, Voice(character, line.track)))
    record = _slip_of(decisions, line).record
    said = Voice(character, line.track, line.name, record)
    others = tuple(v for v in decisions.voices if replace(v, character=character) != said)
    return replace(decisions, voices=(*others, said))


def decided_lines(
    lines: Sequence[DubLine], decisions: Decisions, known: Sequence[DubLine] = ()
) -> tuple[DubLine, ...]:
    """Return the lines of a cut as decided: said by whom, and at which times.

    known   the same lines as they were decided before: those that are so again are returned
    """
    return apply_slips(apply_voices(lines, decisions.voices, known), decisions.slips)


def _slip_of(decisions: Decisions, line: DubLine) -> Slip:
    """Return the slip of a line as it lies now; one of 0 s if it was not slipped."""
    found = (slip for slip in decisions.slips if _slipped_key(slip) == _line_key(line))
    return next(found, Slip(line.name, line.track, line.record, Fraction(0)))


def apply_slips(lines: Sequence[DubLine], slips: Sequence[Slip]) -> tuple[DubLine, ...]:
    """Return the lines at their slipped times."""
    offsets_s = {_slip_key(slip): slip.offset_s for slip in slips}
    slipped = {slip.line for slip in slips}  # names, as they are faster to look up than lines
    return tuple(
        _later(line, offsets_s.get(_line_key(line), Fraction(0))) if line.name in slipped else line
        for line in lines
    )


def slip_offsets(lines: Iterable[DubLine], slips: Sequence[Slip]) -> dict[DubLine, Fraction]:
    """Return how many seconds later each slipped line plays, by the line as it lies now."""
    offsets_s = {_slipped_key(slip): slip.offset_s for slip in slips}
    slipped = {slip.line for slip in slips}
    found = ((line, offsets_s.get(_line_key(line))) for line in lines if line.name in slipped)
    return {line: offset_s for line, offset_s in found if offset_s}


def stale_decisions(decisions: Decisions, cut: Cut) -> tuple[str, ...]:
    """Return the names of shots and lines that have decisions, but are not in the cut."""
    shots = {shot.name for shot in cut.shots}
    stale = [name for name in decisions.overrides if name not in shots]
    stale += [one.shot for one in decisions.speakers if one.shot not in (*shots, *stale)]
    about = {_slip_key(slip) for slip in decisions.slips}
    about |= {(v.line, v.track, v.record) for v in decisions.voices if v.record is not None}
    lines = {_line_key(line) for line in cut.lines} if about else set()
    return (*stale, *dict.fromkeys(name for name, *_ in sorted(about - lines, key=str)))


_LineKey = tuple[str, str, TimeRange]  # name, track and record time of a line in the cut


def _line_key(line: DubLine) -> _LineKey:
    return line.name, line.track, line.record


def _slip_key(slip: Slip) -> _LineKey:
    return slip.line, slip.track, slip.record


def _slipped_key(slip: Slip) -> _LineKey:
    """Return the key of the line where the slip moves it."""
    return slip.line, slip.track, _shifted(slip.record, slip.offset_s)


def _later(line: DubLine, offset_s: Fraction) -> DubLine:
    return replace(line, record=_shifted(line.record, offset_s)) if offset_s else line


def _shifted(record: TimeRange, offset_s: Fraction) -> TimeRange:
    return TimeRange(record.start + offset_s, record.end + offset_s)
