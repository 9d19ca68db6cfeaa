"""Clips of a cut as recordings to train on: their pictures with the production sound.

media       |==== SH010 ====|=== SH030 ===|      each picture once, however often the cut shows it
production  [----------- Take 1 --------------]
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.frametime import frame_to_sample
from lipflap.core.media.probe import probe
from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.dub_source import lines_on_tracks, production_lines
from lipflap.plugin.order.dialogue import ClockOf, make_speeches, sound_clock
from lipflap.plugin.order.source_frames import media_clock, source_frames
from lipflap.plugin.timeline.bundle.read import is_bundle, unpack
from lipflap.plugin.timeline.dialect.edl.read import tell_reading
from lipflap.plugin.timeline.extract import extract_cut, picture_labels, sound_labels
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaFinder, MediaPlaces
from lipflap.plugin.timeline.read import read_timeline

_log = logging.getLogger(__name__)


def recordings_from_cut(
    path: Path,
    sound: str | None,
    bundle: Path,
    *,
    rate: Fraction | None = None,
    name: str = "",
    places: MediaPlaces = NO_PLACES,
) -> list[Recording]:
    """Return the clips that a cut shows, with the production sound over them.

    sound   name of the production track, * and ? match; None for every track that may be one
    bundle  folder into which the media is unpacked when the cut is a bundle
    rate    of a cut whose format does not say it; None to find it out
    name    of the timeline, where the file holds several; * and ? match
    places  of media on this machine

    A clip that cannot be learnt from is left out with a warning. Raises DubError.
    """
    timeline = read_timeline(path, rate=rate, name=name)
    tell_reading(timeline, path)
    folder = unpack(path, bundle) if is_bundle(path) else path.parent.absolute()
    finder = MediaFinder(folder.absolute(), places)
    cut = extract_cut(timeline, path=path, media_folder=folder, finder=finder)
    heard = sound_labels(timeline)
    lines = lines_on_tracks(cut, sound, heard) if sound else production_lines(cut, heard)
    labels = picture_labels(timeline)
    clock_of = cache(sound_clock)
    recordings = []
    for shot in cut.shots:
        try:
            recording = _recording(shot, cut, lines, clock_of)
        except DubError as error:
            _log.warning("Left out: %s", error)
        else:
            recordings.append(replace(recording, labels=labels[shot.address]))
    if not recordings:
        raise DubError(
            "has no clip with production sound to learn from.",
            where=str(path),
            fix="Name the production track with --sound.",
        )
    return list(_each_picture_once(recordings))


def _recording(shot: Shot, cut: Cut, lines: Sequence[DubLine], clock_of: ClockOf) -> Recording:
    media = shot.media
    if shot.problem:
        raise DubError(shot.problem.text, where=shot.name)
    if media is None:
        raise DubError("has no picture media.", where=shot.name)
    if shot.speed != 1:
        raise DubError("is retimed: its lips are not in sync with its sound.", where=shot.name)
    info = probe(media.path, media.first_file, media.holes)
    clock = media_clock(media, info)
    source = source_frames(shot, media, clock, cut.rate, handles=0)
    record = source.record
    speeches, notes = make_speeches(lines, record, clock_of)
    for note in notes:
        _log.warning("%s: %s", shot.name, note)
    if not any(line.record.overlap(record) for line in lines) or not speeches:
        raise DubError("has no production sound.", where=shot.name)
    state = fingerprint_of_picture(media.path)
    picture = Picture(media.path, clock.rate, clock.first_frame, info.first_file, state, info.holes)
    return Recording(shot.name, cut.name, picture, source.frames, source.rate, speeches)


def _each_picture_once(recordings: Iterable[Recording]) -> Iterator[Recording]:
    """Leave pictures that several clips share to the clip that begins first in the media."""
    ends: dict[str, int] = {}
    for recording in sorted(recordings, key=lambda r: (r.picture.path, r.frames.first)):
        first = recording.frames.media_frame(0)
        new = max(first, ends.get(recording.picture.path, first))
        if new < first + recording.frames.count:
            yield _from_frame(recording, new - first)
            ends[recording.picture.path] = first + recording.frames.count


def _from_frame(recording: Recording, frame: int) -> Recording:
    """Return the recording from a later frame on."""
    frames, rate = recording.frames, recording.rate
    later = FrameMap(frames.first + frame, frames.step, frames.count - frame)
    speeches = tuple(
        replace(
            speech,
            at_sample=speech.at_sample - frame_to_sample(frame, rate, speech.sample_rate_hz),
        )
        for speech in recording.speeches
    )
    return replace(recording, frames=later, speeches=speeches)
