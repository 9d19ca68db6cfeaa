"""The states of the panel's actions: enabled, ticked, and explained in their tooltips."""

from collections.abc import Mapping

from PySide6.QtGui import QAction

from lipflap.gui.actions import ENTRIES
from lipflap.gui.document import CutDocument
from lipflap.gui.keys.availability import Facts, why_not
from lipflap.gui.keys.router import native_text
from lipflap.gui.selection import ShotSelection
from lipflap.gui.shots.row import ShotRow
from lipflap.gui.timeline.view import TimelineView


def gather_facts(
    document: CutDocument,
    selection: ShotSelection,
    timeline: TimelineView,
    rows: Mapping[str, ShotRow],
) -> Facts:
    """Return what decides which actions are possible."""
    return Facts(
        has_cut=document.cut is not None,
        targets=selection.targets,
        rows=rows,
        decisions=document.decisions,
        overhangs=document.overhangs,
        has_line=timeline.selected_line is not None,
        is_marked=timeline.marked is not None,
        has_marks=timeline.mark_in is not None or timeline.mark_out is not None,
        can_undo=document.undo.canUndo(),
        can_redo=document.undo.canRedo(),
    )


def show_states(actions: Mapping[str, QAction], facts: Facts, ticks: Mapping[str, bool]) -> None:
    """Enable, tick and explain the actions as things stand.

    ticks   which of them are on; those that are not there keep their ticks
    """
    for entry in ENTRIES:
        action, reason = actions[entry.name], why_not(entry.name, facts)
        text = action.text().replace("&", "").rstrip("…")
        keys = f" ({native_text(entry.keys)})" if entry.keys else ""
        action.setEnabled(not reason)
        action.setToolTip(f"{text}{keys}" + (f": {reason}" if reason else ""))
        if entry.name in ticks:
            action.setChecked(ticks[entry.name])
