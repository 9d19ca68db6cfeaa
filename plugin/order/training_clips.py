"""The clips of a cut as recordings: the pictures of the day with their production sound.

media       |==== SH010 ====|=== SH030 ===|      each picture once, however often the cut shows it
production  [----------- Take 1 --------------]
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.frametime import frame_to_sample
from lipflap.core.media.probe import probe, probe_sound
from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.plugin.cut.cut import Cut, DubLine, Shot
from lipflap.plugin.cut.dub_source import lines_on_tracks, production
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.order.dialogue import SoundClock, make_speeches
from lipflap.plugin.order.source_frames import MediaClock, source_frames
from lipflap.plugin.timeline.bundle_read import is_bundle, unpack
from lipflap.plugin.timeline.read import extract_cut, picture_labels, read_timeline, sound_labels

_log = logging.getLogger(__name__)


def training_clips(path: Path, sound: str | None, bundle: Path) -> list[Recording]:
    """What a cut shows and what was said in it that day.

    sound   name of the production track, * and ? match; None for every track that may be one
    bundle  folder in which a cut that brings its media along is unpacked

    A clip that cannot be learnt from is left out with a warning. Raises DubError.
    """
    read = read_timeline(path)
    folder = unpack(path, bundle) if is_bundle(path) else path.parent.absolute()
    cut = extract_cut(read, path=path, media_folder=folder)
    spoken = lines_on_tracks(cut, sound) if sound else production(cut, sound_labels(read))
    labels = picture_labels(read)
    listen = cache(_listen)
    found = []
    for shot in cut.shots:
        try:
            one = _recording(shot, cut, spoken, listen)
        except DubError as problem:
            _log.warning("Left out: %s", problem)
        else:
            found.append(replace(one, labels=labels[shot.address]))
    if not found:
        raise DubError("has no clip with production sound to learn from.", where=str(path))
    return list(_each_picture_once(found))


def _recording(
    shot: Shot, cut: Cut, lines: Sequence[DubLine], listen: Callable[[Path], SoundClock]
) -> Recording:
    media = shot.media
    if shot.problem:
        raise DubError(shot.problem.text, where=shot.name)
    if media is None:
        raise DubError("The cut names no media for it.", where=shot.name)
    if shot.speed != 1:
        raise DubError("is retimed: its lips are not those of its sound.", where=shot.name)
    info = probe(media.path, first_file=media.first_file)
    rate = info.rate if info.first_file is None else media.rate
    clock = MediaClock(rate, info.first_frame, info.frame_count)
    taken = source_frames(shot, media, clock, cut.rate, handles=0)
    plays = TimeRange(taken.record_start, taken.record_start + taken.frames.count / taken.rate)
    heard, notes = make_speeches(lines, plays, listen)
    for note in notes:
        _log.warning("%s: %s", shot.name, note)
    if not any(line.record.overlap(plays) for line in lines) or not heard:
        raise DubError("has no production sound.", where=shot.name)
    state = fingerprint_of_picture(media.path)
    picture = Picture(media.path, rate, info.first_frame, info.first_file, state)
    return Recording(shot.name, cut.name, picture, taken.frames, taken.rate, heard)


def _each_picture_once(found: Iterable[Recording]) -> Iterator[Recording]:
    """What recordings of one media file have in common stays with the one that begins first."""
    shown: dict[str, int] = {}
    for one in sorted(found, key=lambda one: (one.picture.path, one.frames.first)):
        first = one.frames.picture(0)
        new = max(first, shown.get(one.picture.path, first))
        if new < first + one.frames.count:
            yield _from(one, new - first)
            shown[one.picture.path] = first + one.frames.count


def _from(one: Recording, frame: int) -> Recording:
    """The recording from a later frame on."""
    frames = FrameMap(one.frames.first + frame, one.frames.step, one.frames.count - frame)
    moved = tuple(
        replace(
            said, at_sample=said.at_sample - frame_to_sample(frame, one.rate, said.sample_rate_hz)
        )
        for said in one.speeches
    )
    return replace(one, frames=frames, speeches=moved)


def _listen(path: Path) -> SoundClock:
    sound = probe_sound(str(path))
    return SoundClock(sound.sample_rate_hz, sound.sample_count, fingerprint(path))
