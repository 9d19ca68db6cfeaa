"""A sequence of Hiero as a cut in OpenTimelineIO's JSON.

Hiero counts frames of media from 0, and its last frames of ranges in.
"""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

from lipflap.plugin.hosts.script import otio_json as otio


def make_cut(sequence: Any) -> dict[str, Any]:
    """Return the timeline of a sequence."""
    rate = otio.exact_rate(sequence.framerate().toFloat())
    tracks = [_track(track, "Video", rate) for track in sequence.videoTracks()]
    tracks += [_track(track, "Audio", rate) for track in sequence.audioTracks()]
    start = otio.time(Fraction(sequence.timecodeStart()), rate)
    return otio.timeline(sequence.name(), start, tracks)


def _track(track: Any, kind: str, rate: Fraction) -> dict[str, Any]:
    mixes = {one.inTrackItem(): one for one in track.transitions() if _is_mix(one)}
    children, at = [], 0
    for item in sorted(track.items(), key=lambda one: one.timelineIn()):
        if item.timelineIn() > at:
            children.append(otio.gap(otio.time(Fraction(item.timelineIn() - at), rate)))
        children.append(_clip(item, rate))
        at = item.timelineOut() + 1
        if item in mixes:
            before = Fraction(at - mixes[item].timelineIn())
            after = Fraction(mixes[item].timelineOut() + 1 - at)
            children.append(otio.transition(otio.time(before, rate), otio.time(after, rate)))
    return otio.track(track.name(), kind, children, enabled=track.isEnabled())


def _is_mix(transition: Any) -> bool:
    return bool(transition.inTrackItem() and transition.outTrackItem())


def _clip(item: Any, rate: Fraction) -> dict[str, Any]:
    media = item.source().mediaSource()
    stated = item.source().framerate().toFloat()
    media_rate = otio.exact_rate(stated) if stated > 0 else rate
    speed = Fraction(item.playbackSpeed()).limit_denominator(10_000) * rate / media_rate
    first = min(item.sourceIn(), item.sourceOut())
    length = otio.time(Fraction(item.timelineOut() + 1 - item.timelineIn()), rate)
    available = otio.time_range(
        otio.time(Fraction(0), media_rate), otio.time(Fraction(media.duration()), media_rate)
    )
    return otio.clip(
        item.name(),
        otio.time_range(otio.time(Fraction(first).limit_denominator(1000), media_rate), length),
        _reference(media, available),
        element=item.guid(),
        facts={"uneven_speed": "TimeWarp"} if _is_warped(item) else {},
        speed=speed,
        enabled=item.isEnabled(),
    )


def _is_warped(item: Any) -> bool:
    """Return whether a TimeWarp effect that is on varies the speed of an item."""
    effects = [one for one in item.linkedItems() if "TimeWarp" in one.name()]
    return any(effect.isEnabled() for effect in effects)


def _reference(media: Any, available: dict[str, Any]) -> dict[str, Any]:
    file = media.fileinfos()[0]
    if media.singleFile():
        return otio.media(file.filename(), available)
    folder, name = os.path.split(file.filename())
    pattern = media.filenameHead() + "{}" + os.path.splitext(name)[1]
    return otio.sequence(folder, pattern, file.startFrame(), media.filenamePadding(), available)
