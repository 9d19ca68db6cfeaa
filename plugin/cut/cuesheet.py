"""The list of work: every shot of a cut, the lines over it, and whether it will be dubbed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.plugin.cut.cut import Cut, DubPair, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES, Decisions, ShotOverrides
from lipflap.plugin.cut.reason import Reason, ReasonCode

CUES_SCHEMA = "lipflap.cues/3"


class CueState(StrEnum):
    """Whether a shot will be dubbed."""

    READY = "ready"
    SKIPPED = "skipped"


NO_DECISIONS = Decisions()


@dataclass(frozen=True, slots=True)
class Cue:
    """One shot and what is to be done with it.

    pairs       the dubbed lines and the production sound that play over it
    directions  what the editor decided about it
    reason      why it is skipped; None when it is ready
    notes       what an editor should know although the shot is ready
    starts      record time of the first frame to be rendered, handles included; None when skipped
    """

    shot: Shot
    pairs: tuple[DubPair, ...]
    directions: ShotOverrides
    state: CueState
    reason: Reason | None
    notes: tuple[str, ...]
    starts: Fraction | None

    def __post_init__(self) -> None:
        if (self.state == CueState.READY) is not (self.reason is None):
            raise ValueError("a cue is skipped for a reason, and ready without one")

    @property
    def reason_text(self) -> str:
        """Why it is skipped, in words for an editor; empty when it is ready."""
        return self.reason.text if self.reason else ""


@dataclass(frozen=True, slots=True)
class CueSheet:
    """All cues of a cut, in record order.

    cut_path         the cut as it was given to us
    cut_fingerprint  core.fingerprint of that file
    rate             frames per second of the cut
    first_frame      its start timecode as a frame number
    consent          who allowed the performers' mouths to be changed; empty when not said
    """

    cut_path: str
    cut_fingerprint: str
    rate: Fraction
    first_frame: int
    consent: str
    cues: tuple[Cue, ...]

    def __post_init__(self) -> None:
        if self.rate < 1:
            raise ValueError(f"no cut has {self.rate} frames a second")

    @property
    def ready(self) -> tuple[Cue, ...]:
        return tuple(cue for cue in self.cues if cue.state == CueState.READY)


@dataclass(frozen=True, slots=True)
class ShotFilter:
    """What the editor asks for, by shot names, which may hold * and ?.

    faces   (shot name, face track) pairs; of two for one shot the later counts
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    faces: tuple[tuple[str, int], ...] = ()


def make_cues(
    cut: Cut, pairs: Sequence[DubPair], choice: ShotFilter, decisions: Decisions = NO_DECISIONS
) -> tuple[Cue, ...]:
    """A cue for every shot of the cut; of choice and decisions the choice counts.

    Raises DubError when `choice` names no shot.
    """
    _refuse_unknown(choice, [shot.name for shot in cut.shots])
    over: dict[str, list[DubPair]] = {shot.name: [] for shot in cut.shots}
    for pair in pairs:
        over[pair.shot].append(pair)
    decided = decisions.directions
    return tuple(
        _cue(shot, tuple(over[shot.name]), choice, decided.get(shot.name, NO_OVERRIDES))
        for shot in cut.shots
    )


def reapply_overrides(made: Sequence[Cue], decisions: Decisions) -> tuple[Cue, ...]:
    """The cues of a whole cut after other decisions about its shots, before any media is looked
    at; the lines lie where they did."""
    decided = decisions.directions
    told = ((cue, decided.get(cue.shot.name, NO_OVERRIDES)) for cue in made)
    return tuple(
        cue if cue.directions == directions else _cue(cue.shot, cue.pairs, ShotFilter(), directions)
        for cue, directions in told
    )


def skip(cue: Cue, reason: Reason) -> Cue:
    return replace(cue, state=CueState.SKIPPED, reason=reason, starts=None)


def write_cues(sheet: CueSheet) -> str:
    return to_json(CUES_SCHEMA, sheet)


def read_cues(path: Path) -> CueSheet:
    """Raises RecordUnreadable when the file is missing or holds no cue sheet."""
    return from_json(CUES_SCHEMA, CueSheet, read_text(path), where=str(path))


def _cue(
    shot: Shot, pairs: tuple[DubPair, ...], choice: ShotFilter, directions: ShotOverrides
) -> Cue:
    reason = _skip_reason(shot, pairs, choice, directions)
    faces = [face for name, face in choice.faces if _check_names(shot.name, [name])]
    if faces:
        directions = replace(directions, face=faces[-1])
    state = CueState.SKIPPED if reason else CueState.READY
    return Cue(shot, pairs, directions, state, reason, (), None)


def _skip_reason(
    shot: Shot, pairs: tuple[DubPair, ...], choice: ShotFilter, directions: ShotOverrides
) -> Reason | None:
    if choice.only and not _check_names(shot.name, choice.only):
        return Reason(ReasonCode.NOT_SELECTED, "Not asked for.")
    if _check_names(shot.name, choice.skip):
        return Reason(ReasonCode.EXCLUDED, "Skipped as asked.")
    if not directions.dub:
        return Reason(ReasonCode.EXCLUDED, "Not to be dubbed, as decided.")
    if shot.problem:
        return shot.problem
    if not any(piece.seconds for piece in shot.visible):
        return Reason(ReasonCode.COVERED, "Nothing of it is visible in the cut.")
    if not any(pair.line.role == Role.DUB for pair in pairs):
        return Reason(ReasonCode.NO_DUB, "No dub plays over it.")
    return None if shot.media else Reason(ReasonCode.NO_MEDIA, "The cut names no media for it.")


def _check_names(shot: str, globs: Sequence[str]) -> bool:
    return any(shot == glob or fnmatchcase(shot, glob) for glob in globs)


def _refuse_unknown(choice: ShotFilter, shots: list[str]) -> None:
    asked = [*choice.only, *choice.skip, *(name for name, _ in choice.faces)]
    for name in asked:
        if not any(_check_names(shot, [name]) for shot in shots):
            raise DubError(
                "no shot of the cut has this name.",
                where=name,
                fix=f"There are: {', '.join(shots) or 'none'}.",
            )
