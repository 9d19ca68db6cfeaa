"""What a clip's media reference and source range mean: which file, which frames of it.

Tells OTIO's kinds of references apart, so it imports OTIO as timeline.py does, whose door it is.
"""

from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.frametime import FrameSpan, exact_rate
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.bundle_read import REASON_KEY
from lipflap.plugin.timeline.placement import (
    OURS,
    check_rate,
    exact_value,
    seconds,
    source_start,
)
from lipflap.plugin.timeline.relink import MediaFinder


def reference_of(clip: otio.schema.Clip) -> otio.core.MediaReference | None:
    """The clip's active media, or the first other one where a mouth of ours is active."""
    references = clip.media_references()
    if clip.active_media_reference_key != OURS or len(references) < 2:
        return clip.media_reference
    return next(reference for key, reference in references.items() if key != OURS)


def file_of(reference: otio.core.MediaReference | None) -> str:
    """The name of the file a reference speaks of, without its folder; empty when there is none."""
    if isinstance(reference, otio.schema.ExternalReference):
        return str(reference.target_url).replace("\\", "/").rsplit("/", 1)[-1]
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return _pattern(reference)
    return ""


def picture_media(
    clip: otio.schema.Clip, finder: MediaFinder
) -> tuple[ClipMedia | None, Reason | None]:
    """Return where the clip's picture lives, and why it cannot be used, if it cannot."""
    reference = reference_of(clip)
    if isinstance(reference, otio.schema.GeneratorReference):
        return None, Reason(ReasonCode.GENERATED, "It is made by a generator, not filmed.")
    if not file_of(reference) or reference is None:
        return None, _no_file(reference)
    rate = media_rate(clip)
    media = ClipMedia("", _available_frames(reference, rate, clip.name), exact_rate(rate), None)
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return _sequence(clip, reference, media, finder)
    path, missing = find_media(finder, reference.target_url)
    return replace(media, path=path), missing


def _no_file(reference: otio.core.MediaReference | None) -> Reason:
    """Return why a media reference leads to no file."""
    outside = reference.metadata.get(REASON_KEY) if reference else None
    if outside:
        return Reason(ReasonCode.MEDIA_OUTSIDE_BUNDLE, f"Its media {outside}.")
    return Reason(ReasonCode.NO_MEDIA, "It has no media.")


def media_rate(clip: otio.schema.Clip) -> float:
    """Frames a second of the clip's media, as the cut writes it; where it does not, the clip's."""
    reference = reference_of(clip)
    said = source_start(clip).rate
    if isinstance(reference, otio.schema.ImageSequenceReference) and reference.rate > 0:
        said = reference.rate
    elif reference is not None and reference.available_range is not None:
        said = reference.available_range.duration.rate
    return check_rate(float(said), clip.name)


def media_frame(time: otio.opentime.RationalTime, rate: float, where: str) -> Fraction:
    """Number of the media frame shown at a source time; `rate` as the cut writes it.

    Programs write 24000/1001 as 23.976 or as 23.976024… and carry times over by these very
    numbers, so they are used here as they stand: frame 86400 at 23.976 is 86400.089 at 23.976024…
    A frame number that is whole to a hundredth is taken as whole.
    """
    seconds(time, where)  # refuses what is no time
    frame = exact_value(time.value) * Fraction(rate) / Fraction(time.rate)
    return Fraction(round(frame)) if abs(frame - round(frame)) < _NEAR else frame


_NEAR = Fraction(1, 100)
_MOST_DIGITS = 200  # of a file's name, which is no longer anywhere than 255 characters


def frame_at_record_start(
    clip: otio.schema.Clip, speed: Fraction, head: Fraction, length: Fraction, cut_rate: Fraction
) -> Fraction:
    """Media frame shown `head` seconds before a clip of `length` record seconds starts.

    Backwards, a clip shows the frames it would show forwards in the opposite order: it starts at
    the frame that is last forwards, one record frame before the end of its source range.
    """
    rate = media_rate(clip)
    first = media_frame(source_start(clip), rate, clip.name)
    if speed < 0:
        first -= (length - 1 / cut_rate) * speed * exact_rate(rate)
    return first - head * speed * exact_rate(rate)


def sound_start(clip: otio.schema.Clip) -> Fraction:
    """Seconds into the clip's sound file at which the clip starts."""
    start = seconds(source_start(clip), clip.name)
    reference = reference_of(clip)
    if reference is None or reference.available_range is None:
        return start
    return start - seconds(reference.available_range.start_time, clip.name)


def outside_media(
    media: ClipMedia | None, first: Fraction, speed: Fraction, length: Fraction
) -> Reason | None:
    """Return that a clip uses no frame its media holds; None when it does.

    first, length   media frame at the clip's start, record seconds it lasts
    """
    if media is None or media.available is None:
        return None
    last = first + length * speed * media.rate
    low, high = min(first, last), max(first, last)
    if low < media.available.end and high >= media.available.start:
        return None
    return Reason(
        ReasonCode.MEDIA_TOO_SHORT,
        f"It wants frames {int(low)}-{int(high)}, "
        f"its media holds {media.available.start}-{media.available.end - 1}.",
    )


def _available_frames(
    reference: otio.core.MediaReference, rate: float, where: str
) -> FrameSpan | None:
    said = reference.available_range
    if said is None or said.duration.value <= 0:
        return None
    start = round(media_frame(said.start_time, rate, where))
    count = round(seconds(said.duration, where) * exact_rate(rate))
    return FrameSpan(start, start + count, exact_rate(rate)) if count > 0 else None


def _sequence(
    clip: otio.schema.Clip,
    reference: otio.schema.ImageSequenceReference,
    media: ClipMedia,
    finder: MediaFinder,
) -> tuple[ClipMedia | None, Reason | None]:
    step, digits = reference.frame_step, reference.frame_zero_padding
    if step != 1:
        problem = f"Its image sequence has only every {step}th picture."
        return None, Reason(ReasonCode.MEDIA_UNREADABLE, problem)
    if not 0 <= digits <= _MOST_DIGITS:
        problem = f"No file has a number of {digits} digits."
        return None, Reason(ReasonCode.MEDIA_UNREADABLE, problem)
    used = 0
    if media.available:
        start = media_frame(source_start(clip), media_rate(clip), clip.name)
        used = max(0, min(int(start) - media.available.start, len(media.available) - 1))
    pattern = _pattern(reference)
    first_used = pattern % (reference.start_frame + used)
    found, missing = find_media(finder, reference.target_url_base, first_used)
    folder = found.removesuffix(first_used).replace("%", "%%")
    return replace(media, path=folder + pattern, first_file=reference.start_frame), missing


def _pattern(reference: otio.schema.ImageSequenceReference) -> str:
    number = f"%0{reference.frame_zero_padding}d" if reference.frame_zero_padding else "%d"
    escaped = [text.replace("%", "%%") for text in (reference.name_prefix, reference.name_suffix)]
    return number.join(escaped)


def find_media(finder: MediaFinder, url: str, file_name: str = "") -> tuple[str, Reason | None]:
    """Return the path where media lies or should lie, and why it cannot be used, if it cannot."""
    try:
        return finder.find(url, file_name=file_name), None
    except MediaMissing as missing:
        problem = f"Its media {missing.where} {missing.problem}"
        return missing.where, Reason(ReasonCode.MEDIA_MISSING, problem)
    except DubError as refused:
        problem = f"Its media {refused.where} {refused.problem}"
        return url, Reason(ReasonCode.MEDIA_NOT_ON_DISK, problem)
