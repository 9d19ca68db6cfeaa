"""The cue sheet: every shot of a cut, the lines over it, and whether it will be dubbed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from lipflap.core.consent import Agreement
from lipflap.core.errors import DubError
from lipflap.core.serialize import from_json, read_text, to_json, unreadable_fix
from lipflap.plugin.cut.cast.speakers import ShownFace, check_characters, speakers_over
from lipflap.plugin.cut.cut import Cut, DubLine, DubPair, LeftOut, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES, Decisions, ShotOverrides
from lipflap.plugin.cut.name_pattern import fits
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.spill import why_undubbed

CUES_SCHEMA = "lipflap.cues/13"

NO_DECISIONS = Decisions()


class CueState(StrEnum):
    """State of a cue: its shot will be dubbed, or is skipped."""

    READY = "ready"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Cue:
    """One shot and what is to be done with it.

    pairs         the dubbed lines and the production sound that play over it
    overrides     what the editor decided about it
    reason        why it is skipped; None when it is ready
    notes         what an editor should know although the shot is ready
    record_start  record time of the first frame to render, handles included; None when skipped
    cut_frame     number by which the cut knows that frame of the media; None when skipped
    speakers      faces of its characters, and of others whom its faces may be
    """

    shot: Shot
    pairs: tuple[DubPair, ...]
    overrides: ShotOverrides
    state: CueState
    reason: Reason | None
    notes: tuple[str, ...]
    record_start: Fraction | None
    cut_frame: int | None = None
    speakers: tuple[ShownFace, ...] = ()

    def __post_init__(self) -> None:
        if (self.state == CueState.READY) is not (self.reason is None):
            raise ValueError("a cue is skipped for a reason, and ready without one")

    @property
    def reason_text(self) -> str:
        """Text of the reason why it is skipped; empty when it is ready."""
        return self.reason.text if self.reason else ""


@dataclass(frozen=True, slots=True)
class CueSheet:
    """All cues of a cut, in record order.

    cut_path         path of the cut
    cut_fingerprint  core.fingerprint of that file
    rate             frames per second of the cut
    first_frame      its start timecode as a frame number
    consent          who allowed the performers' mouths to be changed; empty when not stated
    sounds           all lines of a dub that was given beside the cut, not as tracks of it
    whole_frames     whether media of another rate is rendered at the cut's, because the cut's own
                     document could not name its frames otherwise
    timeline         which of several timelines in that file it is; empty for the only one
    left_out         sound of the dub that was not laid, and why
    notes            what an editor should know of the dub as a whole
    agreements       of consent.json beside the cut: who allowed what, until when
    """

    cut_path: str
    cut_fingerprint: str
    rate: Fraction
    first_frame: int
    consent: str
    cues: tuple[Cue, ...]
    sounds: tuple[DubLine, ...] = ()
    whole_frames: bool = False
    timeline: str = ""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()

    def __post_init__(self) -> None:
        if self.rate < 1:
            raise ValueError(f"no cut has {self.rate} frames a second")

    @property
    def all_agreed(self) -> tuple[Agreement, ...]:
        """Return the agreements, and the consent that was stated as one for all."""
        stated = (Agreement("", self.consent),) if self.consent.strip() else ()
        return (*stated, *self.agreements)

    @property
    def ready(self) -> tuple[Cue, ...]:
        return tuple(cue for cue in self.cues if cue.state == CueState.READY)


@dataclass(frozen=True, slots=True)
class ShotFilter:
    """Shots to dub and faces to repaint, by shot names, which may hold * and ?.

    only      dub these alone; empty for all
    skip      leave these out
    extend    make these longer where their dub outlasts them
    faces     (shot name, face track) pairs; the last pair for a shot applies
    speakers  faces shown to be characters, which the decisions hold too: here, both have to exist
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    faces: tuple[tuple[str, int], ...] = ()
    speakers: tuple[ShownFace, ...] = ()
    extend: tuple[str, ...] = ()

    def extended(self, shots: Sequence[Shot]) -> frozenset[str]:
        """Return the names of the shots that are to be made longer."""
        return frozenset(one.name for one in shots if _matches(one.name, self.extend))


def make_cues(
    cut: Cut,
    pairs: Sequence[DubPair],
    shots: ShotFilter,
    decisions: Decisions = NO_DECISIONS,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Cue, ...]:
    """Return a cue for every shot of the cut; the filter outranks the decisions.

    notes  on single shots, by name
    Raises DubError when the filter names a shot that the cut does not have.
    """
    _check_names(shots, [shot.name for shot in cut.shots])
    pairs_of: dict[str, list[DubPair]] = {shot.name: [] for shot in cut.shots}
    for pair in pairs:
        pairs_of[pair.shot].append(pair)
    check_characters(shots.speakers, (pair.line for pair in pairs))
    cues = (
        _cue(shot, tuple(pairs_of[shot.name]), shots, decisions, cut.rate) for shot in cut.shots
    )
    return tuple(
        replace(cue, notes=(notes[cue.shot.name],)) if cue.shot.name in notes else cue
        for cue in cues
    )


