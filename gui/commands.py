"""What an editor can change, each as one step that can be undone and has a name."""

from collections.abc import Callable, Collection
from dataclasses import replace
from fractions import Fraction

from PySide6.QtGui import QUndoCommand

from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES, Decisions, with_overrides, with_slip
from lipflap.plugin.cut.time_range import TimeRange, union


class Decide(QUndoCommand):
    """From the decisions before to those after, and back."""

    def __init__(
        self, name: str, before: Decisions, after: Decisions, settle: Callable[[Decisions], None]
    ) -> None:
        super().__init__(name)
        self._before, self._after, self._settle = before, after, settle

    def redo(self) -> None:
        self._settle(self._after)

    def undo(self) -> None:
        self._settle(self._before)


Step = tuple[str, Decisions]


def dub(decisions: Decisions, shots: Collection[str], wanted: bool) -> Step:
    return (
        f"{'Dub' if wanted else 'Do not dub'} {named(shots)}",
        with_overrides(decisions, shots, dub=wanted),
    )


def face(decisions: Decisions, shots: Collection[str], number: int | None) -> Step:
    what = "Suggested face" if number is None else f"Face {number}"
    return f"{what} in {named(shots)}", with_overrides(decisions, shots, face=number)


def model(decisions: Decisions, shots: Collection[str], name: str | None) -> Step:
    what = f"Model {name}" if name else "The cut's model"
    return f"{what} for {named(shots)}", with_overrides(decisions, shots, model=name)


def quality(decisions: Decisions, shots: Collection[str], name: str | None) -> Step:
    what = f"Quality {name}" if name else "The cut's quality"
    return f"{what} for {named(shots)}", with_overrides(decisions, shots, quality=name)


def handles(decisions: Decisions, shots: Collection[str], frames: int | None) -> Step:
    what = "The cut's handles" if frames is None else f"{frames} frames of handles"
    return f"{what} for {named(shots)}", with_overrides(decisions, shots, handles=frames)


def leave(decisions: Decisions, shots: Collection[Shot], marked: TimeRange) -> Step:
    """The mouths in a marked range stay as they were filmed."""
    touched = [shot for shot in shots if shot.record.overlap(marked)]
    for shot in touched:
        before = decisions.overrides.get(shot.name, NO_OVERRIDES).exclude
        kept = shot.record.overlap(marked)
        if kept:
            decisions = with_overrides(decisions, [shot.name], exclude=union((*before, kept)))
    return f"Do not dub a range of {named([shot.name for shot in touched])}", decisions


def dub_all_of(decisions: Decisions, shots: Collection[str]) -> Step:
    """No range of these shots stays as it was filmed."""
    return f"Dub all of {named(shots)}", with_overrides(decisions, shots, exclude=())


def slip(decisions: Decisions, line: DubLine, by: Fraction, frames: int) -> Step:
    way = f"{abs(frames)} {'frame' if abs(frames) == 1 else 'frames'}"
    return (
        f"Slip {line.name} {way} {'later' if frames > 0 else 'earlier'}",
        with_slip(decisions, line, by),
    )


def consent(decisions: Decisions, words: str) -> Step:
    return "Consent", replace(decisions, consent=words)


def as_the_cut(decisions: Decisions, shots: Collection[str]) -> Step:
    """Nothing is decided about these shots any more."""
    kept = {name: d for name, d in decisions.overrides.items() if name not in shots}
    return f"Forget decisions about {named(shots)}", replace(decisions, overrides=kept)


def named(shots: Collection[str]) -> str:
    return next(iter(shots)) if len(shots) == 1 else f"{len(shots)} shots"
