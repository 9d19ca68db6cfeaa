"""The menu Lipflap: open the panel on a sequence, and bring its shots back."""

from __future__ import annotations

import json
import os
from typing import Any

import hiero.core
import hiero.ui

from lipflap.plugin.hosts.hiero.bring_back import lay_shots
from lipflap.plugin.hosts.hiero.cut import make_cut
from lipflap.plugin.hosts.script.message import show
from lipflap.plugin.hosts.script.process import LipflapFailed, rendered_shots, start
from lipflap.plugin.hosts.script.whole_file import file_name, write_whole

_panels: list[Any] = []  # that were opened; they go on when the program is closed


def add_menu() -> None:
    """Add the menu to the program's own."""
    menu = hiero.ui.menuBar().addMenu("Lipflap")
    menu.addAction("Open Panel on Sequence", open_panel)
    menu.addAction("Bring Shots Back", bring_back)


def open_panel() -> None:
    """Write the active sequence as a cut, and open the panel on it as a process of its own."""
    try:
        sequence = _active()
        path = _cut_path(sequence)
        try:
            write_whole(path, json.dumps(make_cut(sequence), indent=1, ensure_ascii=False))
        except OSError as problem:
            raise LipflapFailed(f"{path} cannot be written: {problem}.") from problem
        _panels.append(start(os.path.splitext(path)[0] + ".log", "panel", path))
    except LipflapFailed as problem:
        show(str(problem))


def bring_back() -> None:
    """Bring the rendered shots of the active sequence back as versions; one step to undo."""
    try:
        sequence = _active()
        job = os.path.splitext(_cut_path(sequence))[0] + ".lipflap"
        found = rendered_shots(job)
        project = sequence.project()
        project.beginUndo("Lipflap")
        try:
            said = lay_shots(sequence, found)
        finally:
            project.endUndo()
        show("\n".join(said))
    except LipflapFailed as problem:
        show(str(problem))


def _active() -> Any:
    sequence = hiero.ui.activeSequence()
    if not sequence:
        raise LipflapFailed("No sequence is open. Open one in a timeline first.")
    return sequence


def _cut_path(sequence: Any) -> str:
    """Return where the cut of a sequence is written: below the user's folder Lipflap."""
    folder = os.path.join(os.path.expanduser("~"), "Lipflap")
    names = (file_name(one.name()) for one in (sequence.project(), sequence))
    return os.path.join(folder, *names) + ".otio"
