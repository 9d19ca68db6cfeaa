"""Read a timeline in any format that an installed adapter knows, as the facts of a cut."""

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
from lipflap.plugin.timeline.item_names import describe, track_name
from lipflap.plugin.timeline.otio_time import seconds
from lipflap.plugin.timeline.placement import PlacedClip, place_clips
from lipflap.plugin.timeline.placement_problem import PlacementProblems
from lipflap.plugin.timeline.relink import MediaFinder

_log = logging.getLogger(__name__)

_EXPORT_AGAIN = "Export the cut again from your editing program."
_MAX_BYTES = 1 << 29
_MAYA_SUFFIXES = {"ma", "mb"}  # the adapter runs scripts that such a file holds


def read_timeline(path: Path) -> otio.schema.Timeline:
    """Read the one timeline with clips in a file.

    Raises DubError for a file that is not there, a suffix no adapter reads, anything an adapter
    cannot read, and a file with no timeline or with several.
    """
    suffix = path.suffix.removeprefix(".").casefold()
    if not path.exists():
        raise DubError("does not exist.", where=str(path), fix="Check the path of the cut.")
    known = set(otio.adapters.suffixes_with_defined_adapters(read=True)) - _MAYA_SUFFIXES
    if suffix not in known:
        raise DubError(
            f"is no timeline that can be read: no adapter for '.{suffix}' files is installed.",
            where=str(path),
            fix=f"Export the cut as one of: {', '.join(sorted(known))}.",
        )
    _check_timeline(path, suffix)
    timeline = _only_timeline(_read_with_adapter(path, suffix), path)
    if timeline.tracks is None:
        raise DubError("holds no tracks.", where=str(path), fix=_EXPORT_AGAIN)
    for clip in timeline.find_clips():
        if "" in (clip.active_media_reference_key, *clip.media_references()):  # OTIO refuses it
            raise DubError(
                f"holds a clip whose media reference has no key: {describe(clip)}.",
                where=str(path),
                fix=_EXPORT_AGAIN,
            )
    if is_bundle(path):
        drop_outside_media(timeline, path)
    if suffix == "edl":
        dialects.normalise_edl_start(timeline)
    return timeline


def _check_timeline(path: Path, suffix: str) -> None:
    """Raise DubError for a file that an adapter must not read."""
    if is_bundle(path):
        otio_guard.reject_unsafe_json(content(path), where=str(path))
    elif not path.is_file():
        raise DubError("is not a file.", where=str(path), fix="Give the path of the cut's file.")
    elif path.stat().st_size > _MAX_BYTES:
        raise DubError(
            f"is larger than {_MAX_BYTES >> 20} MiB, too large for a cut.", where=str(path)
        )
    elif suffix == "otio":
        otio_guard.reject_unsafe_json(path.read_bytes(), where=str(path))


def _read_with_adapter(path: Path, suffix: str) -> otio.core.SerializableObject:
    """Read the file with its adapter; what it prints goes to the log, not to stdout."""
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(), redirect_stdout(printed):
            warnings.simplefilter("ignore")
            return otio.adapters.read_from_file(str(path), **_adapter_options(path, suffix))
    except otio.exceptions.UnsupportedSchemaError as problem:
        raise DubError(
            f"is written in a version of the OTIO schema that cannot be read here: {problem}.",
            where=str(path),
            fix=f"Export it for OpenTimelineIO {otio.__version__}, or update OpenTimelineIO.",
        ) from problem
    except Exception as problem:  # adapters are other people's and raise anything
        raise DubError(
            f"cannot be read; the .{suffix} adapter says: {str(problem) or type(problem).__name__}",
            where=str(path),
            fix="Open it in the program it comes from and export it again, preferably as .otio.",
        ) from problem
    finally:
        if printed.getvalue().strip():
            _log.info("%s: %s", path, printed.getvalue().strip())


def _adapter_options(path: Path, suffix: str) -> dict[str, float]:
    if suffix != "edl":
        return {}
    rate = dialects.detect_edl_rate(path.read_text(encoding="utf-8", errors="replace"))
    _log.warning("%s: an EDL holds no frame rate; read at %s.", path, _describe_rate(rate))
    return {"rate": dialects.otio_rate(rate)} if rate else {}


def _describe_rate(rate: Fraction | None) -> str:
    return f"{float(rate):.5g} fps, as its timecodes need" if rate else "24 fps"


