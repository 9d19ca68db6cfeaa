"""The decisions an editor can take, each as one named step that can be undone."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from PySide6.QtGui import QUndoCommand

from lipflap.plugin.cut.cast.speakers import ShownFace
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.decisions import (
    NO_OVERRIDES,
    Decisions,
    with_overrides,
    with_slip,
    with_speaker,
    with_voice,
)
from lipflap.plugin.cut.project_settings import ProjectSettings
from lipflap.plugin.cut.time_range import TimeRange, union

_MAX_NAMES = 3
_SETTINGS = {  # of shots, in words
    "quality": "Quality",
    "model": "Model",
    "mode": "New mouths",
    "seed": "Variation",
    "handles": "Handles",
}

Step = tuple[str, Decisions]  # its name in the Edit menu, and the decisions after it


class DecideCommand(QUndoCommand):
    """The step from the decisions before to those after, and back."""

    def __init__(
        self, name: str, before: Decisions, after: Decisions, apply: Callable[[Decisions], None]
    ) -> None:
        super().__init__(name)
        self._before, self._after, self._apply = before, after, apply

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)


def dub(decisions: Decisions, shots: Collection[str], is_dubbed: bool) -> Step:
    """Dub these shots, or exclude them from dubbing."""
    return (
        f"{'Dub' if is_dubbed else 'Exclude'} {describe_shots(shots)}",
        with_overrides(decisions, shots, dub=is_dubbed),
    )


def face(decisions: Decisions, shots: Collection[str], number: int | None) -> Step:
    """Dub a face by its number; None for the suggested one."""
    what = "Automatic face" if number is None else f"Face {number}"
    return f"{what} in {describe_shots(shots)}", with_overrides(decisions, shots, face=number)


def shot_settings(
    decisions: Decisions, shots: Collection[str], changes: Mapping[str, object]
) -> Step:
    """Render shots with settings of their own, by the name of the override; None for the cut's."""
    names = ", ".join(_SETTINGS[name] for name in changes) or "Settings"
    return f"{names} of {describe_shots(shots)}", with_overrides(decisions, shots, **changes)


def project(decisions: Decisions, settings: ProjectSettings) -> Step:
    """Render with these settings what has none of its own."""
    return "Project settings", replace(decisions, project=settings)


def keep_range(decisions: Decisions, shots: Collection[Shot], marked: TimeRange) -> Step:
    """Keep the mouths in a marked range as filmed."""
    touched = [shot for shot in shots if shot.record.overlap(marked)]
    for shot in touched:
        before = decisions.overrides.get(shot.name, NO_OVERRIDES).exclude
        overlap = shot.record.overlap(marked)
        if overlap:
            decisions = with_overrides(decisions, [shot.name], exclude=union((*before, overlap)))
    return f"Keep original In–Out of {describe_shots([shot.name for shot in touched])}", decisions


def dub_whole_shot(decisions: Decisions, shots: Collection[str]) -> Step:
    """Keep no range of these shots as filmed."""
    return f"Dub the whole of {describe_shots(shots)}", with_overrides(decisions, shots, exclude=())


def extend(decisions: Decisions, shots: Collection[str], is_longer: bool) -> Step:
    """Make shots as long as their dub, or as long as the cut has them."""
    how = "as long as its dub" if is_longer else "as long as in the cut"
    how = how if len(shots) == 1 else how.replace("its", "their")
    return f"{describe_shots(shots)} {how}", with_overrides(decisions, shots, extend=is_longer)


def blink(decisions: Decisions, shots: Collection[str], does_blink: bool) -> Step:
    """Let eyes close now and then in the stills of these shots, or leave them open."""
    what = "Eyes blink" if does_blink else "Eyes stay open"
    step = with_overrides(decisions, shots, blink=does_blink)
    return f"{what} in stills of {describe_shots(shots)}", step


def slip(decisions: Decisions, line: DubLine, by: Fraction, frames: int) -> Step:
    """Play a dub line `by` seconds, which are `frames` frames, later; earlier when negative."""
    after = with_slip(decisions, line, by)
    if len(after.slips) < len(decisions.slips):
        return f"Reset the slip of {line.name}", after
    distance = f"{abs(frames)} {'frame' if abs(frames) == 1 else 'frames'}"
    return f"Slip {line.name} {distance} {'later' if frames > 0 else 'earlier'}", after


def cast(
    decisions: Decisions, faces: Collection[tuple[str, int]], shown: ShownFace | None, name: str
) -> Step:
    """Name a person by one of his or her faces; None for nobody known.

    faces   shot and number of all faces of the person: those that had another name have this one
    """
    is_of = {one: (one.shot, one.face) in faces for one in decisions.speakers}
    after = replace(decisions, speakers=tuple(one for one in is_of if not is_of[one]))
    if shown is None:
        return "Name nobody", after
    renamed = [replace(one, character=name) for one in is_of if is_of[one]]
    for one in renamed or [shown]:
        after = with_speaker(after, one)
    return f"{name} is face {shown.face} of {shown.shot}", after


def voice(decisions: Decisions, line: DubLine, character: str, *, track: bool) -> Step:
    """Have a character say a line, or all lines of its track; empty for nobody known."""
    what = f"All lines of {line.track}" if track else line.name
    who = f"said by {character}" if character else "said by nobody known"
    return f"{what} {who}", with_voice(decisions, line, character, track=track)


def consent(decisions: Decisions, text: str) -> Step:
    """Record who agreed to new mouths."""
    return "Consent", replace(decisions, consent=text)


def references(decisions: Decisions, films: Collection[str]) -> Step:
    """Take mouths of the actors from these films too."""
    count = f"{len(films)} film{'' if len(films) == 1 else 's'}"
    return f"Take mouths from {count} more", replace(decisions, references=tuple(films))


def reset(decisions: Decisions, shots: Collection[str]) -> Step:
    """Drop all decisions about these shots."""
    remaining = {name: d for name, d in decisions.overrides.items() if name not in shots}
    return f"Reset {describe_shots(shots)}", replace(decisions, overrides=remaining)


def describe_shots(shots: Collection[str]) -> str:
    """Return the names of a few shots, or how many there are."""
    if len(shots) > _MAX_NAMES:
        return f"{len(shots)} shots"
    return ", ".join(sorted(shots))
