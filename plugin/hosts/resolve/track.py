"""New pictures on tracks DUB, each directly above the track of the shots that it is for."""

from __future__ import annotations

from typing import Any

Placed = tuple  # (shot, its media pool item)
_PICTURE_ALONE = 1  # mediaType


def lay_on_track(pool: Any, timeline: Any, shots: list[Placed]) -> tuple[int, list[str]]:
    """Lay shots above their own tracks; return how many lie there, and what should be known."""
    laid = 0
    notes = []
    for track in sorted({shot["track"] for shot, _ in shots}, reverse=True):
        above = _add_track(timeline, track + 1)
        if above > track + 1:
            notes.append(f"The track DUB of V{track} is on top: move it below your titles.")
        for shot, media in (one for one in shots if one[0]["track"] == track):
            if above and _append(pool, timeline, above, shot, media):
                laid += 1
            else:
                notes.append(f"{shot['name']}: Resolve takes it neither as a take nor on a track.")
    return laid, notes


def _add_track(timeline: Any, number: int) -> int:
    """Add a picture track at a number, or at the top; return its number, 0 when that fails."""
    count = timeline.GetTrackCount("video")
    added = timeline.AddTrack("video", {"index": number})
    at = number
    if not added or timeline.GetTrackCount("video") == count:
        at = count + 1
        if not timeline.AddTrack("video") or timeline.GetTrackCount("video") == count:
            return 0
    timeline.SetTrackName("video", at, "DUB")
    return at


def _append(pool: Any, timeline: Any, track: int, shot: dict[str, Any], media: Any) -> bool:
    """Lay one shot; return whether it lies there as long as it should.

    The last frame counts in some versions and not in others: what came of it is measured.
    """
    start = timeline.GetStartFrame() + shot["start"]
    first, last = shot["shown"], shot["shown"] + shot["length"]
    for end in (last, last - 1):
        placed = {"mediaPoolItem": media, "startFrame": first, "endFrame": end}
        placed.update(mediaType=_PICTURE_ALONE, trackIndex=track, recordFrame=start)
        pool.AppendToTimeline([placed])
        # what it returns may be None although the clip is there
        found = [
            item
            for item in timeline.GetItemListInTrack("video", track) or ()
            if item.GetStart() == start
        ]
        if found and found[0].GetDuration() == shot["length"]:
            return True
        if found:
            timeline.DeleteClips(found, False)
    return False
