"""Copies of the cut's items on the DUB track: what a host needs of them to show them alike."""

from collections.abc import Mapping
from copy import deepcopy
from fractions import Fraction
from pathlib import PurePath

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.dialect.speed import clip_speed, record_share
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia, new_reference
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.placement.item_length import seconds_of

_OWN_KEYS = {"@id", "link", "masterclipid", "Link Group ID"}  # what only the original may be


def dubbed_copy(
    clip: otio.schema.Clip,
    shot: RenderedMedia,
    source_range: otio.opentime.TimeRange,
    cut_rate: float,
) -> otio.schema.Clip:
    """Return a clip that shows a new file as `clip` shows its own.

    Its effects, reframing and metadata of its host are copied, its speed is not: the new file has
    the cut's own. Its name is its own, for programs relink by name.
    """
    reference = reference_of(clip)
    name = clip.name or PurePath(file_of(reference)).stem
    copy = otio.schema.Clip(
        name=f"{name} {OURS}".strip(),
        media_reference=new_reference(shot, reference, cut_rate),
        source_range=source_range,
        metadata=_host_metadata(clip.metadata) | {OURS: dict(shot.provenance)},
    )
    is_time = otio.schema.TimeEffect
    copy.effects.extend(deepcopy(one) for one in clip.effects if not isinstance(one, is_time))
    copy.color = deepcopy(clip.color)
    return copy


def trimmed_copy(
    item: otio.core.Item, start: Fraction, length: Fraction, dialect: str
) -> otio.core.Item:
    """Return a copy of a clip or a nested sequence that lasts `length` seconds of the cut.

    start   record seconds from the item's start
    """
    copy = deepcopy(item)
    copy.markers.clear()
    kept = _host_metadata(copy.metadata)
    copy.metadata.clear()
    copy.metadata.update(kept)
    speed, _ = clip_speed(item)
    if speed < 0:  # backwards, the source range ends where the item starts
        start = seconds_of(item, dialect) - start - length
    share = record_share(item, dialect)
    old = item.trimmed_range()
    copy.source_range = otio.opentime.TimeRange(
        old.start_time + _time(start * abs(speed), old.start_time.rate),
        _time(length / share, old.duration.rate),
    )
    return copy


def _time(length: Fraction, rate: float) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(length * exact_rate(rate)), rate)


def _host_metadata(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return metadata without ours, and without what ties an item to others or names it alone."""
    return {
        key: _host_metadata(value) if isinstance(value, Mapping) else deepcopy(value)
        for key, value in metadata.items()
        if key not in _OWN_KEYS and key != OURS
    }
