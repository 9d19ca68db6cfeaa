"""Why an action is not possible now: the reason an editor is told, in menus, tooltips and words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from lipflap.gui.commands import describe_shots
from lipflap.gui.shots.row import CHECKING, MISSING_MEDIA, OUT_OF_DATE, ShotRow
from lipflap.plugin.cut.cuesheet import CueState
from lipflap.plugin.cut.decisions import NO_OVERRIDES, Decisions
from lipflap.plugin.cut.extension import Overhang
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.review import Verdict

NO_CUT = "Open a cut first."
_NO_SHOT = "Put the playhead on a shot first, or select shots."
_WITHOUT_CUT = {"open", "close", "keys", "about", "full_screen", "viewer_window"}
_OF_SHOTS = {
    "face",
    "suggested_face",
    "dub",
    "do_not_dub",
    "dub_whole_shot",
    "extend",
    "blink",
    "shot_settings",
    "reset",
    "render",
    "cancel",
    "approve",
    "send_back",
    "withdraw",
}
_PICTURES = (RenderState.RENDERED, Verdict.APPROVED, Verdict.SENT_BACK)
_PENDING = (RenderState.WAITING, RenderState.RENDERING)
_LEFT_TO_RENDER = (CHECKING, CueState.READY, OUT_OF_DATE, RenderState.FAILED)
_NOT_RENDERED = (RenderState.SKIPPED, MISSING_MEDIA)


@dataclass(frozen=True)
class Facts:
    """The facts that decide which actions are possible.

    targets      the shots that a command works on
    rows         of all shots, by name
    overhangs    the dub that goes on after shots, by their names
    has_line     a dub line is selected
    is_marked    there is a range between the marks
    has_marks    there is at least one mark
    """

    has_cut: bool
    targets: Collection[str]
    rows: Mapping[str, ShotRow]
    decisions: Decisions
    overhangs: Mapping[str, Overhang]
    has_line: bool
    is_marked: bool
    has_marks: bool
    can_undo: bool
    can_redo: bool

    def any_target(self, *states: str) -> bool:
        return not self._states_of_targets.isdisjoint(states)

    def any_row(self, *states: str) -> bool:
        return not self._states.isdisjoint(states)

    @cached_property
    def _states_of_targets(self) -> frozenset[str]:
        return frozenset(self.rows[shot].state for shot in self.targets if shot in self.rows)

    @cached_property
    def _states(self) -> frozenset[str]:
        return frozenset(row.state for row in self.rows.values())


def why_not(name: str, facts: Facts) -> str:
    """Return why an action is not possible now; empty when it is."""
    if name in _WITHOUT_CUT:
        return ""
    if not facts.has_cut:
        return NO_CUT
    if name in _OF_SHOTS and not facts.targets:
        return _NO_SHOT
    if name == "extend":
        return _of_extension(facts)
    return _of_steps(name, facts) or _of_renders(name, facts) or _of_reviews(name, facts)


def _of_steps(name: str, facts: Facts) -> str:
    """Return why a step back or forth, or a mark, is not possible."""
    if name == "undo" and not facts.can_undo:
        return "There is nothing to undo."
    if name == "redo" and not facts.can_redo:
        return "There is nothing to redo."
    if name in ("slip", "slip_back") and not facts.has_line:
        return "Select a dub line first: click it in the timeline."
    if name == "keep_range" and not facts.is_marked:
        return "Mark a range first: I at its first frame, O at its last."
    if name == "clear_marks" and not facts.has_marks:
        return "There are no marks."
    if name == "clear_references" and not facts.decisions.references:
        return "No take has been added."
    if name == "reset" and not _any_override(facts):
        return f"Nothing was decided about {describe_shots(facts.targets)}."
    return ""


def _of_extension(facts: Facts) -> str:
    """Return why no shot can be made as long as its dub, or as short as it was."""
    shots = describe_shots(facts.targets)
    found = [facts.overhangs[shot] for shot in facts.targets if shot in facts.overhangs]
    if not found:
        return f"No line of dub that begins over {shots} outlasts it."
    if facts.decisions.extended.isdisjoint(facts.targets) and all(one.why_not for one in found):
        return f"{shots} cannot be made as long as its dub: {found[0].why_not}."
    return ""


def _of_renders(name: str, facts: Facts) -> str:
    """Return why rendering, or a change of it, is not possible."""
    shots = describe_shots(facts.targets)
    if name == "render":
        rows = (facts.rows[shot] for shot in facts.targets if shot in facts.rows)
        first = next(rows, None)
        if first and all(row.state in _NOT_RENDERED for row in (first, *rows)):
            return f"{shots} cannot be rendered: {first.remarks}"
    if name == "render_all" and not facts.any_row(*_LEFT_TO_RENDER):
        return "No shot is left to render."
    if name == "cancel" and not facts.any_target(*_PENDING):
        return f"{shots} is not being rendered."
    if name == "pause" and not facts.any_row(*_PENDING):
        return "Nothing is being rendered."
    if name == "retry" and not facts.any_row(RenderState.FAILED):
        return "No shot has failed."
    return ""


def _of_reviews(name: str, facts: Facts) -> str:
    """Return why a verdict, or what follows from it, is not possible."""
    if name in ("approve", "send_back") and not facts.any_target(*_PICTURES):
        if facts.any_target(OUT_OF_DATE):
            return f"{describe_shots(facts.targets)} is out of date: render it again first, with R."
        return f"{describe_shots(facts.targets)} is not rendered yet: render it first, with R."
    if name == "withdraw" and not facts.any_target(Verdict.APPROVED, Verdict.SENT_BACK):
        return f"{describe_shots(facts.targets)} has no verdict."
    if name == "conform" and not facts.any_row(*_PICTURES):
        return "No shot is rendered yet: render with R, then approve with A."
    return ""


def _any_override(facts: Facts) -> bool:
    overrides = facts.decisions.overrides
    decided = overrides.keys() & facts.targets
    return any(overrides[shot] != NO_OVERRIDES for shot in decided)
