"""One shot, from its order to a picture file: the steps, top to bottom.

order -> look    every picture once: camera cuts, faces             a few numbers stay
      -> listen  dub and production sound: who speaks when
      -> cast    which face says what, which frames are touched
      -> paint   every picture again: crop, paint, paste, write     nothing stays

A part of a shot is looked at, heard and cast as the whole; only its own pictures are written, and
those before it painted on which it depends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.analyse import SpeakingFramesOf, analyse
from lipflap.core.analysis.crop import extract_crop
from lipflap.core.analysis.repaint_plan import FacePlan, Scene, exclude_ranges, rollout_start
from lipflap.core.analysis.sync_scorer import SyncScorer
from lipflap.core.errors import DubError, MediaBroken
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.media.decode import Frame, pictures
from lipflap.core.media.encode import open_writer
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import (
    DubOrder,
    DubResult,
    Mode,
    Picture,
    Progress,
    ShotReport,
    ShotState,
    Stage,
    SyncFigures,
    digest,
)
from lipflap.core.paint.face_painter import FacePainter
from lipflap.core.paint.framewise import WINDOW_FRAMES, FramewisePainter
from lipflap.core.paint.painter import Networks, load_networks
from lipflap.core.paint.rollout import AutoregressivePainter, fixed_noise
from lipflap.core.paint.sync_check import SyncMonitor, sync_figures
from lipflap.core.timing import Stopwatch
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ, log_mel

STAGES = ("decode", "track", "listen", "sample", "paste", "judge", "encode")


def dub_shot(order: DubOrder, networks: Networks | None = None) -> Iterator[Progress | DubResult]:
    """Progress in frames, then the result. Closing it cancels, and leaves no file behind.

    networks  if not those that the order's settings name

    Nothing to repaint is no error but a result that says why. Raises DubError when media, sound
    or model are missing, broken or not those of the order.
    """
    info = _probe_unchanged(order.picture)
    _check_sounds(order)
    networks = networks or load_networks(order.settings)
    taken = order.frames.pictures()
    watch = Stopwatch(*STAGES)

    # Look, listen, and cast.
    seen = yield from analyse(order, info, networks.detectors, watch)
    scene, parts, sound_of, spoken_in = seen.scene, seen.parts, seen.sound_of, seen.spoken_in
    shown = exclude_ranges(parts, order.leave)
    if not shown:
        yield _result(order, scene, shown, watch, left_because=_skip_reason(scene, parts))
        return

    # Paint.
    actors = [_face_painter(order, info, part, sound_of(part.lines), networks) for part in shown]
    screenings = _sync_monitors(actors, spoken_in, networks.detectors.scorer)
    framewise, start, end = (
        order.settings.mode == Mode.FRAMEWISE,
        order.written.start,
        order.written.end,
    )
    begin, at_once = (start, WINDOW_FRAMES) if framewise else (rollout_start(shown, start), 1)
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
                            screening.observe(frame, plate, new, info)
                    with watch.on("encode"):
                        writer.write(new)
                yield Progress(order.shot, Stage.PAINT, frame + 1 - begin, end - begin)
    with watch.on("judge"):
        sync = sync_figures(screenings)
    yield _result(order, scene, shown, watch, sync=sync)


def _probe_unchanged(picture: Picture) -> MediaInfo:
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


def _windows(frames: Iterable[Frame], begin: int, size: int) -> Iterator[tuple[int, list[Frame]]]:
    """`size` frames at a time, fewer at the end, with the number of the first, `begin` or more."""
    coming = iter(frames)
    for first in count(begin, size):
        window = list(islice(coming, size))
        if not window:
            return
        yield first, window


def _face_painter(
    order: DubOrder, info: MediaInfo, part: FacePlan, sound: NDArray[np.float32], networks: Networks
) -> FacePainter:
    """With the frame that shows the actor well, decoded once more."""
    frame = part.identity_frame
    (plate,) = pictures(info, [order.frames.picture(frame)])
    identity = extract_crop(plate, info, part.crop_from_plate[frame - part.first_frame])
    mouths = FramewisePainter if order.settings.mode == Mode.FRAMEWISE else AutoregressivePainter
    painted = mouths(networks.paint, identity, fixed_noise(order.settings.seed))
    return FacePainter(part, painted, log_mel(sound, SAMPLE_RATE_HZ), order.output.rate)


def _sync_monitors(
    actors: list[FacePainter], spoken_in: SpeakingFramesOf, scorer: SyncScorer | None
) -> list[SyncMonitor]:
    if scorer is None:
        return []
    return [SyncMonitor(a.part, spoken_in(a.part.lines), a.log_mel, scorer, a.rate) for a in actors]


def _skip_reason(scene: Scene, parts: list[FacePlan]) -> str:
    if parts:
        return "All that is said in it is to stay as it was filmed."
    return "Nobody in it is to speak." if scene.tracks else "There is no face in it."


def _result(
    order: DubOrder,
    scene: Scene,
    parts: list[FacePlan],
    watch: Stopwatch,
    left_because: str = "",
    sync: SyncFigures | None = None,
) -> DubResult:
    """Probes the new file: what cannot be read back is not a result."""
    touched = np.zeros(scene.count, bool)
    for part in parts:
        touched[part.first_frame : part.first_frame + len(part.opacity)] |= part.opacity > 0
    report = ShotReport(
        state=ShotState.SKIPPED if left_because else ShotState.RENDERED,
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
