"""Dubbed shots as a render gives them, for the clips of a cut that is read by its reader."""

from fractions import Fraction
from math import floor
from pathlib import Path, PurePosixPath

from lipflap.core.frametime import FrameSpan, exact_rate
from lipflap.plugin.timeline.clip.clip_frames import media_rate, reference_of
from lipflap.plugin.timeline.dialect.speed import clip_speed, detect_dialect
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.placement.item_length import source_start
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.read import read_timeline

HANDLES = 4


def dubbed_shots(path: Path, cut_rate: Fraction, *names: str) -> tuple[DubbedShot, ...]:
    """Shots of the picture clips with media, of these names or all; retimed ones are baked."""
    timeline = read_timeline(path)
    found = []
    for placed in place_clips(timeline, detect_dialect(timeline)):
        clip, reference = placed.clip, reference_of(placed.clip)
        if placed.is_sound or (names and clip.name not in names) or not placed.visible:
            continue
        available = reference.available_range if reference else None
        if available is None or not host_element(clip) or clip_speed(clip)[1]:
            continue
        speed = clip_speed(clip)[0]
        rate = exact_rate(media_rate(clip)) if speed == 1 else cut_rate
        start = seconds(source_start(clip), clip) - seconds(available.start_time, clip)
        head = placed.body.start - placed.record.start
        first = floor((start - head) * rate) - HANDLES
        tc = round(seconds(available.start_time, clip) * rate) + first
        count = int(placed.record.seconds * rate) + 2 * HANDLES
        found.append(
            DubbedShot(
                name=f"{len(found)} {clip.name}",
                address=placed.address,
                element=host_element(clip),
                record=placed.body,
                file=PurePosixPath(f"/job/{len(found)} & new.mov"),
                frames=FrameSpan(tc, tc + count, rate),
                media_first=first,
                shown_from=placed.record.start - HANDLES / rate,
                is_baked=speed != 1,
                reel="",
            )
        )
    return tuple(found)
