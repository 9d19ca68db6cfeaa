"""OpenTimelineIO's JSON, written without OpenTimelineIO, which hosts do not bring."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict  # of JSON


def exact_rate(rate: float) -> Fraction:
    """Return the exact rate that a host states as a float."""
    for base in (1, 1001):
        whole = round(rate * base / (1000 if base == 1001 else 1))
        exact = Fraction(whole * 1000, 1001) if base == 1001 else Fraction(whole)
        if whole and abs(float(exact) - rate) < 0.0005:
            return exact
    return Fraction(rate).limit_denominator(1001)


def time(value: Fraction, rate: Fraction) -> Record:
    """Return a time of `value` frames."""
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": float(rate)}


def time_range(first: Record, duration: Record) -> Record:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": first, "duration": duration}


def media(url: str, available: Record) -> Record:
    """Return the reference to a file; without a path, to media that is not a file."""
    schema = "ExternalReference.1" if url else "MissingReference.1"
    record = {"OTIO_SCHEMA": schema, "name": "", "metadata": {}, "available_range": available}
    return {**record, "target_url": url} if url else record


def sequence(folder: str, name: str, first: int, digits: int, available: Record) -> Record:
    """Return the reference to an image sequence; `name` is a file's, with {} for its number."""
    prefix, suffix = name.split("{}")
    return {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        "name": "",
        "metadata": {},
        "available_range": available,
        "target_url_base": folder,
        "name_prefix": prefix,
        "name_suffix": suffix,
        "start_frame": first,
        "frame_step": 1,
        "rate": available["duration"]["rate"],
        "frame_zero_padding": digits,
        "missing_frame_policy": "error",
    }


def title(kind: str) -> Record:
    """Return the reference of what the host draws by itself."""
    record = {"OTIO_SCHEMA": "GeneratorReference.1", "generator_kind": kind, "parameters": {}}
    return {**record, "name": "", "metadata": {}, "available_range": None}


def clip(
    name: str,
    source: Record,
    reference: Record,
    *,
    element: str = "",
    facts: Record | None = None,
    speed: Fraction = Fraction(1),
    enabled: bool = True,
) -> Record:
    """Return a clip.

    source   its range in the media
    element  by which the host finds it again
    facts    of plugin.timeline.item_facts.ItemFacts, where they are not the usual
    speed    media seconds per record second
    """
    warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "name": "", "effect_name": "", "metadata": {}}
    return {
        **_item("Clip.2", name, source, element, facts or {}),
        "enabled": enabled,
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "effects": [] if speed == 1 else [{**warp, "time_scalar": float(speed)}],
    }


def gap(duration: Record) -> Record:
    return _item("Gap.1", "", time_range({**duration, "value": 0.0}, duration))


def transition(before: Record, after: Record) -> Record:
    """Return a mix that reaches so far before and after the edit."""
    record = {"OTIO_SCHEMA": "Transition.1", "name": "", "metadata": {}}
    return {
        **record,
        "transition_type": "SMPTE_Dissolve",
        "in_offset": before,
        "out_offset": after,
    }


def track(name: str, kind: str, children: Iterable[Record], *, enabled: bool = True) -> Record:
    """Return a track; `kind` is Video or Audio."""
    record = _item("Track.1", name, None)
    return {**record, "kind": kind, "children": list(children), "enabled": enabled}


def stack(
    name: str,
    children: Iterable[Record],
    source: Record | None = None,
    facts: Record | None = None,
    *,
    enabled: bool = True,
) -> Record:
    """Return a nested sequence; `facts` as of a clip."""
    record = _item("Stack.1", name, source, facts=facts)
    return {**record, "children": list(children), "enabled": enabled}


def timeline(name: str, start: Record, tracks: Iterable[Record]) -> Record:
    """Return a timeline; `start` is the time of its first frame."""
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": name,
        "metadata": {},
        "global_start_time": start,
        "tracks": stack("tracks", tracks),
    }


def _item(
    schema: str,
    name: str,
    source: Record | None,
    element: str = "",
    facts: Record | None = None,
) -> Record:
    metadata: Record = {"lipflap": {"element": element}} if element else {}
    if facts:
        metadata["lipflap_facts"] = facts
    return {
        "OTIO_SCHEMA": schema,
        "name": name,
        "metadata": metadata,
        "source_range": source,
        "effects": [],
        "markers": [],
        "enabled": True,
    }
