"""The orders of a cue sheet: all that a machine without the cut needs to render its shots."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import ceil
from pathlib import Path

from lipflap.core.consent import Agreement
from lipflap.core.encode.codecs import lost_facts
from lipflap.core.encode.encode import suffix
from lipflap.core.errors import DubError
from lipflap.core.media.probe import Coding, MediaInfo, at_rate
from lipflap.core.model_files import LIP_MOTION
from lipflap.core.order import (
    DubOrder,
    FrameRange,
    Mode,
    Output,
    Reference,
    Role,
    Speaker,
)
from lipflap.core.timecode import counts_in_drop_frame
from lipflap.plugin.cut.cast.speakers import ShownFace, speaker_notes
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState, skip
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.spill import spill_notes
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.dialogue import make_speeches
from lipflap.plugin.order.films import (
    films_of_cut,
    frames_of,
    media_of,
    media_range,
    mouths_of_model,
    picture_of,
    speaker_of,
)
from lipflap.plugin.order.media_probes import MediaProbes, media_probes, memoize_with_errors
from lipflap.plugin.order.quality import quality_preset
from lipflap.plugin.order.references import ReferencePool, find_references
from lipflap.plugin.order.refusals import dub_too_short, reason_of, see_through
from lipflap.plugin.order.render_settings import RenderSettings
from lipflap.plugin.order.source_frames import SourceFrames, media_clock
from lipflap.plugin.order.title_overlays import overlays_of


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
    probes = media_probes()
    hash_once = memoize_with_errors(hash_of)
    pool = films_of_cut(settings.references, shots, sheet, probes)
    by_name = {shot.name: shot for shot in shots}
    speaker = memoize_with_errors(partial(speaker_of, by_name, sheet, settings.handles, probes))
    for cue in sheet.cues:
        if cue.state != CueState.READY:
            yield cue, None
            continue
        try:
            cue_settings = _settings_of(cue, settings, hash_once)
            made, order = _order(cue, sheet, cue_settings, job, probes, pool, speaker)
            titles = [by_name[name] for name in cue.shot.titles if name in by_name]
            yield made, _below_titles(order, made, sheet, titles, probes) if titles else order
        except DubError as error:
            yield skip(cue, reason_of(error, cue)), None


def _settings_of(
    cue: Cue, settings: RenderSettings, hash_of: Callable[[str], str]
) -> RenderSettings:
    """Return the settings of the cut, changed by the overrides of a cue."""
    overrides = cue.overrides
    blink = settings.dub_settings.blink or overrides.blink
    dub_settings = replace(settings.dub_settings, face=overrides.face, blink=blink)
    if overrides.mode is not None:
        dub_settings = replace(dub_settings, mode=overrides.mode)
    if overrides.seed is not None:
        dub_settings = replace(dub_settings, seed=overrides.seed)
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
    probes: MediaProbes,
    pool: ReferencePool,
    speaker: Callable[[ShownFace], Speaker],
) -> tuple[Cue, DubOrder]:
    """Return a cue with notes, and its order. Raises DubError when it cannot be ordered."""
    shot, media = cue.shot, media_of(cue.shot)
    info, media_fingerprint = probes.picture(media.path, media.first_file, media.holes)
    if probes.surface(media.path, media.first_file).see_through:
        raise see_through(shot.name)
    clock = media_clock(media, info)
    source = frames_of(shot, info, sheet, settings.handles, probes)
    lines = [pair.line for pair in cue.pairs]
    speeches, notes = make_speeches(lines, source.record, probes.sound)
    if not any(speech.role == Role.DUB for speech in speeches):
        raise dub_too_short(shot.name, lines, probes.sound)
    picture = picture_of(info, clock.rate, media_fingerprint)
    used = media_range(picture, info, source.filmed)
    takes_mouths = settings.dub_settings.mode == Mode.REFERENCE and not probes.missing(info)
    path = job.media(shot.name, suffix(info, settings.codec))
    references: tuple[Reference, ...] = ()
    if takes_mouths:
        brought = mouths_of_model(settings.dub_settings.model, probes)
        references = (*find_references(shot, used, pool), *brought)
    order = DubOrder(
        shot=shot.name,
        picture=picture,
        frames=source.frames,
        speeches=speeches,
        output=_output(source, path, settings, at_rate(info, media.rate).coding, sheet),
        settings=settings.dub_settings,
        exclude=_excluded_frames(cue.overrides.exclude, source),
        references=references,
        speakers=tuple(map(speaker, cue.speakers)),
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
    count = str(added - unfilmed) if unfilmed else "all"
    handles = f"{count} of them from the handles" if added > unfilmed else ""
    made = f"the last {unfilmed} were not filmed: others of the shot stand for them"
    parts = [part for part in (handles, made if unfilmed else "") if part]
    yield f"It is {added} frames longer than in the cut, for its dub: {'; '.join(parts)}."


def _below_titles(
    order: DubOrder, cue: Cue, sheet: CueSheet, titles: Sequence[Shot], probes: MediaProbes
) -> DubOrder:
    """Return the order of a cue with what titles above it are known to hide."""

    def info_of(shot: Shot) -> MediaInfo:
        media = media_of(shot)
        return probes.picture(media.path, media.first_file, media.holes)[0]

    def seen_frames(title: Shot) -> SourceFrames:
        return frames_of(title, info_of(title), sheet, 0, probes)

    info = info_of(cue.shot)
    size = (info.width, info.height)
    start = cue.record_start or Fraction(0)
    return replace(order, overlays=overlays_of(order, start, titles, info_of, seen_frames, size))


def _lost_notes(info: MediaInfo, codec: str) -> Iterator[str]:
    lost = lost_facts(info, codec)
    if lost:
        ending = suffix(info, codec).rpartition(".")[2]
        yield f"Its new file (.{ending}) cannot say what the filmed one does: {', '.join(lost)}."


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


def _output(
    source: SourceFrames, path: Path, settings: RenderSettings, coding: Coding, sheet: CueSheet
) -> Output:
    """Return the new file, whose timecode counts as its media's or, without one, as the cut's."""
    by_cut = counts_in_drop_frame(sheet.first_frame, sheet.rate)
    return Output(
        path=str(path.absolute()),
        rate=source.rate,
        start_frame=source.start_frame,
        head=source.head,
        tail=source.tail,
        codec=settings.codec,
        reel=coding.reel,
        burn_in=settings.burn_in,
        drop_frame=coding.drop_frame if coding.has_timecode else by_cut,
    )
