"""Why a shot cannot be ordered, in sentences and as a reason of its cue."""

from collections.abc import Iterable
from pathlib import Path

from lipflap.core.errors import (
    DubError,
    HandlesMissing,
    MediaBroken,
    MediaMissing,
    NoPicture,
)
from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import Cue
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.order.dialogue import ClockOf, why_not_held


class _SeeThrough(DubError):
    """An error for media with an alpha channel, through which what lies below is seen."""


_REASON_CODES = {
    _SeeThrough: ReasonCode.SEE_THROUGH,
    MediaMissing: ReasonCode.MEDIA_MISSING,
    MediaBroken: ReasonCode.MEDIA_UNREADABLE,
    NoPicture: ReasonCode.MEDIA_UNREADABLE,
    HandlesMissing: ReasonCode.MEDIA_TOO_SHORT,
}


def see_through(shot: str) -> DubError:
    """Return the error for a shot whose media has holes that show what lies below."""
    return _SeeThrough(
        "is see-through: its media has an alpha channel, as titles, logos and mattes have.",
        where=shot,
        fix="If it is a filmed face, render it over its background, and relink the clip to that.",
    )


def dub_too_short(shot: str, lines: Iterable[DubLine], clock_of: ClockOf) -> DubError:
    """Return the error for a shot over which no line has any sound."""
    dub = [line for line in lines if line.role == Role.DUB]
    for line in dub:
        if why := why_not_held(line, clock_of(Path(line.path), line.playback)):
            return DubError(f"has no dub: {why}", where=shot)
    files = dict.fromkeys(Path(line.path).name for line in dub)
    return DubError(
        f"has no dub: the sound of {', '.join(files)} ends before the shot.",
        where=shot,
        fix="Replace the file with the whole recording, or slip the line.",
    )


def reason_of(error: DubError, cue: Cue) -> Reason:
    """Return why a cue is skipped; an error about the shot itself need not name it again."""
    code = _REASON_CODES.get(type(error), ReasonCode.CANNOT_BE_ORDERED)
    if error.where != cue.shot.name:
        return Reason(code, str(error))
    return Reason(code, f"It {error.problem} {error.fix}".strip())
