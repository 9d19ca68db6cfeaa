"""Differences between the programs that write timelines: speed, rate and start timecode."""

from fractions import Fraction
from math import isfinite

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.cut.reason import Reason, ReasonCode

_MAX_SPEED, _MAX_DENOMINATOR_BITS = 1_000_000, 256

OTIO, PREMIERE = "otio", "premiere"


def detect_dialect(timeline: otio.schema.Timeline) -> str:
    """Return PREMIERE when Premiere Pro wrote the timeline by itself, else OTIO.

    They differ in one thing: the source range of a retimed clip lasts as long as the clip does in
    the cut (OTIO's own convention, kept by Resolve and Hiero), or as long as the media it uses
    (Premiere). A file that carries the metadata of both is written for both: OTIO's own holds.
    """
    keys = set(timeline.metadata) | set(timeline.tracks.metadata)
    if "PremierePro_OTIO" in keys and "Resolve_OTIO" not in keys:
        return PREMIERE
    return OTIO


def clip_speed(item: otio.core.Item) -> tuple[Fraction, Reason | None]:
    """Return media seconds per record second as the item's effects have it.

    Constant speeds multiply. The second value names an effect that is no constant speed, if one is.
    """
    speed = Fraction(1)
    for effect in item.effects:
        if not isinstance(effect, otio.schema.TimeEffect) or not effect.enabled:
            continue
        name = effect.name or effect.effect_name or effect.schema_name()
        if not isinstance(effect, otio.schema.LinearTimeWarp):
            return Fraction(1), _uneven(name)
        if not isfinite(effect.time_scalar):
            return Fraction(1), _impossible(name)
        speed *= Fraction(effect.time_scalar).limit_denominator(100_000)
        if abs(speed) > _MAX_SPEED or speed.denominator.bit_length() > _MAX_DENOMINATOR_BITS:
            return Fraction(1), _impossible(name)
    return speed, None


def _uneven(effect: str) -> Reason:
    return Reason(
        ReasonCode.RETIMED_UNEVENLY,
        f"Its time effect '{effect}' is not a constant speed. "
        "Render the effect into a new file, and relink the clip to that.",
    )


def _impossible(effect: str) -> Reason:
    return Reason(
        ReasonCode.RETIMED_UNEVENLY,
        f"Its time effect '{effect}' has an impossible speed. "
        "Set the speed again in your editing program, and export the cut again.",
    )


def record_share(item: otio.core.Item, dialect: str) -> Fraction:
    """Return record seconds per second of the item's source range."""
    if dialect != PREMIERE:
        return Fraction(1)
    speed, uneven = clip_speed(item)
    return 1 / abs(speed) if speed and not uneven else Fraction(1)


def detect_edl_rate(text: str) -> Fraction | None:
    """Return the rate that an EDL's own timecodes prove, None when they fit 24 frames a second.

    CMX 3600 has no field for the rate: only a frame number of 24 or more, or a drop-frame
    timecode, rules 24 out.
    """
    codes = [word for word in text.split() if len(word) == 11 and word[2] == word[5] == ":"]
    frames = [int(code[9:]) for code in codes if code[9:].isdecimal()]
    if any(code[8] == ";" for code in codes):
        return Fraction(30000, 1001)
    if max(frames, default=0) < 24:
        return None
    return Fraction(25) if max(frames) == 24 else Fraction(30)


def normalise_edl_start(timeline: otio.schema.Timeline) -> None:
    """Move the start timecode of a timeline from the CMX 3600 adapter to where OTIO has it.

    The adapter writes the record timecode of a track's first event as a source range that starts
    that much before the track's content; to any other reader such a track plays nothing.
    Changes `timeline`: tracks that start together lose the range, later ones keep their lead.
    """
    tracks = [track for track in timeline.tracks if track.source_range is not None]
    starts = [-track.source_range.start_time for track in tracks]
    if len(tracks) < len(timeline.tracks) or not starts or min(starts).value < 0:
        return
    timeline.global_start_time = min(starts)
    for track, start in zip(tracks, starts, strict=True):
        lead = start - min(starts)
        track.source_range = (
            otio.opentime.TimeRange(-lead, track.source_range.duration + lead)
            if lead.value
            else None
        )


def otio_rate(rate: Fraction) -> float:
    """Return a rate as other programs write it: 23.976, not 23.976023976…"""
    if rate.denominator == 1:
        return float(rate)
    short = round(float(rate), 3)
    return short if exact_rate(short) == rate else float(rate)
