"""Dubbed shots in the place of the strips' own files, and back again."""

from __future__ import annotations

from typing import Any

from lipflap.plugin.hosts.blender.lay import why_not
from lipflap.plugin.hosts.blender.strips import BEFORE, all_strips

_TIMING = ("frame_start", "frame_final_start", "frame_final_end", "animation_offset_start")


def replace_files(scene: Any, shots: list[dict[str, Any]]) -> list[tuple]:
    """Let the strips of the shots show the new files; return what an editor should know."""
    by_name = {strip.name: strip for strip in all_strips(scene)}
    notes = []
    for shot in shots:
        strip = by_name.get(shot["element"])
        reason = why_not(scene, strip, shot) or _why_not_replaced(strip, shot)
        if reason:
            notes.append((shot["name"], reason))
        else:
            _replace(scene, strip, shot)
    return notes


def put_back(scene: Any) -> int:
    """Let strips show their own files again; return how many there were."""
    changed = [strip for strip in all_strips(scene) if strip.get(BEFORE)]
    for strip in changed:
        before = strip[BEFORE]
        first = before["frame_start"], before["animation_offset_start"]
        _show(
            strip, before["file"], first, (before["frame_final_start"], before["frame_final_end"])
        )
        del strip[BEFORE]
    return len(changed)


def _why_not_replaced(strip: Any, shot: dict[str, Any]) -> str:
    if strip.type != "MOVIE" or shot["first_file"] is not None:
        return "Only a movie file takes the place of a movie file: lay it above instead."
    if shot["is_baked"]:
        return "It is retimed, and its new file is not: lay it above instead."
    return ""


def _replace(scene: Any, strip: Any, shot: dict[str, Any]) -> None:
    begin, end = round(strip.frame_final_start), round(strip.frame_final_end)
    strip[BEFORE] = {
        "file": strip.filepath,
        **{name: int(getattr(strip, name, 0)) for name in _TIMING},
    }
    start = scene.frame_start + shot["start"] - shot["shown"]
    _show(strip, shot["file"], (start, 0), (max(begin, start), min(end, start + shot["count"])))


def _show(strip: Any, path: str, first: tuple[int, int], span: tuple[int, int]) -> None:
    """Let a strip show a file, trimmed to frames of the scene.

    first   frame of the scene at which its media starts, and the frames of the media left out there
    """
    channel = strip.channel
    strip.filepath = path
    if hasattr(strip, "animation_offset_start"):
        strip.animation_offset_start = first[1]
    strip.frame_offset_start = strip.frame_offset_end = 0
    strip.frame_start = first[0]
    strip.frame_final_start, strip.frame_final_end = span
    strip.channel = channel  # while it was long, Blender moved it out of its neighbours' way
