"""The rendered picture of a shot, and its OTIO media reference."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from lipflap.core.frametime import FrameSpan, exact_rate
from lipflap.plugin.job.path_map import pure_path
from lipflap.plugin.timeline.otio_time import otio_rate


@dataclass(frozen=True, slots=True)
class RenderedMedia:
    """The rendered picture of a shot.

    path          absolute, on the editor's machine; a %0Nd pattern for an image sequence
    available     its frames, numbered by its start timecode, at its own rate
    record_start  record time at which frame available.start plays; before the shot where the
                  file has handles
    first_file    number in the name of the sequence's first file; None for a movie
    provenance    what goes into the clip's metadata under `lipflap`
    """

    path: str
    available: FrameSpan
    record_start: Fraction
    first_file: int | None
    provenance: Mapping[str, object]


def frame_at(rendered: RenderedMedia, record: Fraction) -> Fraction:
    """Return the number of the new file's frame that plays at a record time."""
    span = rendered.available
    return span.start + (record - rendered.record_start) * span.rate


def new_reference(
    rendered: RenderedMedia, like: otio.core.MediaReference | None, cut_rate: float
) -> otio.core.MediaReference:
    """Return the media reference of a new file; its rate as `cut_rate` where that is the same.

    like   the original: where that has a bare path and no URL, as Resolve writes, so has the new
    """
    span = rendered.available
    rate = written_rate(span.rate, cut_rate)
    available = otio.opentime.TimeRange(
        otio.opentime.RationalTime(span.start, rate), otio.opentime.RationalTime(len(span), rate)
    )
    path = pure_path(rendered.path)
    if rendered.first_file is None:
        url = str(path) if has_bare_path(like) else path.as_uri()
        return otio.schema.ExternalReference(url, available)
    prefix, digits, suffix = _pattern_parts(path.name)
    return otio.schema.ImageSequenceReference(
        target_url_base=path.parent.as_uri() + "/",
        name_prefix=prefix,
        name_suffix=suffix,
        start_frame=rendered.first_file,
        frame_step=1,
        rate=rate,
        frame_zero_padding=digits,
        available_range=available,
    )


def written_rate(rate: Fraction, cut_rate: float) -> float:
    """Return a rate as this timeline writes it: a file must not mix 23.976 and 23.976024."""
    return cut_rate if exact_rate(cut_rate) == rate else otio_rate(rate)


def has_bare_path(reference: otio.core.MediaReference | None) -> bool:
    """Return whether a reference names its file by an absolute path that is no URL."""
    if not isinstance(reference, otio.schema.ExternalReference):
        return False
    return re.match(r"[/\\\\]|[A-Za-z]:[/\\\\]", reference.target_url) is not None


def _pattern_parts(pattern: str) -> tuple[str, int, str]:
    """Return prefix, digits and suffix of a %0Nd pattern."""
    found = re.fullmatch(r"(.*)%(?:0(\d+))?d(.*)", pattern)
    if not found:
        raise ValueError(f"{pattern!r} holds no frame number such as %04d")
    prefix, suffix = (text.replace("%%", "%") for text in (found[1], found[3]))
    return prefix, int(found[2] or 0), suffix
