"""A new picture as a take of a timeline item, beside the original, which stays selectable."""

from __future__ import annotations

from typing import Any


def add_take(item: Any, media: Any, shot: dict[str, Any]) -> bool:
    """Add a take and select it; return whether the item shows it, at its place and length.

    Otherwise the item is as it was. Some versions count the last frame in, others do not: what came
    of it is measured.
    """
    first, last = shot["shown"], shot["shown"] + shot["length"]
    selected = item.GetSelectedTakeIndex() if item.GetTakesCount() else 0
    place = item.GetStart(), item.GetDuration()
    for end in (last, last - 1):
        before = item.GetTakesCount() or 0
        added = item.AddTake(media, first, end)
        count = item.GetTakesCount() or 0
        if not added or count <= before:
            continue
        if item.SelectTakeByIndex(count) and (item.GetStart(), item.GetDuration()) == place:
            return True
        item.SelectTakeByIndex(selected or 1)
        item.DeleteTakeByIndex(count)
    return False
