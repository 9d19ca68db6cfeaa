"""Lines of sound of a cut: which samples of which file play when, and which are not heard.

record   |======== clip ========|
heard         |== line =========|        a fade-in may begin before the file does
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

import opentimelineio as otio

from lipflap.core.order import Role
from lipflap.core.playback import MAX_SPEED, MIN_SPEED, Playback
from lipflap.plugin.cut.cut import DubLine, LeftOut
from lipflap.plugin.cut.reason import Reason
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.clip.clip_frames import reference_of, sound_start
from lipflap.plugin.timeline.clip.clip_media import file_of, sound_file
from lipflap.plugin.timeline.dialect.speed import clip_speed
from lipflap.plugin.timeline.item_names import describe
from lipflap.plugin.timeline.item_sound import (
    channels_assumed,
    heard_channels,
    is_muted,
    is_solo,
)
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SoundLines:
    """The sound of a cut.

    heard     lines that play
    muted     lines that are there but are not heard: of muted tracks, beside a solo
    left_out  sound that cannot be followed
    missing   sound that is not muted, and of which no file is found
    """

    heard: tuple[DubLine, ...]
    muted: tuple[DubLine, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[LeftOut, ...]


def sound_lines(
    timeline: otio.schema.Timeline,
    sounds: Iterable[PlacedClip],
    rate: Fraction,
    finder: MediaFinder,
) -> SoundLines:
    """Return the lines of the clips in sound tracks; `rate` of the cut.

    Each piece of sound counts once, even where a nest lies in a picture and in a sound track.
    """
    tracks = list(enumerate(timeline.tracks))
    solo = {n for n, track in tracks if is_solo(track)}
    faded = {n for n, track in tracks if isinstance(track, otio.core.Item) and is_muted(track)}
    heard: dict[DubLine, None] = {}
    muted: dict[DubLine, None] = {}
    left_out: dict[LeftOut, None] = {}
    missing: dict[LeftOut, None] = {}
    assumed: dict[tuple[str, str], None] = {}
    for placed in (one for one in sounds if one.visible):
        silenced = _is_silenced(placed, solo, faded)
        path, why_not = sound_file(placed.clip, finder)
        if why_not and not silenced:
            missing[_left_out(placed, why_not)] = None
        line = _line(placed, path, rate) if path else None
        if isinstance(line, LeftOut):
            left_out[line] = None
        elif line is not None:
            (muted if silenced else heard)[line] = None
            if said := channels_assumed(placed.clip):
                assumed[PurePath(path).name, said] = None
    for name, said in assumed:
        _log.warning("%s: %s", name, said)
    return SoundLines(
        heard=tuple(heard),
        muted=tuple(line for line in muted if line not in heard),
        left_out=tuple(left_out),
        missing=tuple(sorted(missing, key=_place)),
    )


def _is_silenced(placed: PlacedClip, solo: set[int], faded: set[int]) -> bool:
    """Return whether a clip is not heard; `solo` and `faded` are the numbers of such tracks."""
    root = placed.address[0]
    is_beside_solo = bool(solo) and root not in solo
    return placed.disabled_by is not None or is_beside_solo or root in faded


def _left_out(placed: PlacedClip, why: str) -> LeftOut:
    return LeftOut(_name(placed.clip), placed.track, placed.visible[0], why)


def _place(item: LeftOut) -> tuple[Fraction, str]:
    return (item.record.start if item.record else Fraction(0), item.track)


def _name(clip: otio.schema.Clip) -> str:
    return clip.name or PurePath(file_of(reference_of(clip))).stem


def _line(placed: PlacedClip, path: str, rate: Fraction) -> DubLine | LeftOut | None:
    """Return the sound of a clip, why it cannot be followed, or None when its file ends before."""
    clip = placed.clip
    own_speed, uneven = clip_speed(clip)
    speed = own_speed * placed.nest_speed
    why = _problem(placed, speed, uneven)
    if why:
        return _left_out(placed, why)
    audible = placed.visible[0]
    start = sound_start(clip, path, rate)
    if audible.start != placed.body.start:
        start += (audible.start - placed.body.start) * speed
    if start < 0:
        silence = -start / speed
        if silence >= audible.seconds:
            return None
        start, audible = Fraction(0), TimeRange(audible.start + silence, audible.end)
    return DubLine(
        name=_name(clip),
        path=path,
        role=Role.PRODUCTION,
        track=placed.track,
        sound_start=start,
        record=audible,
        playback=Playback(heard_channels(clip), speed),
    )


def _problem(placed: PlacedClip, speed: Fraction, uneven: Reason | None) -> str:
    """Return why the sound of a clip cannot be followed; empty when it can.

    speed, uneven   at which it plays, and why that is not constant, if it is not
    """
    clip = placed.clip
    if placed.disabled_by is clip:
        return "It is disabled."
    if is_muted(clip):
        return "It is muted."
    if placed.retimed_by is not None:
        return (
            f"It lies in {describe(placed.retimed_by)}, whose speed varies, is 0, or runs "
            "backwards inside another retime. Retime the clip itself."
        )
    if uneven:
        return uneven.text
    if placed.facts.uneven_speed:
        return f"Its speed is varied by {placed.facts.uneven_speed}. Render it into a new file."
    if not MIN_SPEED <= speed <= MAX_SPEED:
        kind = "plays backwards" if speed < 0 else f"plays at {float(speed) * 100:.0f} %"
        return (
            f"It {kind}; sound is followed from {int(MIN_SPEED * 100)} to {int(MAX_SPEED * 100)} "
            "%. Render it into a new file, and relink the clip to that."
        )
    return ""
