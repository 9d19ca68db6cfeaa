"""The entries in Workspace > Scripts: open the panel on a timeline, and bring its shots back."""

from __future__ import annotations

import os
from typing import Any

from lipflap.plugin.hosts.resolve.bring_back import lay_shots
from lipflap.plugin.hosts.resolve.export import export_timeline, sent_cut
from lipflap.plugin.hosts.script.message import show
from lipflap.plugin.hosts.script.process import LipflapFailed, rendered_shots, start

_panels: list[Any] = []  # that were opened; they go on when Resolve is closed


def open_panel(names: dict[str, Any]) -> None:
    """Export the current timeline, and open the panel on it as a process of its own.

    names   the globals of the script that Resolve started
    """
    try:
        resolve = _resolve(names)
        cut = export_timeline(resolve, *_current(resolve))
        _panels.append(start(os.path.splitext(cut)[0] + ".log", "panel", cut))
    except LipflapFailed as problem:
        show(str(problem))


def bring_back(names: dict[str, Any]) -> None:
    """Bring the rendered shots of the current timeline into a duplicate of it."""
    try:
        project, timeline = _current(_resolve(names))
        job = os.path.splitext(sent_cut(project, timeline))[0] + ".lipflap"
        found = rendered_shots(job, "--sound")
        if not found["shots"]:
            raise LipflapFailed(f"No shot is rendered yet; {found['waiting']} are waiting.")
        show("\n".join(lay_shots(project, timeline, found)))
    except LipflapFailed as problem:
        show(str(problem))


def _resolve(names: dict[str, Any]) -> Any:
    """Return Resolve itself, which its menu gives to a script. Raises LipflapFailed."""
    given = names.get("resolve")
    if given is None:
        try:
            import DaVinciResolveScript

            given = DaVinciResolveScript.scriptapp("Resolve")
        except ImportError:
            given = None
    if given is None:
        raise LipflapFailed(
            "DaVinci Resolve does not answer. Start the script from its menu; the free version "
            "runs no scripts: export the timeline, and use lipflap watch."
        )
    return given


def _current(resolve: Any) -> tuple[Any, Any]:
    """Return the current project and timeline. Raises LipflapFailed."""
    manager = resolve.GetProjectManager()
    project = manager.GetCurrentProject() if manager else None
    timeline = project.GetCurrentTimeline() if project else None
    if not timeline:
        raise LipflapFailed("No timeline is open. Open one on the Edit page first.")
    return project, timeline
