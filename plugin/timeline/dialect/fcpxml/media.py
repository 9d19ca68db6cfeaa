"""Assets of FCPXML as media references of OTIO."""

import re
from fractions import Fraction
from urllib.parse import unquote

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.fcpxml.document import FcpxDocument
from lipflap.plugin.timeline.dialect.fcpxml.timing import Clock, time_of
from lipflap.plugin.timeline.media.media_url import is_relative
from lipflap.plugin.timeline.otio_time import otio_rate
from lipflap.plugin.timeline.patch.xml_spans import Element

_FALLBACK_RATE_HZ = 48_000
_ORIGINAL, PROXY = "original-media", "proxy-media"


def has(asset: Element, what: str) -> bool:
    """Return whether an asset has `what`, Video or Audio; one that says neither has both."""
    said = [asset.attributes.get(f"has{kind}") for kind in ("Video", "Audio")]
    return asset.attributes.get(f"has{what}") == "1" or not any(said)


def is_still(asset: Element) -> bool:
    """Return whether an asset is one picture: it lasts no time."""
    return time_of(asset, "duration") == 0


def time(seconds: Fraction, rate: Fraction) -> otio.opentime.RationalTime:
    """Return seconds as OTIO's time at a rate."""
    return otio.opentime.RationalTime(float(seconds * rate), otio_rate(rate))


def picture_reference(
    asset: Element, document: FcpxDocument, rate: Fraction
) -> otio.core.MediaReference:
    """Return the reference to an asset's picture; `rate` is the media's."""
    return _reference(asset, document, rate if not is_still(asset) else None)


def other_references(asset: Element, document: FcpxDocument) -> dict[str, otio.core.MediaReference]:
    """Return references to an asset's other files, which are not shown, by kind: a proxy."""
    urls = list(_urls(asset, document).items())[1:]
    return {kind: otio.schema.ExternalReference(target_url=url) for kind, url in urls}


def sound_reference(asset: Element, document: FcpxDocument) -> otio.core.MediaReference:
    """Return the reference to an asset's sound, in samples."""
    return _reference(asset, document, sample_rate(asset))


def sample_rate(asset: Element) -> Fraction:
    """Return samples per second of an asset's sound; of one that does not say, 48000."""
    text = asset.attributes.get("audioRate", "").lower()
    number = text.removesuffix("k")
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", number):
        return Fraction(_FALLBACK_RATE_HZ)
    return Fraction(number) * (1000 if text.endswith("k") else 1) or Fraction(_FALLBACK_RATE_HZ)


def set_speed(item: otio.core.Item, clock: Clock) -> None:
    """Give an item the constant speed of a clock."""
    if clock.speed == 0:
        item.effects.append(otio.schema.FreezeFrame())
    elif clock.speed != 1:
        item.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(clock.speed)))


def first_read_forwards(clock: Clock, seconds: Fraction) -> Fraction:
    """Return the least media time that is played: OTIO writes a range forwards at any speed."""
    return min(clock.at, clock.time(seconds))


def _reference(
    asset: Element, document: FcpxDocument, rate: Fraction | None
) -> otio.core.MediaReference:
    kind, url = next(iter(_urls(asset, document).items()), ("", ""))
    if not url:
        return otio.schema.MissingReference(name=asset.attributes.get("name", ""))
    start, length = time_of(asset, "start"), time_of(asset, "duration")
    held = otio.opentime.TimeRange(time(start, rate), time(length, rate)) if rate else None
    said = {"fcpxml": {"kind": kind}} if kind == PROXY else None
    return otio.schema.ExternalReference(url, held, metadata=said)


def _urls(asset: Element, document: FcpxDocument) -> dict[str, str]:
    """Return the URLs of an asset's files by kind, that of its original first.

    They stand in <media-rep> since version 1.9.
    """
    reps = [(rep.attributes.get("kind", _ORIGINAL), rep) for rep in asset.find_all("media-rep")]
    reps.sort(key=lambda one: one[0] != _ORIGINAL)
    urls: dict[str, str] = {}
    for kind, element in (*reps, (_ORIGINAL, asset)):
        if (url := element.attributes.get("src", "")) and kind not in urls:
            if document.folder is not None and is_relative(url):
                url = str(document.folder / unquote(url))
            urls[kind] = url
    return urls
