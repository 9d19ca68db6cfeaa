"""One shot, from its order to a picture file: the steps, top to bottom.

order -> look    every picture once: camera cuts, faces             a few numbers stay
      -> listen  dub and production sound: who speaks when
      -> cast    which face says what, which frames are touched
      -> paint   every picture again: crop, paint, paste, write     nothing stays

A part of a shot is looked at, heard and cast as the whole; only its own pictures are written, and
those before it painted on which it depends.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.actor import Actor, crop_of
from lipflap.core.camera_cuts import with_cuts
from lipflap.core.casting import Part, Scene, as_filmed, cast, walk_start
from lipflap.core.errors import DubError, MediaBroken
from lipflap.core.face.detect import Rgb8
from lipflap.core.face.track import Sighting, follow, tracks_of
from lipflap.core.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.framewise import WINDOW_FRAMES, Framewise
from lipflap.core.hearing import frames_with, heard, loudness
from lipflap.core.judge import Judge
from lipflap.core.kit import Kit, load_kit
from lipflap.core.media import colour
from lipflap.core.media.decode import Frame, pictures, samples
from lipflap.core.media.encode import open_writer
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.mouth_walk import MouthWalk, walk_noise
from lipflap.core.order import (
    FRAMEWISE,
    LEFT,
    LOOK,
    PAINT,
    PRODUCTION,
    RENDERED,
    DubOrder,
    DubResult,
    Picture,
    Progress,
    ShotReport,
    SyncFigures,
    digest,
)
from lipflap.core.qc import Screening, sync_figures
from lipflap.core.speaker import Production
from lipflap.core.stopwatch import Stopwatch
from lipflap.core.voice.activity import speech_spans
from lipflap.core.voice.features import SAMPLE_RATE_HZ, log_mel
from lipflap.core.witness import Witness

STAGES = ("decode", "track", "listen", "sample", "paste", "judge", "encode")

Lines = tuple[int, ...]
SoundOf = Callable[[Lines], NDArray[np.float32]]
SpokenIn = Callable[[Lines], NDArray[np.bool_]]


def dub_shot(order: DubOrder, kit: Kit | None = None) -> Iterator[Progress | DubResult]:
    """Progress in frames, then the result. Closing it cancels, and leaves no file behind.

    kit  what sees and paints, if not what the order's settings name

    Nothing to repaint is no error but a result that says why. Raises DubError when media, sound
    or model are missing, broken or not those of the order.
    """
    info = _as_ordered(order.picture)
    _check_sounds(order)
    kit = kit or load_kit(order.settings)
    taken, rate, total = order.frames.pictures(), order.output.rate, order.frames.count
    watch = Stopwatch(*STAGES)

    # Look.
    cuts: list[int] = []
    sightings: list[Sighting] = []
    marked = with_cuts(watch.each("decode", _seen(info, taken)))
    followed = follow(_noting(cuts, marked), kit.searches, kit.points_in)
    for done, faces in enumerate(watch.each("track", followed), start=1):
        sightings += faces
        yield Progress(order.shot, LOOK, done, total)

    # Listen, and cast.
    with watch.on("listen"):
        sound_of: SoundOf = cache(lambda lines: _sound(order, lines))
        spoken_in: SpokenIn = cache(lambda lines: _frames_spoken(order, sound_of(lines)))
        production = _production(order, info, sound_of, spoken_in, kit.judge)
        scene = Scene(tracks_of(sightings, cuts), cuts, rate, total, production)
        parts = cast(scene, order.speeches, order.settings.face, spoken_in)
        shown = as_filmed(parts, order.leave)
    if not shown:
        yield _result(order, scene, shown, watch, left_because=_why_left(scene, parts))
        return

    # Paint.
    actors = [_actor(order, info, part, sound_of(part.lines), kit) for part in shown]
    screenings = _screenings(actors, spoken_in, kit.judge)
    framewise, start, end = order.settings.mode == FRAMEWISE, order.written.start, order.written.end
    begin, at_once = (start, WINDOW_FRAMES) if framewise else (walk_start(shown, start), 1)
    plates_of = watch.each("decode", pictures(info, taken[begin:end]))
    output = replace(order.output, start_frame=order.output.start_frame + start)
    with open_writer(info, output, len(order.written)) as writer:
        for first, plates in _windows(plates_of, begin, at_once):
            painted = plates
            for actor in actors:
                painted = actor.repaint(first, painted, info, watch)
            for frame, (plate, new) in enumerate(zip(plates, painted, strict=True), first):
                if frame >= start:
                    with watch.on("judge"):
                        for screening in screenings:
                            screening.watch(frame, plate, new, info)
                    with watch.on("encode"):
                        writer.write(new)
                yield Progress(order.shot, PAINT, frame + 1 - begin, end - begin)
    with watch.on("judge"):
        sync = sync_figures(screenings)
    yield _result(order, scene, shown, watch, sync=sync)


def _as_ordered(picture: Picture) -> MediaInfo:
    if fingerprint_of_picture(picture.path) != picture.fingerprint:
        raise _changed(picture.path)
    return probe(picture.path, first_file=picture.first_file)


def _check_sounds(order: DubOrder) -> None:
    for path, expected in {(s.path, s.fingerprint) for s in order.speeches}:
        if fingerprint(Path(path)) != expected:
            raise _changed(path)


def _changed(path: str) -> DubError:
    return MediaBroken(
        "is not what it was when the shot was ordered.", where=path, fix="Order the shot again."
    )


def _seen(info: MediaInfo, taken: list[int]) -> Iterator[Rgb8]:
    for frame in pictures(info, taken):
        yield colour.rgb8(frame, info)


def _noting(cuts: list[int], marked: Iterable[tuple[Rgb8, bool]]) -> Iterator[tuple[Rgb8, bool]]:
    """`marked` as it is, the numbers of its cuts left in `cuts`."""
    for frame, (picture, cut) in enumerate(marked):
        cuts += [frame] if cut else []
        yield picture, cut


def _windows(frames: Iterable[Frame], begin: int, size: int) -> Iterator[tuple[int, list[Frame]]]:
    """`size` frames at a time, fewer at the end, with the number of the first, `begin` or more."""
    coming = iter(frames)
    for first in count(begin, size):
        window = list(islice(coming, size))
        if not window:
            return
        yield first, window


def _sound(order: DubOrder, lines: Lines) -> NDArray[np.float32]:
    seconds = order.frames.count / order.output.rate
    return heard([order.speeches[n] for n in lines], seconds, samples)


def _frames_spoken(order: DubOrder, sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    spans = speech_spans(sound, SAMPLE_RATE_HZ)
    return frames_with(spans, order.output.rate, order.frames.count)


def _production(
    order: DubOrder, info: MediaInfo, sound_of: SoundOf, spoken_in: SpokenIn, judge: Judge | None
) -> Production | None:
    lines = tuple(n for n, speech in enumerate(order.speeches) if speech.role == PRODUCTION)
    if not lines:
        return None
    sound, speaks, rate = sound_of(lines), spoken_in(lines), order.output.rate
    loud = loudness(sound, rate, order.frames.count)
    if judge is None:
        return Production(loud, speaks)

    def plates(frames: Sequence[int]) -> Iterable[Frame]:
        return pictures(info, [order.frames.picture(frame) for frame in frames])

    witness = Witness(judge, plates, info, rate, log_mel(sound, SAMPLE_RATE_HZ), speaks)
    return Production(loud, speaks, witness.fits)


def _actor(
    order: DubOrder, info: MediaInfo, part: Part, sound: NDArray[np.float32], kit: Kit
) -> Actor:
    """With the frame that shows the actor well, decoded once more."""
    frame = part.identity_frame
    (plate,) = pictures(info, [order.frames.picture(frame)])
    identity = crop_of(plate, info, part.crop_from_plate[frame - part.first_frame])
    mouths = Framewise if order.settings.mode == FRAMEWISE else MouthWalk
    painted = mouths(kit.paint, identity, walk_noise(order.settings.seed))
    return Actor(part, painted, log_mel(sound, SAMPLE_RATE_HZ), order.output.rate)


def _screenings(actors: list[Actor], spoken_in: SpokenIn, judge: Judge | None) -> list[Screening]:
    if judge is None:
        return []
    return [Screening(a.part, spoken_in(a.part.lines), a.log_mel, judge, a.rate) for a in actors]


def _why_left(scene: Scene, parts: list[Part]) -> str:
    if parts:
        return "All that is said in it is to stay as it was filmed."
    return "Nobody in it is to speak." if scene.tracks else "There is no face in it."


def _result(
    order: DubOrder,
    scene: Scene,
    parts: list[Part],
    watch: Stopwatch,
    left_because: str = "",
    sync: SyncFigures | None = None,
) -> DubResult:
    """Probes the new file: what cannot be read back is not a result."""
    touched = np.zeros(scene.count, bool)
    for part in parts:
        touched[part.first_frame : part.first_frame + len(part.opacity)] |= part.opacity > 0
    report = ShotReport(
        state=LEFT if left_because else RENDERED,
        reason=left_because,
        frames=len(order.written),
        repainted_frames=int(touched[order.written.start : order.written.end].sum()),
        faces=len(scene.tracks),
        face=max(parts, key=lambda part: (part.opacity > 0).sum()).face if parts else None,
        camera_shots=len(scene.cuts) + 1,
        seconds={stage: round(s, 3) for stage, s in watch.seconds.items()},
        sync=sync,
    )
    if left_because:
        return DubResult(order.shot, digest(order), "", "", report)
    made = order.output
    new = probe(made.path)
    if new.frame_count != report.frames:
        raise MediaBroken(
            f"was written with {new.frame_count} frames instead of {report.frames}.",
            where=made.path,
        )
    return DubResult(
        order.shot, digest(order), made.path, fingerprint_of_picture(made.path), report
    )
