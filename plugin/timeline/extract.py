"""Extract the facts of a cut from a timeline: shots, lines, labels."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite
from pathlib import Path, PurePath

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.core.timecode import counts_in_drop_frame, is_drop_frame_rate
from lipflap.plugin.cut.cut import Cut, Shot
from lipflap.plugin.cut.delivery.session import Session
from lipflap.plugin.cut.shot_names import safe_file_name, unique_names
from lipflap.plugin.timeline.bundle.read import is_bundle
from lipflap.plugin.timeline.clip.clip_frames import (
    frame_at_record_start,
    outside_media,
    reference_of,
)
from lipflap.plugin.timeline.clip.clip_media import file_of, is_image
from lipflap.plugin.timeline.clip.frame_size import frame_size
from lipflap.plugin.timeline.clip.media_look import MediaLook
from lipflap.plugin.timeline.dialect.edl.read import may_run_at, tell_reading
from lipflap.plugin.timeline.dialect.speed import clip_speed, detect_dialect
from lipflap.plugin.timeline.item_names import track_name
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaFinder, MediaPlaces
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.placement.placed_clip import PlacedClip
from lipflap.plugin.timeline.placement.placement_problem import (
    PlacementProblems,
    nest_problem,
    seen_problem,
)
from lipflap.plugin.timeline.read import read_timeline, says_rate
from lipflap.plugin.timeline.sound_lines import sound_lines
from lipflap.plugin.timeline.titles_above import TitlesAbove

_MOST_FRAMES = 1000  # a second; more are samples


def extract_cut(
    timeline: otio.schema.Timeline,
    *,
    path: Path,
    media_folder: Path | None = None,
    finder: MediaFinder | None = None,
) -> Cut:
    """Return the facts of a timeline that dubbing needs; see plugin.cut.cut.

    path          the file it was read from; media paths are relative to its folder
    media_folder  the folder they are relative to instead, for an unpacked bundle
    finder        of its media; None for one that looks below that folder alone
    Raises DubError when the timeline holds no picture, or something in it has no length.
    """
    finder = finder or MediaFinder((media_folder or path.parent).absolute())
    look = MediaLook(finder, frame_size(timeline))
    clips = place_clips(timeline, detect_dialect(timeline), look)
    pictures = sorted((clip for clip in clips if not clip.is_sound), key=_record_order)
    if not pictures:
        raise DubError(
            "holds no picture clips.", where=str(path), fix="Export the cut with its video tracks."
        )
    rate = _rate_of(timeline, pictures, path)
    start = timeline.global_start_time
    first = seconds(start, str(path)) * rate if start is not None else Fraction(0)
    sound = sound_lines(timeline, (clip for clip in clips if clip.is_sound), rate, finder)
    return Cut(
        name=timeline.name or path.stem,
        rate=rate,
        first_frame=round(first),
        shots=tuple(_shots(pictures, rate, round(first), look, path.suffix)),
        lines=sound.heard,
        muted=sound.muted,
        left_out=sound.left_out,
        missing=sound.missing,
    )


def read_session(
    path: Path,
    places: MediaPlaces = NO_PLACES,
    rate: Fraction | None = None,
    cut_rate: Fraction | None = None,
) -> Session:
    """Return the sound of a timeline that is a dub; it may hold no picture. Raises DubError.

    places, rate   of media on this machine; of a timeline whose format does not say it
    cut_rate       of the cut that it dubs, which it has where nothing in it says another
    """
    if path.suffix.casefold() == ".otioz":
        raise DubError(
            "is a packed session, whose sound cannot be read in place.",
            where=str(path),
            fix="Export it as .otiod or .otio.",
        )
    timeline = read_timeline(path, rate=None if says_rate(path) else rate)
    if rate is None and cut_rate and not says_rate(path) and may_run_at(timeline, cut_rate):
        timeline = read_timeline(path, rate=cut_rate)
    tell_reading(timeline, path)
    clips = place_clips(timeline, detect_dialect(timeline))
    sounds = [clip for clip in clips if clip.is_sound]
    if not sounds:
        raise DubError(
            "holds no sound clips.", where=str(path), fix="Export it with its sound tracks."
        )
    start = timeline.global_start_time
    folder = path if is_bundle(path) else path.parent
    finder = MediaFinder(folder.absolute(), places)
    sound = sound_lines(timeline, sounds, _rate_of(timeline, sounds, path), finder)
    return Session(
        start_s=None if start is None else _shown_start(start, cut_rate, path),
        lines=sound.heard,
        muted=sound.muted,
        left_out=(*sound.left_out, *sound.missing),
    )


def _shown_start(
    start: otio.opentime.RationalTime, cut_rate: Fraction | None, path: Path
) -> Fraction:
    """Return a session's start timecode in seconds as a cut counts them that starts at the same.

    01:00:00:00 is 3600 s at 24 and 25 frames a second, 3603.6 s at 23.976. In drop frame it is
    3600 s, too: so are 29.97 and 59.94 taken here, if the cut runs at another rate.
    """
    passed, rate = seconds(start, str(path)), exact_rate(start.rate)
    if cut_rate is None or rate > _MOST_FRAMES:
        return passed
    slow, cut_slow = (
        Fraction(1) if is_drop_frame_rate(one) else one / round(one) for one in (rate, cut_rate)
    )
    return passed if rate == cut_rate else passed * slow / cut_slow


def sound_labels(timeline: otio.schema.Timeline) -> dict[str, tuple[str, ...]]:
    """Return, by sound track name, what its metadata says about role and language."""
    return {track_name(track): tuple(_labels(track.metadata)) for track in timeline.audio_tracks()}


def picture_labels(timeline: otio.schema.Timeline) -> dict[tuple[int, ...], tuple[str, ...]]:
    """Return, by picture clip address, its name and all texts in its markers and metadata."""
    clips = place_clips(timeline, detect_dialect(timeline))
    return {item.address: tuple(_item_texts(item.clip)) for item in clips if not item.is_sound}


def _item_texts(item: otio.core.SerializableObjectWithMetadata) -> Iterable[str]:
    yield item.name
    yield from _texts(item.metadata)
    for marker in getattr(item, "markers", ()):
        yield from (marker.name, getattr(marker, "comment", ""), *_texts(marker.metadata))


def _texts(value: object) -> Iterable[str]:
    """Yield all texts in metadata, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _labels(metadata: Mapping[str, object]) -> Iterable[str]:
    for key, value in metadata.items():
        if isinstance(value, Mapping):
            yield from _labels(value)
        elif isinstance(value, str) and key.casefold() in ("language", "lang", "role", "dub"):
            yield value


