"""The frames of its media that a clip's source range means, and the media reference that counts."""

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import FrameSpan, exact_rate
from lipflap.core.media.file_time import file_time
from lipflap.core.media.probe import probe_sound
from lipflap.core.timecode import counts_in_drop_frame
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.cut.media_frames import describe_frames
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.otio_time import Owner, check_rate, exact_value, seconds
from lipflap.plugin.timeline.placement.item_length import source_start

_NEAR = Fraction(1, 100)


def reference_of(clip: otio.schema.Clip) -> otio.core.MediaReference | None:
    """Return the clip's active media, or the first other where Lipflap's own is active.

    All are asked for first: else OTIO frees what `clip.media_reference` has given as soon as
    another takes its place, though it is still held.
    """
    references = clip.media_references()
    if clip.active_media_reference_key == OURS:
        for key, reference in references.items():
            if key != OURS:
                return reference
    return clip.media_reference


def media_rate(clip: otio.schema.Clip) -> float:
    """Return frames per second of the clip's media as the cut writes it, else of the clip."""
    reference = reference_of(clip)
    available = None if reference is None else reference.available_range
    if isinstance(reference, otio.schema.ImageSequenceReference) and reference.rate > 0:
        rate = reference.rate
    else:
        rate = (source_start(clip) if available is None else available.duration).rate
    return check_rate(float(rate), clip)


def media_frame(time: otio.opentime.RationalTime, rate: float, owner: Owner) -> Fraction:
    """Return the number of the media frame shown at a source time; `rate` as the cut writes it.

    Programs write 24000/1001 as 23.976 or as 23.976024… and carry times over by these very
    numbers, so they are used here as they stand: frame 86400 at 23.976 is 86400.089 at 23.976024…
    A frame number that is whole to a hundredth is taken as whole.
    """
    seconds(time, owner)  # refuses what is no time
    return _media_frame(time.value, time.rate, rate)


@lru_cache(maxsize=1 << 16)  # every range is asked for several times
def _media_frame(value: float, value_rate: float, rate: float) -> Fraction:
    frame = exact_value(value) * Fraction(rate) / Fraction(value_rate)
    return Fraction(round(frame)) if abs(frame - round(frame)) < _NEAR else frame


def frame_at_record_start(
    clip: otio.schema.Clip,
    speed: Fraction,
    nest_speed: Fraction,
    head: Fraction,
    length: Fraction,
    cut_rate: Fraction,
) -> Fraction:
    """Return the media frame shown `head` seconds before a clip of `length` seconds.

    speed, nest_speed   of the clip itself, and of the nested sequences around it
    Backwards, a clip shows the frames it would show forwards in the opposite order: it starts at
    the frame that is last forwards, one record frame before the end of its source range. So does
    a nested sequence.
    """
    rate = media_rate(clip)
    into = (length - 1 / cut_rate) * -nest_speed if nest_speed < 0 else Fraction(0)
    if speed < 0:
        into = length * abs(nest_speed) - min(abs(nest_speed), Fraction(1)) / cut_rate - into
    first = media_frame(source_start(clip), rate, clip)
    if into:
        first += into * abs(speed) * exact_rate(rate)
    if head:
        first -= head * speed * nest_speed * exact_rate(rate)
    return first


def sound_start(clip: otio.schema.Clip, path: str, rate: Fraction) -> Fraction:
    """Return how many seconds into its sound file the clip starts.

    Cuts count sound from the available range they state, else by the time that the file says it
    starts at, else from its start, just as they count pictures.

    path, rate   of its file, which may be missing; frames per second of the cut
    """
    start = seconds(source_start(clip), clip)
    reference = reference_of(clip)
    if reference is not None and reference.available_range is not None:
        return start - seconds(reference.available_range.start_time, clip)
    if start <= 0:
        return start
    try:
        own, sound = file_time(path, rate), probe_sound(path)
    except DubError:  # said later, when the line is wanted
        return start
    length = Fraction(sound.sample_count, sound.sample_rate_hz)
    if own is None or not (own <= start < own + length or start >= length):
        return start
    return start - own


def outside_media(
    media: ClipMedia | None, first: Fraction, speed: Fraction, length: Fraction, *, drop: bool
) -> Reason | None:
    """Return the reason when a clip uses no frame that its media holds, else None.

    first, length   media frame at the clip's start, record seconds it lasts
    drop            the cut is counted in drop-frame
    """
    if media is None or media.available is None:
        return None
    end = first + length * speed * media.rate  # the first frame that is no longer shown
    step = 0 if speed == 0 else 1 if speed > 0 else -1
    low, high = min(floor(first), floor(end) - step), max(ceil(first), ceil(end) - step)
    if low < media.available.end and high >= media.available.start:
        return None
    start, end_held = media.available.start, media.available.end - 1
    drop = counts_in_drop_frame(start, media.rate, otherwise=drop)
    wanted = describe_frames(low, high, media.rate, drop=drop)
    held = describe_frames(start, end_held, media.rate, drop=drop)
    return Reason(
        ReasonCode.MEDIA_TOO_SHORT,
        f"It uses {wanted} of its media, which by the cut holds {held}. "
        "Relink the clip to the right media, or trim it.",
    )


def available_frames(
    reference: otio.core.MediaReference, rate: float, owner: Owner
) -> FrameSpan | None:
    """Return the frames of a media reference as the cut states them; None where it does not."""
    available = reference.available_range
    if available is None or available.duration.value <= 0:
        return None
    start = media_frame(available.start_time, rate, owner)
    return _frame_span(start, seconds(available.duration, owner), rate)


@lru_cache(maxsize=1 << 12)  # many clips are of one file
def _frame_span(start: Fraction, length: Fraction, rate: float) -> FrameSpan | None:
    first, count = round(start), round(length * exact_rate(rate))
    return FrameSpan(first, first + count, exact_rate(rate)) if count > 0 else None
