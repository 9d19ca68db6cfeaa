"""Read a timeline in any format an installed adapter knows, and tell what plays when in it."""

import io
import logging
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from fractions import Fraction
from math import isfinite
from pathlib import Path, PurePath

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.core.order import Role
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.shot_names import safe_file_name, unique_names
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline import dialects, otio_guard
from lipflap.plugin.timeline.bundle_read import content, drop_outside_media, is_bundle
from lipflap.plugin.timeline.clip_media import (
    file_of,
    find_media,
    frame_at_record_start,
    outside_media,
    picture_media,
    reference_of,
    sound_start,
)
from lipflap.plugin.timeline.placement import PlacedClip, place_clips, seconds, track_name
from lipflap.plugin.timeline.relink import MediaFinder

_log = logging.getLogger(__name__)

_LONGEST_BYTES = 1 << 29
_SCENES = {"ma", "mb"}  # of Maya: its adapter runs what they hold


def read_timeline(path: Path) -> otio.schema.Timeline:
    """The one timeline with picture or sound in a file.

    Raises DubError for a file that is not there, a suffix no adapter reads, anything an adapter
    stumbles over, and a file with no timeline or with several.
    """
    suffix = path.suffix.removeprefix(".").casefold()
    if not path.exists():
        raise DubError("does not exist.", where=str(path))
    known = set(otio.adapters.suffixes_with_defined_adapters(read=True)) - _SCENES
    if suffix not in known:
        raise DubError(
            f"is no timeline that can be read: no adapter for '.{suffix}' files is installed.",
            where=str(path),
            fix=f"Export the cut as one of: {', '.join(sorted(known))}.",
        )
    _check_timeline(path, suffix)
    found = _read_with_adapter(path, suffix)
    timeline = _only_timeline(found, path)
    if timeline.tracks is None:
        raise DubError("holds no tracks.", where=str(path))
    for clip in timeline.find_clips():
        if "" in (clip.active_media_reference_key, *clip.media_references()):  # OTIO sets no such
            raise DubError(f"the clip '{clip.name}' has media under no name.", where=str(path))
    if is_bundle(path):
        drop_outside_media(timeline, path)
    if suffix == "edl":
        dialects.normalise_edl_start(timeline)
    return timeline


def _check_timeline(path: Path, suffix: str) -> None:
    """Raises DubError for a file that must not be given to an adapter."""
    if is_bundle(path):
        otio_guard.reject_unsafe_json(content(path), where=str(path))
    elif not path.is_file():
        raise DubError("is no file.", where=str(path))
    elif path.stat().st_size > _LONGEST_BYTES:
        raise DubError("is far too long to be a cut.", where=str(path))
    elif suffix == "otio":
        otio_guard.reject_unsafe_json(path.read_bytes(), where=str(path))


def _read_with_adapter(path: Path, suffix: str) -> otio.core.SerializableObject:
    """What the adapter makes of the file; what it prints goes to the log, not to our results."""
    said = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(said):
            warnings.simplefilter("ignore")
            return otio.adapters.read_from_file(str(path), **_adapter_options(path, suffix))
    except otio.exceptions.UnsupportedSchemaError as problem:
        raise DubError(
            f"was written with a version of the OTIO schema that is not known here: {problem}.",
            where=str(path),
            fix=f"Export it for OpenTimelineIO {otio.__version__}, or update OpenTimelineIO.",
        ) from problem
    except Exception as problem:  # adapters are other people's and raise anything
        raise DubError(
            f"cannot be read; the .{suffix} adapter says: {str(problem) or type(problem).__name__}",
            where=str(path),
            fix="Open it in the program it comes from and export it again, best as .otio.",
        ) from problem
    finally:
        if said.getvalue().strip():
            _log.info("%s: %s", path, said.getvalue().strip())


def _adapter_options(path: Path, suffix: str) -> dict[str, float]:
    if suffix != "edl":
        return {}
    rate = dialects.detect_edl_rate(path.read_text(encoding="utf-8", errors="replace"))
    _log.warning("%s: an EDL does not say its rate; read at %s.", path, _rate_words(rate))
    return {"rate": dialects.otio_rate(rate)} if rate else {}


def _rate_words(rate: Fraction | None) -> str:
    return f"{float(rate):.5g}, as its timecodes need" if rate else "24 frames a second"


def _only_timeline(found: otio.core.SerializableObject, path: Path) -> otio.schema.Timeline:
    if isinstance(found, otio.schema.Timeline):
        return found
    if not isinstance(found, otio.schema.SerializableCollection):
        kind = getattr(found, "schema_name", lambda: type(found).__name__)()
        raise DubError(f"holds no timeline, but: {kind}.", where=str(path))
    timelines = list(found.find_children(descended_from_type=otio.schema.Timeline))
    playing = [timeline for timeline in timelines if any(timeline.find_clips())]
    if len(playing) == 1:
        if len(timelines) > 1:
            _log.warning("%s: the timeline '%s' is taken.", path, playing[0].name)
        return playing[0]
    if not playing:
        raise DubError("holds no timeline with clips in it.", where=str(path))
    names = ", ".join(f"'{timeline.name}'" for timeline in playing)
    raise DubError(
        f"holds several timelines: {names}.",
        where=str(path),
        fix="Export the one to dub by itself.",
    )