def reapply_overrides(cues: Iterable[Cue], decisions: Decisions, rate: Fraction) -> Iterator[Cue]:
    """Yield the cues of a whole cut with the overrides of changed decisions.

    rate   frames per second of the cut
    No line may have been slipped, and no media checked.
    """

    def is_decided(cue: Cue) -> bool:
        wanted = decisions.overrides.get(cue.shot.name, NO_OVERRIDES)
        is_same = cue.overrides is wanted or cue.overrides == wanted  # the first is far faster
        return is_same and cue.speakers == _speakers(cue.pairs, decisions)

    def again(cue: Cue) -> Cue:
        made = _cue(cue.shot, cue.pairs, ShotFilter(), decisions, rate)
        return replace(made, notes=cue.notes)

    return (cue if is_decided(cue) else again(cue) for cue in cues)


def reapply_voices(
    cues: Iterable[Cue], before: Sequence[DubLine], after: Sequence[DubLine], decisions: Decisions
) -> Iterator[Cue]:
    """Yield the cues of a whole cut whose lines are said by others, at the same times.

    before, after   the same lines, in the same order
    """
    changed = {id(old): new for old, new in zip(before, after, strict=True) if old is not new}
    known = {id(line) for line in before}
    equal: dict[DubLine, DubLine] = {}

    def line_now(line: DubLine) -> DubLine:
        if id(line) in known:
            return changed.get(id(line), line)
        if not equal:  # the sheet was made from other copies of the lines
            equal.update(zip(before, after, strict=True))
        return equal.get(line, line)

    def reapply(cue: Cue) -> Cue:
        lines = [line_now(one.line) for one in cue.pairs]
        if all(new is one.line for new, one in zip(lines, cue.pairs, strict=True)):
            return cue
        pairs = tuple(replace(one, line=new) for one, new in zip(cue.pairs, lines, strict=True))
        return replace(cue, pairs=pairs, speakers=_speakers(pairs, decisions))

    return map(reapply, cues)


def skip(cue: Cue, reason: Reason) -> Cue:
    """Return the cue skipped for a reason."""
    return replace(cue, state=CueState.SKIPPED, reason=reason, record_start=None, cut_frame=None)


def write_cues(sheet: CueSheet) -> str:
    """Return the cue sheet as JSON."""
    return to_json(CUES_SCHEMA, sheet)


def read_cues(path: Path) -> CueSheet:
    """Read a cue sheet. Raises RecordUnreadable when the file is missing or holds none."""
    with unreadable_fix("Run `lipflap order` again, into another folder."):
        return from_json(CUES_SCHEMA, CueSheet, read_text(path), where=str(path))


def _cue(
    shot: Shot,
    pairs: tuple[DubPair, ...],
    shots: ShotFilter,
    decisions: Decisions,
    rate: Fraction,
) -> Cue:
    overrides = decisions.overrides.get(shot.name, NO_OVERRIDES)
    reason = _skip_reason(shot, pairs, shots, overrides, rate)
    faces = [face for name, face in shots.faces if _matches(shot.name, [name])]
    if faces:
        overrides = replace(overrides, face=faces[-1])
    state = CueState.SKIPPED if reason else CueState.READY
    speakers = _speakers(pairs, decisions)
    return Cue(shot, pairs, overrides, state, reason, (), None, speakers=speakers)


def _speakers(pairs: Sequence[DubPair], decisions: Decisions) -> tuple[ShownFace, ...]:
    """Return the faces that matter to a shot, with the handles of the shots they were shown in."""

    def handles_of(shot: str) -> int | None:
        return decisions.overrides.get(shot, NO_OVERRIDES).handles

    if not decisions.speakers:
        return ()
    shown = speakers_over(pairs, decisions.speakers)
    return tuple(replace(face, handles=handles_of(face.shot)) for face in shown)


def _skip_reason(
    shot: Shot,
    pairs: tuple[DubPair, ...],
    shots: ShotFilter,
    overrides: ShotOverrides,
    rate: Fraction,
) -> Reason | None:
    if shots.only and not _matches(shot.name, shots.only):
        return Reason(ReasonCode.NOT_SELECTED, "Not among the shots chosen with --only.")
    if _matches(shot.name, shots.skip):
        return Reason(ReasonCode.EXCLUDED, "Left out with --skip.")
    if not overrides.dub:
        return Reason(ReasonCode.EXCLUDED, "Excluded by you.")
    if shot.problem:
        return shot.problem
    if not any(piece.seconds for piece in shot.visible):
        return Reason(ReasonCode.COVERED, "Nothing of it is visible in the cut.")
    if why := why_undubbed(pairs, rate):
        return Reason(ReasonCode.NO_DUB, why)
    return None if shot.media else Reason(ReasonCode.NO_MEDIA, "It has no picture media.")


def _matches(shot: str, patterns: Sequence[str]) -> bool:
    return any(fits(shot, pattern) for pattern in patterns)


def _check_names(shots: ShotFilter, names: list[str]) -> None:
    """Raise DubError for a name in the filter that no shot has."""
    patterns = [*shots.only, *shots.skip, *shots.extend, *(name for name, _ in shots.faces)]
    patterns += [shown.shot for shown in shots.speakers]
    for pattern in patterns:
        if not any(_matches(name, [pattern]) for name in names):
            raise DubError(
                "no shot of the cut has this name.",
                where=pattern,
                fix=f"The cut has: {', '.join(names) or 'no shots'}.",
            )