def _only_timeline(found: otio.core.SerializableObject, path: Path) -> otio.schema.Timeline:
    if isinstance(found, otio.schema.Timeline):
        return found
    if not isinstance(found, otio.schema.SerializableCollection):
        kind = getattr(found, "schema_name", lambda: type(found).__name__)()
        raise DubError(
            f"holds no timeline, but a {kind}.", where=str(path), fix="Export the whole timeline."
        )
    timelines = list(found.find_children(descended_from_type=otio.schema.Timeline))
    with_clips = [timeline for timeline in timelines if any(timeline.find_clips())]
    if len(with_clips) == 1:
        if len(timelines) > 1:
            name = with_clips[0].name
            _log.warning("%s: read its only timeline that holds clips, '%s'.", path, name)
        return with_clips[0]
    if not with_clips:
        raise DubError(
            "holds no timeline with clips in it.", where=str(path), fix="Export the cut itself."
        )
    names = ", ".join(f"'{timeline.name}'" for timeline in with_clips)
    raise DubError(
        f"holds several timelines: {names}.",
        where=str(path),
        fix="Export only the timeline to dub.",
    )


def extract_cut(
    timeline: otio.schema.Timeline, *, path: Path, media_folder: Path | None = None
) -> Cut:
    """Return the facts of a timeline that dubbing needs; see plugin.cut.cut.

    path          the file it was read from; media paths are relative to its folder
    media_folder  the folder they are relative to instead, for an unpacked bundle
    Raises DubError when the timeline holds no picture, or something in it has no length.
    """
    clips = place_clips(timeline, dialects.detect_dialect(timeline))
    pictures = sorted((clip for clip in clips if not clip.is_sound), key=_record_order)
    if not pictures:
        raise DubError(
            "holds no picture clips.", where=str(path), fix="Export the cut with its video tracks."
        )
    rate = _rate_of(timeline, pictures, path)
    finder = MediaFinder((media_folder or path.parent).absolute())
    start = timeline.global_start_time
    first = seconds(start, str(path)) * rate if start is not None else Fraction(0)
    return Cut(
        name=timeline.name or path.stem,
        rate=rate,
        first_frame=round(first),
        shots=tuple(_shots(pictures, rate, finder)),
        lines=tuple(_lines((clip for clip in clips if clip.is_sound), finder)),
    )


def sound_labels(timeline: otio.schema.Timeline) -> dict[str, tuple[str, ...]]:
    """Return, by sound track name, what its metadata says about role and language."""
    return {track_name(track): tuple(_labels(track.metadata)) for track in timeline.audio_tracks()}


def picture_labels(timeline: otio.schema.Timeline) -> dict[tuple[int, ...], tuple[str, ...]]:
    """Return, by picture clip address, its name and all texts in its markers and metadata."""
    clips = place_clips(timeline, dialects.detect_dialect(timeline))
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


def _shots(pictures: list[PlacedClip], rate: Fraction, finder: MediaFinder) -> Iterable[Shot]:
    names = unique_names(_name(placed.clip) for placed in pictures)
    problems = PlacementProblems(pictures)
    for name, placed in zip(names, pictures, strict=True):
        media, media_problem = picture_media(placed.clip, finder)
        speed, uneven = dialects.clip_speed(placed.clip)
        head, length = placed.body.start - placed.record.start, placed.body.seconds
        first = frame_at_record_start(placed.clip, speed, head, length, rate)
        yield Shot(
            name=name,
            address=placed.address,
            media=media,
            source_start=first,
            speed=speed,
            record=placed.record,
            visible=placed.visible,
            problem=problems.of(placed)
            or uneven
            or media_problem
            or outside_media(media, first, speed, placed.record.seconds),
        )


def _name(clip: otio.schema.Clip) -> str:
    file_name = file_of(reference_of(clip))
    return safe_file_name(clip.name or PurePath(file_name).stem, file_name)


def _lines(sounds: Iterable[PlacedClip], finder: MediaFinder) -> Iterable[DubLine]:
    """Yield each piece of sound once, even where a nest lies in a picture and in a sound track."""
    lines = (_line(placed, finder) for placed in sounds)
    return dict.fromkeys(line for line in lines if line is not None)


def _line(placed: PlacedClip, finder: MediaFinder) -> DubLine | None:
    """Return the sound of a clip, or None when it has no file or is not heard."""
    reference = reference_of(placed.clip)
    speed, uneven = dialects.clip_speed(placed.clip)
    if not placed.visible or not isinstance(reference, otio.schema.ExternalReference):
        return None
    if speed != 1 or uneven or placed.retimed_by is not None:
        _log.warning("%s: its sound is retimed, and is left out.", describe(placed.clip))
        return None
    audible = placed.visible[0]
    start = sound_start(placed.clip) - (placed.body.start - audible.start)
    silence = max(Fraction(0), -start)  # a fade-in may begin before the file does
    if silence >= audible.seconds:
        return None
    return DubLine(
        name=placed.clip.name or PurePath(file_of(reference)).stem,
        path=find_media(finder, reference.target_url)[0],
        role=Role.PRODUCTION,
        track=placed.track,
        sound_start=max(Fraction(0), start),
        record=TimeRange(audible.start + silence, audible.end),
    )
