"""Rendered shots in a duplicate of a timeline of Resolve."""

from __future__ import annotations

from typing import Any

from lipflap.plugin.hosts.resolve.media import import_media, media_bin
from lipflap.plugin.hosts.resolve.take import add_take
from lipflap.plugin.hosts.resolve.track import lay_on_track
from lipflap.plugin.hosts.script.process import LipflapFailed

Shot = dict  # as `lipflap hosts shots` names it
_MAX_NAMES = 99


def lay_shots(project: Any, timeline: Any, found: dict[str, Any]) -> list[str]:
    """Lay rendered shots into a duplicate of a timeline, which becomes the current one.

    found   as `lipflap hosts shots` prints it
    Returns what an editor should know, a summary first. Raises LipflapFailed when nothing could be
    laid; then the duplicate is removed.
    """
    copy = _duplicate(project, timeline)
    notes = [f"{shot}: {text}" for shot, text in found["notes"]]
    takes, above = 0, []
    folder = media_bin(project.GetMediaPool())
    for shot in found["shots"]:
        item, reason = _item_of(copy, shot)
        media = None if reason else import_media(project.GetMediaPool(), folder, shot)
        if media is None:
            notes.append(f"{shot['name']}: {reason or 'Resolve does not import its new file.'}")
        elif not shot["is_baked"] and add_take(item, media, shot):
            takes += 1
        else:
            above.append((shot, media))
    laid, of_tracks = lay_on_track(project.GetMediaPool(), copy, above)
    notes += of_tracks
    if not takes and not laid:
        project.SetCurrentTimeline(timeline)
        project.GetMediaPool().DeleteTimelines([copy])
        raise LipflapFailed("\n".join(["No shot could be brought back.", *notes]))
    return [_summary(copy.GetName(), takes, laid, found["waiting"]), *notes]


def _duplicate(project: Any, timeline: Any) -> Any:
    """Return a duplicate of a timeline, which is the current one now. Raises LipflapFailed."""
    for number in range(1, _MAX_NAMES):
        name = f"{timeline.GetName()} dubbed{'' if number == 1 else f' {number}'}"
        copy = timeline.DuplicateTimeline(name)  # None where the name is taken
        if copy:
            if not project.SetCurrentTimeline(copy):
                raise LipflapFailed(f"Resolve does not open {name}. Close its dialogs first.")
            return copy
    raise LipflapFailed(f"Resolve does not duplicate {timeline.GetName()}.")


def _item_of(timeline: Any, shot: Shot) -> tuple[Any, str]:
    """Return the item that a shot is of, or why there is none."""
    if not shot["track"]:
        return None, "It lies in a compound clip. Open that as a timeline, and dub it by itself."
    start = timeline.GetStartFrame() + shot["start"]
    for item in timeline.GetItemListInTrack("video", shot["track"]) or ():
        is_there = (item.GetStart(), item.GetDuration()) == (start, shot["length"])
        if is_there and item.GetMediaPoolItem():
            return item, ""
    return None, "Its clip was moved or trimmed since the timeline was sent. Send it again."


def _summary(name: str, takes: int, laid: int, waiting: int) -> str:
    parts = [f"{takes} as takes"] if takes else []
    parts += [f"{laid} on tracks DUB"] if laid else []
    still = f" {waiting} are still to be rendered." if waiting else ""
    return f"{name}: {takes + laid} shots, {' and '.join(parts)}.{still}"
