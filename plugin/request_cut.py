"""From a request to the facts of its cut, its dub laid, and its cue sheet."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from lipflap.core.analysis.voice_channel import voice_channels
from lipflap.core.errors import DubError
from lipflap.core.media.file_time import file_time
from lipflap.core.media.probe import probe_sound
from lipflap.core.media.sound.audio_reader import channel_counts
from lipflap.core.order import Role
from lipflap.core.playback import Playback, SoundChannel
from lipflap.plugin.cut.cast.consent_file import consent_path, read_consent
from lipflap.plugin.cut.cuesheet import (
    Cue,
    CueSheet,
    ShotFilter,
    make_cues,
    reapply_overrides,
    reapply_voices,
)
from lipflap.plugin.cut.cut import Cut, DubLine
from lipflap.plugin.cut.decisions import Decided, Decisions, decided_lines, stale_decisions
from lipflap.plugin.cut.delivery.laid_dub import SoundFiles
from lipflap.plugin.cut.dub_source import assign_dub, is_beside_cut, is_sound
from lipflap.plugin.cut.extension import extend_shots
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.dub_request import DubRequest
from lipflap.plugin.job.folder import fingerprint_of_cut
from lipflap.plugin.order.media_rate import rate_of_media
from lipflap.plugin.timeline.bundle.read import is_bundle, unpack
from lipflap.plugin.timeline.dialect.edl.read import may_run_at, tell_reading
from lipflap.plugin.timeline.earlier_dub import earlier_dub_notes
from lipflap.plugin.timeline.extract import extract_cut, read_session, sound_labels
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.patch.writers import counts_whole_frames
from lipflap.plugin.timeline.proxies import proxy_notes
from lipflap.plugin.timeline.read import read_timeline, says_rate

_log = logging.getLogger(__name__)


def read_cut(request: DubRequest, bundle: Path) -> Cut:
    """Return the facts of a cut, its sound divided into dub and production. Raises DubError.

    bundle   folder into which the media is unpacked when the cut is a bundle
    """
    folder = media_folder_of(request.cut, bundle)
    finder = MediaFinder(folder.absolute(), request.places)
    extract = partial(extract_cut, path=request.cut, media_folder=folder, finder=finder)
    timeline = read_timeline(request.cut, rate=request.rate, name=request.timeline)
    cut = extract(timeline)
    rate = rate_of_media(cut) if request.rate is None and not says_rate(request.cut) else None
    if rate is not None and rate != cut.rate and may_run_at(timeline, rate):
        _log.warning("%s: read at %.5g frames a second, which its media has.", request.cut, rate)
        timeline = read_timeline(request.cut, rate=rate, name=request.timeline)
        cut = extract(timeline)
    tell_reading(timeline, request.cut)
    laid = lay_dub(request, cut, sound_labels(timeline))
    found = (*earlier_dub_notes(timeline), *proxy_notes(timeline))
    return replace(laid, notes=(*found, *laid.notes))


def lay_dub(request: DubRequest, cut: Cut, labels: Mapping[str, tuple[str, ...]]) -> Cut:
    """Return the cut with the dub of a request laid, and its production sound. Raises DubError.

    labels   texts in the metadata of each sound track, by track name
    """
    return assign_dub(
        cut,
        request.dub,
        dub_at=request.dub_at,
        labels=labels,
        sounds=_sound_files(request),
        read_session=partial(
            read_session, places=request.places, rate=request.rate, cut_rate=cut.rate
        ),
    )


def _sound_files(request: DubRequest) -> SoundFiles:
    """Return how sound files given as dub are asked about. Raises DubError."""
    if request.dub_channel is None:
        return SoundFiles(_sound_seconds, _file_time, _voice, _sound_hertz)
    if request.dub is None or not is_sound(request.dub):
        raise DubError(
            "is chosen as the voice, but the dub is no sound file.",
            where=f"Channel {request.dub_channel + 1} of the dub",
            fix="Choose none: tracks and sessions say which channels are heard.",
        )
    given = partial(_given_channel, request.dub_channel)
    return SoundFiles(_sound_seconds, _file_time, given, _sound_hertz)


def _given_channel(channel: int, path: Path) -> tuple[Playback, str]:
    """Return the channel of a file that is to be heard, from 0. Raises DubError without it."""
    count = sum(channel_counts(str(path)))
    if channel >= count:
        raise DubError(
            f"has no channel {channel + 1}: it has {count} in all its streams.",
            where=str(path),
            fix="Choose one of them as the voice, or none.",
        )
    return Playback((SoundChannel(None, channel),)), ""


def make_cue_sheet(request: DubRequest, cut: Cut) -> CueSheet:
    """Return the cue sheet of a cut, its media not yet checked.

    Raises DubError when the request names a shot that the cut does not have.
    """
    for name in stale_decisions(request.decisions, cut):
        _log.warning("%s has decisions, but is no longer in the cut.", name)
    lines = decided_lines(cut.lines, request.decisions)
    names = request.shots.extended(cut.shots) | request.decisions.extended
    extended = extend_shots(cut, lines, names)
    cut = replace(cut, shots=extended.shots)
    pairs = pair(cut.shots, lines)
    return CueSheet(
        cut_path=str(request.cut.resolve()),
        cut_fingerprint=fingerprint_of_cut(request.cut),
        rate=cut.rate,
        first_frame=cut.first_frame,
        consent=request.consent,
        cues=make_cues(cut, pairs, request.shots, request.decisions, extended.refused),
        sounds=tuple(line for line in lines if line.role == Role.DUB)
        if is_beside_cut(request.dub)
        else (),
        whole_frames=counts_whole_frames(request.cut),
        timeline=request.timeline,
        left_out=cut.left_out,
        notes=cut.notes,
        agreements=read_consent(consent_path(request.cut)),
    )


def with_decisions(sheet: CueSheet, cut: Cut, before: Decided, after: Decided) -> CueSheet:
    """Return the cue sheet for changed decisions about the same cut, its media not yet checked.

    sheet   made with what was decided `before`, its media not yet checked
    """
    return with_cues(sheet, cues_with_decisions(sheet, cut, before, after), after)


def with_cues(sheet: CueSheet, cues: Iterable[Cue], decided: Decided) -> CueSheet:
    """Return the cue sheet with the cues, and the rest, of changed decisions."""
    if sheet.sounds:
        sounds = tuple(one for one in decided.lines if one.role == Role.DUB)
        sheet = replace(sheet, sounds=sounds)
    return replace(sheet, consent=decided.decisions.consent, cues=tuple(cues))


def cues_with_decisions(
    sheet: CueSheet, cut: Cut, before: Decided, after: Decided
) -> Iterable[Cue]:
    """Return the cues of `with_decisions`; most of them are made only when they are asked for."""
    decisions, lines = after.decisions, after.lines
    if decisions.extended != before.decisions.extended or (
        decisions.extended and lines != before.lines
    ):
        extended = extend_shots(cut, lines, decisions.extended)
        cut = replace(cut, shots=extended.shots)
        return make_cues(cut, pair(cut.shots, lines), ShotFilter(), decisions, extended.refused)
    cues = reapply_overrides(sheet.cues, decisions, sheet.rate)
    if decisions.slips != before.decisions.slips:
        return _with_lines(tuple(cues), cut, before.lines, lines, decisions)
    if decisions.voices != before.decisions.voices:
        return reapply_voices(cues, before.lines, lines, decisions)
    return cues


def _with_lines(
    cues: Sequence[Cue],
    cut: Cut,
    before: Sequence[DubLine],
    after: Sequence[DubLine],
    decisions: Decisions,
) -> tuple[Cue, ...]:
    """Return the cues of a cut whose lines have changed; only those they play over are made anew.

    before, after   the same lines, in the same order
    """
    pairs = zip(before, after, strict=True)
    changes = [change for change in pairs if change[0] is not change[1]]
    changed = [line for old, new in changes if old != new for line in (old, new)]
    touched = {one.shot for one in pair(cut.shots, changed)}
    names = {line.name for line in changed}
    names |= {one.line.name for cue in cues if cue.shot.name in touched for one in cue.pairs}
    near = replace(cut, shots=tuple(shot for shot in cut.shots if shot.name in touched))
    over = pair(near.shots, [line for line in after if line.name in names])
    made = {cue.shot.name: cue for cue in make_cues(near, over, ShotFilter(), decisions)}
    return tuple(made.get(cue.shot.name, cue) for cue in cues)


def sound_track_names(cut: Path, timeline: str = "") -> tuple[str, ...]:
    """Return the names of a cut's sound tracks, any of which may be the dub. Raises DubError."""
    return tuple(sound_labels(read_timeline(cut, name=timeline)))


def sound_lines(cut: Path) -> tuple[DubLine, ...]:
    """Return the clips on all sound tracks of a cut, any of which may be the dub.

    Raises DubError.
    """
    return extract_cut(read_timeline(cut), path=cut, media_folder=cut.parent.absolute()).lines


def _file_time(path: Path, rate: Fraction) -> Fraction | None:
    return file_time(str(path), rate)


def _voice(path: Path) -> tuple[Playback, str]:
    chosen = voice_channels(str(path))
    return chosen.playback, chosen.note


def _sound_hertz(path: Path) -> int:
    return probe_sound(str(path)).sample_rate_hz


def _sound_seconds(path: Path) -> Fraction:
    sound = probe_sound(str(path))
    return Fraction(sound.sample_count, sound.sample_rate_hz)


def media_folder_of(cut: Path, bundle: Path) -> Path:
    """Return the folder that media paths are relative to; unpack a bundle first."""
    if not is_bundle(cut):
        return cut.parent.absolute()
    return unpack(cut, bundle)