def extract_cut(
    timeline: otio.schema.Timeline, *, path: Path, media_folder: Path | None = None
) -> Cut:
    """The facts of a timeline that dubbing needs; see plugin.cut.

    path          the file it was read from; relative media and relinking count from its folder
    media_folder  where they count from instead, for a bundle that was unpacked
    Raises DubError when the timeline holds no picture, or something in it has no length.
    """
    laid = place_clips(timeline, dialects.detect_dialect(timeline))
    pictures = sorted((one for one in laid if not one.sounds), key=_record_order)
    if not pictures:
        raise DubError("holds no picture clips.", where=str(path))
    rate = _rate_of(timeline, pictures, path)
    finder = MediaFinder((media_folder or path.parent).absolute())
    start = timeline.global_start_time
    first = seconds(start, str(path)) * rate if start is not None else Fraction(0)
    return Cut(
        name=timeline.name or path.stem,
        rate=rate,
        first_frame=round(first),
        shots=tuple(_shots(pictures, rate, finder)),
        lines=tuple(_lines((one for one in laid if one.sounds), finder)),
    )


def sound_labels(timeline: otio.schema.Timeline) -> dict[str, tuple[str, ...]]:
    """For each sound track's name, what its metadata says about role and language."""
    return {track_name(track): tuple(_labels(track.metadata)) for track in timeline.audio_tracks()}


def picture_labels(timeline: otio.schema.Timeline) -> dict[tuple[int, ...], tuple[str, ...]]:
    """For each picture clip's address, its name and what markers and metadata say of it."""
    laid = place_clips(timeline, dialects.detect_dialect(timeline))
    return {one.address: tuple(_notes(one.clip)) for one in laid if not one.sounds}


def _notes(item: otio.core.SerializableObjectWithMetadata) -> Iterable[str]:
    yield item.name
    yield from _texts(item.metadata)
    for marker in getattr(item, "markers", ()):
        yield from (marker.name, getattr(marker, "comment", ""), *_texts(marker.metadata))


def _texts(value: object) -> Iterable[str]:
    """All texts in metadata, however deep."""
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


def _record_order(laid: PlacedClip) -> tuple[Fraction, tuple[int, ...]]:
    return laid.record.start, laid.address


def _rate_of(timeline: otio.schema.Timeline, pictures: list[PlacedClip], path: Path) -> Fraction:
    """The cut's own rate; where it is not said, that of most of its picture clips.

    Raises DubError when none of them shows a frame a second.
    """
    start = timeline.global_start_time
    if start is not None and start.rate > 1 and isfinite(start.rate):
        return exact_rate(start.rate)
    ranges = [one.clip.trimmed_range() for one in pictures]
    rates = Counter(exact_rate(one.duration.rate) for one in ranges if one.duration.rate >= 1)
    if not rates:
        raise DubError("shows less than a frame a second.", where=str(path))
    return rates.most_common(1)[0][0]


def _shots(pictures: list[PlacedClip], rate: Fraction, finder: MediaFinder) -> Iterable[Shot]:
    names = unique_names(_name(one.clip) for one in pictures)
    for name, one in zip(names, pictures, strict=True):
        media, missing = picture_media(one.clip, finder)
        speed, unsteady = dialects.clip_speed(one.clip)
        head, length = one.body.start - one.record.start, one.body.seconds
        first = frame_at_record_start(one.clip, speed, head, length, rate)
        yield Shot(
            name=name,
            address=one.address,
            media=media,
            source_start=first,
            speed=speed,
            record=one.record,
            visible=one.seen,
            problem=_placement_problem(one)
            or unsteady
            or missing
            or outside_media(media, first, speed, one.record.seconds),
        )


def _name(clip: otio.schema.Clip) -> str:
    file_name = file_of(reference_of(clip))
    return safe_file_name(clip.name or PurePath(file_name).stem, file_name)


def _placement_problem(laid: PlacedClip) -> Reason | None:
    """Return why a clip cannot be dubbed where it lies, whatever its media."""
    if laid.body.seconds == 0:
        return Reason(ReasonCode.NO_LENGTH, "It is zero frames long.")
    if not laid.plays:
        return Reason(ReasonCode.DISABLED, "It is disabled.")
    if not laid.seen:
        problem = "Nothing of it is seen: it is covered, or cut off by its parents."
        return Reason(ReasonCode.COVERED, problem)
    if laid.retimed:
        return Reason(ReasonCode.RETIMED_NEST, "It lies in a nest that has a speed.")
    return None


def _lines(sounds: Iterable[PlacedClip], finder: MediaFinder) -> Iterable[DubLine]:
    """Each piece of sound once, even where a nest lies in a picture and in a sound track."""
    lines = (_line(one, finder) for one in sounds)
    return dict.fromkeys(line for line in lines if line is not None)


def _line(laid: PlacedClip, finder: MediaFinder) -> DubLine | None:
    """The sound of a clip, or None when it has none or is not heard."""
    reference = reference_of(laid.clip)
    speed, unsteady = dialects.clip_speed(laid.clip)
    if not laid.seen or not isinstance(reference, otio.schema.ExternalReference):
        return None
    if speed != 1 or unsteady or laid.retimed:
        _log.warning("%s: retimed sound is left out.", laid.clip.name)
        return None
    start = sound_start(laid.clip) - (laid.body.start - laid.seen[0].start)
    silent = max(Fraction(0), -start)  # a fade-in may begin before the file does
    if silent >= laid.seen[0].seconds:
        return None
    return DubLine(
        name=laid.clip.name or PurePath(file_of(reference)).stem,
        path=find_media(finder, reference.target_url)[0],
        role=Role.PRODUCTION,
        track=laid.track,
        sound_start=max(Fraction(0), start),
        record=TimeRange(laid.seen[0].start + silent, laid.seen[0].end),
    )