def _record_order(placed: PlacedClip) -> tuple[Fraction, tuple[int, ...]]:
    return placed.record.start, placed.address


def _rate_of(timeline: otio.schema.Timeline, pictures: list[PlacedClip], path: Path) -> Fraction:
    """Return the cut's own rate; where it has none, that of most of its picture clips.

    Raises DubError when all of them run below one frame a second.
    """
    start = timeline.global_start_time
    if start is not None and start.rate > 1 and isfinite(start.rate):
        return exact_rate(start.rate)
    durations = [placed.clip.trimmed_range().duration for placed in pictures]
    rates = Counter(exact_rate(time.rate) for time in durations if time.rate >= 1)
    if not rates:
        raise DubError(
            "runs at less than one frame a second.",
            where=str(path),
            fix="Correct the cut's frame rate, and export it again.",
        )
    return rates.most_common(1)[0][0]


def _shots(
    pictures: list[PlacedClip], rate: Fraction, first_frame: int, look: MediaLook, suffix: str
) -> Iterable[Shot]:
    drop = counts_in_drop_frame(first_frame, rate)
    names = unique_names(_name(placed.clip) for placed in pictures)
    problems = PlacementProblems(pictures)
    titles = TitlesAbove(names, pictures)
    for name, placed in zip(names, pictures, strict=True):
        media, media_problem = look.media_of(placed.clip)
        own_speed, uneven = clip_speed(placed.clip)
        if placed.facts.still or is_image(media):
            own_speed, uneven = Fraction(0), None
        speed = own_speed * placed.nest_speed
        head, length = placed.body.start - placed.record.start, placed.body.seconds
        first = frame_at_record_start(placed.clip, own_speed, placed.nest_speed, head, length, rate)
        if media is not None and is_image(media):  # whatever its clip counts, it has one frame
            media, first = replace(media, available=None), Fraction(0)
        yield Shot(
            name=name,
            address=placed.address,
            media=media,
            source_start=first,
            speed=speed,
            record=placed.record,
            visible=placed.visible,
            problem=problems.of(placed)
            or seen_problem(placed.facts)
            or nest_problem(placed, suffix)
            or uneven
            or media_problem
            or outside_media(media, first, speed, placed.record.seconds, drop=drop),
            titles=titles.of(placed),
            window=placed.window,
        )


def _name(clip: otio.schema.Clip) -> str:
    file_name = file_of(reference_of(clip))
    return safe_file_name(clip.name or PurePath(file_name).stem, file_name)
