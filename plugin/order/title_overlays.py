"""What titles with an alpha channel hide of a shot, frame by frame, as far as it is known.

shot     |===========================|        output frames, handles included
title          |==== lower third ====|        the box that is opaque in each of them
overlays       [ box ][  other box  ]
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from math import floor

from lipflap.core.errors import DubError
from lipflap.core.media.opaque_box import Box, opaque_box_of_still, opaque_boxes
from lipflap.core.media.probe import MediaInfo
from lipflap.core.order import DubOrder, FrameRange, Overlay
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.order.source_frames import SourceFrames

_MAX_FRAMES = 1500  # of one title that are looked at; of a longer one nothing is known


def overlays_of(
    order: DubOrder,
    record_start: Fraction,
    titles: Iterable[Shot],
    info_of: Callable[[Shot], MediaInfo],
    frames_of: Callable[[Shot], SourceFrames],
    size: tuple[int, int],
) -> tuple[Overlay, ...]:
    """Return what titles hide of a shot.

    order, record_start  of the shot; the record time of its first output frame
    info_of, frames_of   facts about the media of a title; its frames that the cut shows
    size                 width and height of the shot's picture
    A title of another size, and one that cannot be read, hide nothing that is known.
    """
    found: list[Overlay] = []
    for title in titles:
        try:
            info, shown = info_of(title), frames_of(title)
        except DubError:
            continue
        if title.problem is None and (info.width, info.height) == size:
            seen = dict(_title_frames(order, record_start, title, shown))
            found += _overlays(seen, info) if len(seen) <= _MAX_FRAMES else ()
    return tuple(found)


def _title_frames(
    order: DubOrder, record_start: Fraction, title: Shot, shown: SourceFrames
) -> Iterator[tuple[int, int]]:
    """Yield the output frames in which a title is seen, each with the frame of its media."""
    for frame in range(order.frames.count):
        time = record_start + frame / order.output.rate
        row = floor((time - shown.record_start) * shown.rate)
        is_seen = any(piece.start <= time < piece.end for piece in title.visible)
        if is_seen and 0 <= row < shown.frames.count:
            yield frame, shown.frames.media_frame(row)


def _overlays(seen: dict[int, int], info: MediaInfo) -> Iterator[Overlay]:
    """Yield an overlay for each stretch of frames in which the box of a title is the same.

    seen   output frames, and the frame of the title's media in each
    """
    boxes = zip(seen, _boxes(info, list(seen.values())), strict=True)
    runs = groupby(enumerate(boxes), lambda one: (one[1][0] - one[0], one[1][1]))
    for (_, box), run in runs:
        frames = [frame for _, (frame, _) in run]
        if box is not None:
            yield Overlay(FrameRange(frames[0], frames[-1] + 1), *box)


def _boxes(info: MediaInfo, frames: Sequence[int]) -> list[Box | None]:
    if info.frame_count == 1 and info.first_file is None:
        return [opaque_box_of_still(info.path)] * len(frames)
    return opaque_boxes(info, frames)
