"""The speed of a clip, as the program that wrote the timeline means it."""

from fractions import Fraction
from math import isfinite

import opentimelineio as otio

from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.host_metadata import members

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
    for effect in members(item.effects):
        if not isinstance(effect, otio.schema.TimeEffect) or not effect.enabled:
            continue
        name = effect.name or effect.effect_name or effect.schema_name()
        if not isinstance(effect, otio.schema.LinearTimeWarp):
            return Fraction(1), retimed_unevenly(name)
        if not isfinite(effect.time_scalar):
            return Fraction(1), _impossible(name)
        speed *= Fraction(effect.time_scalar).limit_denominator(100_000)
        if abs(speed) > _MAX_SPEED or speed.denominator.bit_length() > _MAX_DENOMINATOR_BITS:
            return Fraction(1), _impossible(name)
    return speed, None


def retimed_unevenly(effect: str) -> Reason:
    """Return the reason why a clip cannot be dubbed whose speed an effect varies."""
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
