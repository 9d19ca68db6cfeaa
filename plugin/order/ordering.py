"""The orders of a cue sheet: all that a machine without the cut needs to render its shots."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from math import ceil
from pathlib import Path
from typing import TypeVar

from lipflap.core.consent import Agreement
from lipflap.core.encode.codecs import lost_facts
from lipflap.core.encode.encode import suffix
from lipflap.core.errors import DubError, HandlesMissing, MediaBroken, MediaMissing
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.hole_policy import HolePolicy
from lipflap.core.media.alpha import PictureSurface, picture_surface
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.model_files import LIP_MOTION, locate, mouth_film
from lipflap.core.order import (
    DubOrder,
    DubSettings,
    FrameMap,
    FrameRange,
    Mode,
    Output,
    Picture,
    Reference,
    Role,
    Speaker,
)
from lipflap.plugin.cut.cast.speakers import ShownFace, speaker_notes
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState, skip
from lipflap.plugin.cut.cut import ClipMedia, DubLine, Shot
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.spill import spill_notes
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.dialogue import ClockOf, make_speeches, sound_clock, why_not_held
from lipflap.plugin.order.quality import quality_preset
from lipflap.plugin.order.references import (
    MediaRange,
    ReferencePool,
    find_references,
    reference_pool,
)
from lipflap.plugin.order.sequence_holes import frames_beside_holes, missing_frames
from lipflap.plugin.order.source_frames import SourceFrames, media_clock, source_frames
from lipflap.plugin.order.title_overlays import overlays_of

_Value = TypeVar("_Value")


class _SeeThrough(DubError):
    """An error for media with an alpha channel, through which what lies below is seen."""


_REASON_CODES = {
    _SeeThrough: ReasonCode.SEE_THROUGH,
    MediaMissing: ReasonCode.MEDIA_MISSING,
    MediaBroken: ReasonCode.MEDIA_UNREADABLE,
    HandlesMissing: ReasonCode.MEDIA_TOO_SHORT,
}


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """Settings that the orders of a cut have in common.

    handles       frames to render beyond what the cut shows, on each side, where media has them
    codec         "source" or one of core.encode.codecs.CODECS
    dub_settings  how to repaint; each cue sets its own face
    references    absolute paths of more films of the actors
    burn_in       a line painted into every frame; empty for none
    """

    handles: int
    codec: str
    dub_settings: DubSettings
    references: tuple[str, ...] = ()
    burn_in: str = ""


@dataclass(frozen=True, slots=True)
class _MediaProbeCache:
    """Probes of media files: each file once, however many shots are cut from it.

    picture   (path, first file, holes) -> the media's facts and its fingerprint
    sound     path, playback -> how the samples of the file are counted
    surface   (path, first file) -> what its pictures hide of what lies below
    missing   the frames of an image sequence that have no file
    model     name of a model -> its file
    """

    picture: Callable[[str, int | None, HolePolicy], tuple[MediaInfo, str]]
    sound: ClockOf
    surface: Callable[[str, int | None], PictureSurface]
    missing: Callable[[MediaInfo], frozenset[int]]
    model: Callable[[str], Path]


def make_orders(
    sheet: CueSheet, settings: RenderSettings, job: Job, hash_of: Callable[[str], str]
) -> tuple[CueSheet, tuple[DubOrder, ...]]:
    """Return an order for every ready cue; a cue that cannot be ordered becomes skipped.

    hash_of   name of a model -> sha256 of its file; raises DubError
    Raises DubError when a film of settings.references cannot be read.
    """
    shots = [cue.shot for cue in sheet.cues]
    checked = list(iter_orders(sheet, shots, settings, job, hash_of))
    orders = tuple(order for _, order in checked if order)
    return replace(sheet, cues=tuple(cue for cue, _ in checked)), orders


def iter_orders(
    sheet: CueSheet,
    shots: Sequence[Shot],
    settings: RenderSettings,
    job: Job,
    hash_of: Callable[[str], str],
) -> Iterator[tuple[Cue, DubOrder | None]]:
    """Yield each cue of the sheet, checked against its media, with its order if it has one.

    shots   of the whole cut, from which references are taken; the sheet may hold only some
    Raises DubError when a film of settings.references cannot be read.
    """
    probes = _MediaProbeCache(
        _memoize_with_errors(_probe_picture),
        _memoize_with_errors(sound_clock),
        _memoize_with_errors(picture_surface),
        _memoize_with_errors(missing_frames),
        _memoize_with_errors(locate),
    )
    hash_once = _memoize_with_errors(hash_of)
    pool = _reference_pool(shots, sheet, settings, probes)
    by_name = {shot.name: shot for shot in shots}
    speaker_of = _memoize_with_errors(partial(_speaker, by_name, sheet, settings, probes))
    for cue in sheet.cues:
        if cue.state != CueState.READY:
            yield cue, None
            continue
        try:
            cue_settings = _settings_of(cue, settings, hash_once)
            made, order = _order(cue, sheet, cue_settings, job, probes, pool, speaker_of)
            titles = [by_name[name] for name in cue.shot.titles if name in by_name]
            yield made, _below_titles(order, made, sheet, titles, probes) if titles else order
        except DubError as error:
            yield skip(cue, _reason(error, cue)), None


def _settings_of(
    cue: Cue, settings: RenderSettings, hash_of: Callable[[str], str]
) -> RenderSettings:
    """Return the settings of the cut, changed by the overrides of a cue."""
    overrides = cue.overrides
    dub_settings = replace(settings.dub_settings, face=overrides.face)
    if overrides.quality is not None:
        quality = quality_preset(overrides.quality)
        dub_settings = replace(dub_settings, steps=quality.steps, guidance=quality.guidance)
    model = dub_settings.model if overrides.model is None else overrides.model
    dub_settings = replace(
        dub_settings,
        model=model,
        model_sha256=hash_of(model),
        lip_motion_sha256=hash_of(LIP_MOTION) if dub_settings.mode == Mode.REFERENCE else "",
    )
    handles = settings.handles if overrides.handles is None else overrides.handles
    return replace(settings, handles=handles, dub_settings=dub_settings)


def _order(
    cue: Cue,
    sheet: CueSheet,
    settings: RenderSettings,
    job: Job,
    probes: _MediaProbeCache,
    pool: ReferencePool,
    speaker_of: Callable[[ShownFace], Speaker],
) -> tuple[Cue, DubOrder]:
    """Return a cue with notes, and its order. Raises DubError when it cannot be ordered."""
    shot, media = cue.shot, _media_of(cue.shot)
    info, media_fingerprint = probes.picture(media.path, media.first_file, media.holes)
    if probes.surface(media.path, media.first_file).see_through:
        raise _see_through(shot.name)
    clock = media_clock(media, info)
    source = _frames(shot, info, sheet, settings.handles, probes)
    lines = [pair.line for pair in cue.pairs]
    speeches, notes = make_speeches(lines, source.record, probes.sound)
    if not any(speech.role == Role.DUB for speech in speeches):
        raise _dub_too_short(shot.name, lines, probes.sound)
    picture = _picture(info, clock.rate, media_fingerprint)
    used = _media_range(picture, info, source.filmed)
    takes_mouths = settings.dub_settings.mode == Mode.REFERENCE and not probes.missing(info)
    references: tuple[Reference, ...] = ()
    if takes_mouths:
        brought = _mouths_of_model(settings.dub_settings.model, probes)
        references = (*find_references(shot, used, pool), *brought)
    order = DubOrder(
        shot=shot.name,
        picture=picture,
        frames=source.frames,
        speeches=speeches,
        output=_output(source, job.media(shot.name, suffix(info, settings.codec)), settings, info),
        settings=settings.dub_settings,
        exclude=_excluded_frames(cue.overrides.exclude, source),
        references=references,
        speakers=tuple(map(speaker_of, cue.speakers)),
        unfilmed=source.unfilmed,
    )
    order = replace(order, consent=consent_of(order, sheet))
    voices = speaker_notes(cue.pairs, cue.speakers, settings.dub_settings.face)
    whole = sheet.sounds[0] if len(sheet.sounds) == 1 else None
    spilt, lost = spill_notes(shot, cue.pairs, sheet.rate, whole), _lost_notes(info, settings.codec)
    notes = (*cue.notes, *_extension_notes(shot, source), *spilt, *voices, *notes, *lost)
    record_start, cut_frame = source.record_start, source.cut_frame
    return replace(cue, notes=notes, record_start=record_start, cut_frame=cut_frame), order


def consent_of(order: DubOrder, sheet: CueSheet) -> tuple[Agreement, ...]:
    """Return what those have agreed to who speak in a shot; all of it where nobody is named."""
    spoken = order.characters
    return tuple(one for one in sheet.all_agreed if not spoken or any(map(one.covers, spoken)))


def _extension_notes(shot: Shot, source: SourceFrames) -> Iterator[str]:
    if not shot.extension:
        return
    added = round(shot.extension * source.rate)
    unfilmed = source.unfilmed
    handles = f"{added - unfilmed} of them from the handles" if added > unfilmed else ""
    made = f"the last {unfilmed} were not filmed: others of the shot stand for them"
    parts = [part for part in (handles, made if unfilmed else "") if part]
    yield f"It is {added} frames longer than in the cut, for its dub: {'; '.join(parts)}."


def _below_titles(
    order: DubOrder,
    cue: Cue,
    sheet: CueSheet,
    titles: Sequence[Shot],
    probes: _MediaProbeCache,
) -> DubOrder:
    """Return the order of a cue with what titles above it are known to hide."""

    def info_of(shot: Shot) -> MediaInfo:
        if shot.media is None:
            raise DubError("has no picture media.", where=shot.name)
        return probes.picture(shot.media.path, shot.media.first_file, shot.media.holes)[0]

    def frames_of(title: Shot) -> SourceFrames:
        return _frames(title, info_of(title), sheet, 0, probes)

    info = info_of(cue.shot)
    size = (info.width, info.height)
    start = cue.record_start or Fraction(0)
    return replace(order, overlays=overlays_of(order, start, titles, info_of, frames_of, size))


def _lost_notes(info: MediaInfo, codec: str) -> Iterator[str]:
    lost = lost_facts(info, codec)
    if lost:
        ending = suffix(info, codec).rpartition(".")[2]
        yield f"Its new file (.{ending}) cannot say what the filmed one does: {', '.join(lost)}."


def _frames(
    shot: Shot, info: MediaInfo, sheet: CueSheet, handles: int, probes: _MediaProbeCache
) -> SourceFrames:
    """Return the frames of a shot to render. Raises DubError when its media does not have them."""
    media = _media_of(shot)
    clock = media_clock(media, info)
    whole_frames = sheet.whole_frames
    frames_with = partial(source_frames, shot, media, clock, sheet.rate, whole_frames=whole_frames)
    return frames_beside_holes(frames_with, handles, info, probes.missing(info))


def _speaker(
    shots: Mapping[str, Shot],
    sheet: CueSheet,
    settings: RenderSettings,
    probes: _MediaProbeCache,
    shown: ShownFace,
) -> Speaker:
    """Return the film in which a character was shown, with its frames as its own order has them.

    Raises DubError when its media cannot be read.
    """
    shot = shots.get(shown.shot)
    if shot is None or shot.media is None:
        raise DubError(
            f"is to show who {shown.character} is, but has no media in the cut.",
            where=shown.shot,
            fix="Show the face in another shot with --speaker.",
        )
    info, fingerprint = probes.picture(shot.media.path, shot.media.first_file, shot.media.holes)
    clock = media_clock(shot.media, info)
    handles = settings.handles if shown.handles is None else shown.handles
    source = _frames(shot, info, sheet, handles, probes)
    picture = _picture(info, clock.rate, fingerprint)
    return Speaker(shown.character, picture, source.filmed, shown.face)


def _reference_pool(
    shots: Sequence[Shot], sheet: CueSheet, settings: RenderSettings, probes: _MediaProbeCache
) -> ReferencePool:
    """Return the film to take references from. Raises DubError for a film of the settings."""

    by_name = {shot.name: shot for shot in shots}

    @_memoize_with_errors
    def range_of(name: str) -> MediaRange:
        shot = by_name[name]
        media = _media_of(shot)
        info, fingerprint = probes.picture(media.path, media.first_file, media.holes)
        if probes.missing(info):
            raise DubError("has holes.", where=media.path)
        clock = media_clock(media, info)
        frames = source_frames(shot, media, clock, sheet.rate, handles=0).filmed
        return _media_range(_picture(info, clock.rate, fingerprint), info, frames)

    given = []
    for path in settings.references:
        info, fingerprint = probes.picture(path, None, HolePolicy.ERROR)
        picture = _picture(info, info.rate, fingerprint)
        given.append(MediaRange(picture, info.frame_count, 0, info.frame_count))
    return reference_pool(given, shots, lambda shot: range_of(shot.name))


def _mouths_of_model(model: str, probes: _MediaProbeCache) -> tuple[Reference, ...]:
    """Return the film that a personal model brings along, whole. Raises DubError."""
    try:
        path = mouth_film(probes.model(model))
    except DubError:  # a model that is missing is refused with its hash
        return ()
    if not path.is_file():
        return ()
    info, fingerprint = probes.picture(str(path), None, HolePolicy.ERROR)
    frames = FrameMap(Fraction(0), Fraction(1), info.frame_count)
    return (Reference(_picture(info, info.rate, fingerprint), frames),)


def _media_of(shot: Shot) -> ClipMedia:
    if shot.media is None:
        raise DubError("has no picture media.", where=shot.name)
    return shot.media


def _picture(info: MediaInfo, rate: Fraction, fingerprint: str) -> Picture:
    return Picture(info.path, rate, info.first_frame, info.first_file, fingerprint, info.holes)


def _media_range(picture: Picture, info: MediaInfo, frames: FrameMap) -> MediaRange:
    ends = (frames.media_frame(0), frames.media_frame(frames.count - 1))
    return MediaRange(picture, info.frame_count, min(ends), max(ends) + 1)


def _see_through(shot: str) -> DubError:
    return _SeeThrough(
        "is see-through: its media has an alpha channel, as titles, logos and mattes have.",
        where=shot,
        fix="If it is a filmed face, render it over its background, and relink the clip to that.",
    )


def _dub_too_short(shot: str, lines: Iterable[DubLine], clock_of: ClockOf) -> DubError:
    dub = [line for line in lines if line.role == Role.DUB]
    for line in dub:
        if why := why_not_held(line, clock_of(Path(line.path), line.playback)):
            return DubError(f"has no dub: {why}", where=shot)
    files = dict.fromkeys(Path(line.path).name for line in dub)
    return DubError(
        f"has no dub: the sound of {', '.join(files)} ends before the shot.",
        where=shot,
        fix="Replace the file with the whole recording, or slip the line.",
    )


def _excluded_frames(ranges: Iterable[TimeRange], source: SourceFrames) -> tuple[FrameRange, ...]:
    """Return the output frames that begin within these ranges of record time."""
    count = source.frames.count
    excluded = []
    for time_range in ranges:
        first, end = (
            min(max(0, ceil((time - source.record_start) * source.rate)), count)
            for time in (time_range.start, time_range.end)
        )
        excluded += [FrameRange(first, end)] if first < end else []
    return tuple(excluded)


def _reason(error: DubError, cue: Cue) -> Reason:
    """Return why a cue is skipped; an error about the shot itself need not name it again."""
    code = _REASON_CODES.get(type(error), ReasonCode.CANNOT_BE_ORDERED)
    if error.where != cue.shot.name:
        return Reason(code, str(error))
    return Reason(code, f"It {error.problem} {error.fix}".strip())


def _output(source: SourceFrames, path: Path, settings: RenderSettings, info: MediaInfo) -> Output:
    return Output(
        path=str(path.absolute()),
        rate=source.rate,
        start_frame=source.start_frame,
        head=source.head,
        tail=source.tail,
        codec=settings.codec,
        reel=info.coding.reel,
        burn_in=settings.burn_in,
    )


def _probe_picture(path: str, first_file: int | None, holes: HolePolicy) -> tuple[MediaInfo, str]:
    return probe(path, first_file, holes), fingerprint_of_picture(path)


def _memoize_with_errors(function: Callable[..., _Value]) -> Callable[..., _Value]:
    """Return `function` with a cache of its results and of the DubErrors that it raises."""

    @cache
    def result_of(*arguments: Hashable) -> _Value | DubError:
        try:
            return function(*arguments)
        except DubError as error:
            return error

    def memoized(*arguments: Hashable) -> _Value:
        result = result_of(*arguments)
        if isinstance(result, DubError):
            raise result
        return result

    return memoized
