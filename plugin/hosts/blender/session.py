"""A scene's cut on its way to Lipflap and back: where it lies, what runs, what comes back."""

from __future__ import annotations

import json
import os
from typing import Any

import bpy

from lipflap.plugin.hosts.blender.cut import make_cut
from lipflap.plugin.hosts.blender.lay import lay_above, take_away
from lipflap.plugin.hosts.blender.replace import put_back, replace_files
from lipflap.plugin.hosts.blender.strips import BEFORE, all_strips
from lipflap.plugin.hosts.script.process import LipflapFailed, failure, rendered_shots, start
from lipflap.plugin.hosts.script.whole_file import file_name, write_whole


def cut_path(scene: Any) -> str:
    """Return where the cut of a scene is written: beside the project. Raises LipflapFailed."""
    if not bpy.data.filepath:
        raise LipflapFailed("Save the project first: the cut is written beside it.")
    folder, project = os.path.split(bpy.data.filepath)
    name = f"{os.path.splitext(project)[0]} {file_name(scene.name)}"
    return os.path.join(folder, "lipflap", f"{name}.otio")


def job_path(scene: Any) -> str:
    """Return the JOB folder of a scene's cut, which is where the panel keeps it, too."""
    return os.path.splitext(cut_path(scene))[0] + ".lipflap"


def send_cut(scene: Any) -> str:
    """Write the cut of a scene; return its path. Raises LipflapFailed."""
    path = cut_path(scene)
    if any(strip.get(BEFORE) for strip in all_strips(scene)):
        raise LipflapFailed("Strips show dubbed files. Press Originals first, then send the cut.")
    try:
        write_whole(path, json.dumps(make_cut(scene), indent=1, ensure_ascii=False))
    except OSError as problem:
        raise LipflapFailed(f"{path} cannot be written: {problem}.") from problem
    return path


def open_panel(scene: Any) -> list[str]:
    """Open Lipflap's panel on a scene, as a process of its own; say so. Raises LipflapFailed."""
    log = _log_path(scene)
    start(log, "panel", send_cut(scene))
    return [f"The panel is opening. If it does not: {log}"]


def bring_back(scene: Any) -> list[str]:
    """Bring the rendered shots of a scene back; return a summary, and what should be known.

    Those that were brought before are brought anew.
    Raises LipflapFailed.
    """
    found = rendered_shots(job_path(scene))
    put_originals_back(scene)
    how = replace_files if scene.lipflap_how == "REPLACE" else lay_above
    notes = how(scene, found["shots"])
    summary = f"Shots rendered: {len(found['shots'])}; still to be rendered: {found['waiting']}."
    return [summary, *(f"{shot}: {text}" for shot, text in notes)]


def put_originals_back(scene: Any) -> list[str]:
    """Take away the strips that were laid, let others show their own files; say how many."""
    return [
        f"Strips taken away: {take_away(scene)}; with their own files again: {put_back(scene)}."
    ]


class Dubbing:
    """A `lipflap dub` that was started here. Raises LipflapFailed when it does not start."""

    def __init__(self, scene: Any) -> None:
        dub = ["--dub", scene.lipflap_dub] if scene.lipflap_dub else []
        consent = ["--consent", scene.lipflap_consent] if scene.lipflap_consent else []
        self.scene_name = scene.name
        self.log = _log_path(scene)
        cut, job = send_cut(scene), job_path(scene)
        self._process = start(self.log, "dub", cut, "-o", job, *dub, *consent)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it; what is rendered already is kept."""
        self._process.terminate()

    @property
    def problem(self) -> str:
        """Return why it failed as a whole; empty when it did not. Failed shots are no failure."""
        code = self._process.poll()
        return failure(self.log, code) if code not in (None, 0, 1) else ""

    @property
    def last_line(self) -> str:
        """Return the last that it said."""
        try:
            with open(self.log, "rb") as file:
                lines = file.read()[-2000:].decode("utf-8", "replace").split()
        except OSError:
            return ""
        return " ".join(lines[-12:])


def _log_path(scene: Any) -> str:
    path = os.path.splitext(cut_path(scene))[0] + ".log"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path
