"""Small timelines for the tests, and the real ones other people published."""

from pathlib import Path

import opentimelineio as otio
import pytest

REAL = Path(__file__).parents[4] / "shared" / "timelines"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="../shared/timelines is not there")


def span(start: float, count: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(count, rate)
    )


def movie(
    url: str, start: int = 0, count: int = 1000, rate: float = 24
) -> otio.core.MediaReference:
    return otio.schema.ExternalReference(url, span(start, count, rate))


def clip(
    name: str, count: float, *, start: float = 0, rate: float = 24, url: str = ""
) -> otio.schema.Clip:
    return otio.schema.Clip(name, movie(url or f"{name}.mov", rate=rate), span(start, count, rate))


def gap(count: int) -> otio.schema.Gap:
    return otio.schema.Gap(duration=otio.opentime.RationalTime(count, 24))


def dissolve(into: int, out: int) -> otio.schema.Transition:
    return otio.schema.Transition(
        transition_type="SMPTE_Dissolve",
        in_offset=otio.opentime.RationalTime(into, 24),
        out_offset=otio.opentime.RationalTime(out, 24),
    )


def track(
    *children: otio.core.Composable, kind: str = "Video", name: str = ""
) -> otio.schema.Track:
    return otio.schema.Track(name, list(children), kind=kind)


def retimed(item: otio.core.Item, scalar: float) -> otio.core.Item:
    item.effects.append(otio.schema.LinearTimeWarp(time_scalar=scalar))
    return item


def timeline(
    *tracks: otio.core.Item, start: float | None = None, rate: float = 24
) -> otio.schema.Timeline:
    made = otio.schema.Timeline("cut")
    if start is not None:
        made.global_start_time = otio.opentime.RationalTime(start, rate)
    made.tracks.extend(list(tracks))
    return made
