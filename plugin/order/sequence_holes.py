"""Files that are missing in an image sequence, where the cut wants each to be there."""

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from lipflap.core.errors import MediaMissing
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import numbers_on_disk
from lipflap.core.media.probe import MediaInfo
from lipflap.plugin.order.source_frames import SourceFrames

_MAX_NAMED = 4  # stretches of missing files in a message


def missing_frames(info: MediaInfo) -> frozenset[int]:
    """Return the frames of a sequence, from 0, that have no file and nothing to show instead."""
    if info.first_file is None or info.holes != HolePolicy.ERROR:
        return frozenset()
    there = {number - info.first_file for number in numbers_on_disk(info.path)}
    return frozenset(range(info.frame_count)) - there


def frames_beside_holes(
    frames_with: Callable[[int], SourceFrames],
    handles: int,
    info: MediaInfo,
    missing: frozenset[int],
) -> SourceFrames:
    """Return the frames of a shot with as many handles as there are files for.

    frames_with   number of handles -> frames
    Raises MediaMissing when a frame that the cut shows has no file.
    """
    source = frames_with(handles)
    if not missing:
        return source
    used = source.filmed.media_frames()
    if lost := missing.intersection(used[source.head : len(used) - source.tail]):
        raise MediaMissing(
            f"lacks {_ranges(frame + (info.first_file or 0) for frame in lost)}.",
            where=Path(info.path).name,
            fix="Render or copy them again.",
        )
    while missing.intersection(source.filmed.media_frames()):
        handles -= 1
        source = frames_with(handles)
    return source


def _ranges(numbers: Iterable[int]) -> str:
    """Return files as an editor would name them: 1020-1021, 1030."""
    stretches = []
    for _, stretch in groupby(enumerate(sorted(numbers)), lambda one: one[1] - one[0]):
        found = [number for _, number in stretch]
        stretches.append(str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}")
    more = len(stretches) - _MAX_NAMED
    return (
        "the files " + ", ".join(stretches[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
    )
