"""Rendered shots as versions of their clips, beside the original; retimed ones on a track DUB."""

from __future__ import annotations

from typing import Any

import hiero.core

_MOVED = "Its clip was moved or trimmed since the sequence was sent. Send it again."


def lay_shots(sequence: Any, found: dict[str, Any]) -> list[str]:
    """Bring shots back into a sequence; return a summary, and what should be known.

    found   as `lipflap hosts shots` prints it
    """
    items = {item.guid(): item for track in sequence.videoTracks() for item in track.items()}
    notes, versions, above = [], 0, []
    for shot in found["shots"]:
        item = items.get(shot["element"])
        place = (item.timelineIn(), _length(item)) if item else None
        if place != (shot["start"], shot["length"]):
            notes.append(f"{shot['name']}: {_MOVED}")
        elif not shot["is_baked"] and _add_version(item, shot):
            versions += 1
        else:
            above.append(shot)
    if above:
        _lay_above(sequence, above)
        notes.append("The track DUB is on top: move it below your titles.")
    waiting = f" {found['waiting']} are still to be rendered." if found["waiting"] else ""
    summary = f"{versions} shots as versions, {len(above)} on a track DUB.{waiting}"
    return [summary, *notes]


def _length(item: Any) -> int:
    return int(item.timelineOut() + 1 - item.timelineIn())


def _clip(shot: dict[str, Any]) -> Any:
    path = shot["file"]
    if shot["first_file"] is not None:
        path = f"{path} {shot['first_file']}-{shot['first_file'] + shot['count'] - 1}"
    return hiero.core.Clip(hiero.core.MediaSource(path))


def _add_version(item: Any, shot: dict[str, Any]) -> bool:
    """Add a version to an item's clip and let this item alone show it, at its place and length."""
    bin_item = item.source().binItem()
    if not bin_item or not hasattr(item, "setCurrentVersion"):
        return False
    before = item.currentVersion()
    times = item.timelineIn(), item.timelineOut(), item.sourceIn(), item.sourceOut()
    version = hiero.core.Version(_clip(shot))
    bin_item.addVersion(version)
    item.setCurrentVersion(version)
    wanted = (*times[:2], shot["shown"], shot["shown"] + shot["length"] - 1)
    item.setTimes(*wanted)
    now = item.timelineIn(), item.timelineOut(), item.sourceIn(), item.sourceOut()
    if now == wanted and item.playbackSpeed() == 1:
        return True
    item.setCurrentVersion(before)
    item.setTimes(*times)
    return False


def _lay_above(sequence: Any, shots: list[dict[str, Any]]) -> None:
    """Lay shots on tracks DUB at the top, which are added; one where none overlap."""
    tracks: list[tuple[Any, int]] = []
    for shot in sorted(shots, key=lambda one: one["start"]):
        free = [number for number, (_, end) in enumerate(tracks) if end <= shot["start"]]
        if not free:
            name = f"DUB {len(tracks) + 1}" if tracks else "DUB"
            tracks.append((sequence.addTrack(hiero.core.VideoTrack(name)), 0))
            free = [len(tracks) - 1]
        track = tracks[free[0]][0]
        end = shot["start"] + shot["length"]
        item = track.createTrackItem(f"{shot['name']} lipflap")
        item.setSource(_clip(shot))
        item.setTimes(shot["start"], end - 1, shot["shown"], shot["shown"] + shot["length"] - 1)
        track.addTrackItem(item)
        tracks[free[0]] = (track, end)
