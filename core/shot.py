"""The rendering of one shot, from its order to a picture file: the steps, top to bottom.

order -> analyse  every picture once: camera cuts, faces             a few numbers stay
                  dub and production sound: who speaks when
                  which face says what, which frames are repainted
      -> paint    every picture again: crop, paint, paste, write     nothing stays

A part of a shot is analysed as the whole; only its own pictures are written, and those before it
are painted on which it depends.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.analyse import ShotAnalysis, SpeakingFramesOf, analyse
from lipflap.core.analysis.blinks import NO_BLINKS, Blinks, plan_blinks
from lipflap.core.analysis.crop import extract_crop
from lipflap.core.analysis.detectors import Detectors
from lipflap.core.analysis.extension import Plates
from lipflap.core.analysis.overlays import keep_below
from lipflap.core.analysis.repaint_plan import FacePlan, Scene, exclude_ranges, rollout_start
from lipflap.core.encode.encode import open_writer
from lipflap.core.errors import DubError, MediaBroken
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import DubOrder, FrameRange, Mode, Picture, Role, digest
from lipflap.core.paint.burn_in import burn_in
from lipflap.core.paint.face_painter import FacePainter
from lipflap.core.paint.framewise import WINDOW_FRAMES, FramewisePainter
from lipflap.core.paint.kept_frames import frames_kept
from lipflap.core.paint.mouth_bank import find_mouths
from lipflap.core.paint.painter import Networks, load_networks
from lipflap.core.paint.reference_painter import ReferencePainter, reference_painter
from lipflap.core.paint.remembered_motion import RememberedMotion
from lipflap.core.paint.rollout import AutoregressivePainter, fixed_noise
from lipflap.core.paint.sync_check import SyncMonitor, sync_figures
from lipflap.core.reference.rim_guard import LOOKBACK_FRAMES
from lipflap.core.result import (
    DubResult,
    Progress,
    SaidBy,
    ShotReport,
    ShotState,
    Stage,
    SyncFigures,
)
from lipflap.core.timing import Stopwatch
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ, log_mel

STAGES = ("decode", "track", "listen", "sample", "paste", "score", "encode")


def dub_shot(order: DubOrder, networks: Networks | None = None) -> Iterator[Progress | DubResult]:
    """Render a shot: yield progress in frames, then the result.

    networks  if not those that the order's settings name

    Closing it cancels, and leaves no file behind. When there is nothing to repaint, that is no
    error but a result with the reason. Raises DubError when media, sound or model are missing,
    broken or not those of the order.
    """
    info = _probe_unchanged(order.picture)
    _check_sounds_and_references(order)
    networks = networks or load_networks(order.settings)
    watch = Stopwatch(*STAGES)

    # Analyse.
    analysis = yield from analyse(order, info, networks.detectors, watch)
    planned = keep_below(analysis.plans, order.overlays, info.width, info.height)
    never_shown = [plan for plan in planned if not plan.opacity.any()]
    plans = exclude_ranges(planned, order.exclude)
    if not plans:
        dub_s = _dub_seconds(order, analysis.speaking_frames_of)
        reason = _skip_reason(analysis.scene, planned, dub_s)
        yield _result(order, analysis, plans, watch, skip_reason=reason, never_shown=never_shown)
        return

    # Paint.
    painters = _painters(order, plans, analysis, networks)
    with watch.on("track"):
        blinks = _blinks(order, plans, analysis)
    with watch.on("score"):
        monitors = _sync_monitors(painters, analysis, networks.detectors)
    framewise = order.settings.mode == Mode.FRAMEWISE
    start, end = order.written.start, order.written.end
    begin = _first_painted(start, painters, framewise=framewise)
    window = WINDOW_FRAMES if framewise else 1
    read = watch.each("decode", analysis.plates.read(begin, end))
    plates_of_shot = watch.each("paste", blinks.laid(read, begin, info))
    output = replace(order.output, start_frame=order.output.start_frame + start)
    finished = burn_in(output.burn_in, info)
    with open_writer(info, output, len(order.written)) as writer:
        for first, plates in _windows(plates_of_shot, begin, window):
            for frame, new in enumerate(_repaint(first, plates, painters, info, watch), first):
                if frame >= start:
                    with watch.on("score"):
                        for monitor in monitors:
                            monitor.observe(frame, new, info)
                    with watch.on("encode"):
                        writer.write(finished(new))
                yield Progress(order.shot, Stage.PAINT, frame + 1 - begin, end - begin)
    with watch.on("score"):
        sync = sync_figures(monitors)
    yield _result(order, analysis, plans, watch, "", painters, sync, never_shown, blinks)


def _first_painted(
    start: int, painters: Sequence[FacePainter | ReferencePainter], *, framewise: bool
) -> int:
    """Return the frame from which on to paint, so that frame `start` knows those before it."""
    following = [p.plan for p in painters if isinstance(p, FacePainter) and not framewise]
    guarded = any(isinstance(painter, ReferencePainter) for painter in painters)
    return rollout_start(following, max(0, start - LOOKBACK_FRAMES) if guarded else start)


def _repaint(
    first: int,
    plates: Sequence[Frame],
    painters: Sequence[FacePainter | ReferencePainter],
    info: MediaInfo,
    watch: Stopwatch,
) -> Sequence[Frame]:
    """Return plates from frame `first` on with the new mouths of all painters."""
    for painter in painters:
        plates = painter.repaint(first, plates, info, watch)
    return plates


def _probe_unchanged(picture: Picture) -> MediaInfo:
    if fingerprint_of_picture(picture.path) != picture.fingerprint:
        raise _media_changed(picture.path)
    return probe(picture.path, picture.first_file, picture.holes)


def _check_sounds_and_references(order: DubOrder) -> None:
    for path, expected in {(s.path, s.fingerprint) for s in order.speeches}:
        if fingerprint(Path(path)) != expected:
            raise _media_changed(path)
    films = (*order.references, *order.shown_elsewhere)
    references = {(r.picture.path, r.picture.fingerprint) for r in films}
    for path, expected in references - {(order.picture.path, order.picture.fingerprint)}:
        if fingerprint_of_picture(path) != expected:
            raise _media_changed(path)


def _media_changed(path: str) -> DubError:
    return MediaBroken(
        "has changed since the shot was ordered.", where=path, fix="Order the shot again."
    )


def _windows(frames: Iterable[Frame], begin: int, size: int) -> Iterator[tuple[int, list[Frame]]]:
    """Yield `size` frames at a time, fewer at the end, after the number of the first of them.

    begin  number of the first frame of all
    """
    remaining = iter(frames)
    for first in count(begin, size):
        window = list(islice(remaining, size))
        if not window:
            return
        yield first, window


def _painters(
    order: DubOrder,
    plans: Sequence[FacePlan],
    analysis: ShotAnalysis,
    networks: Networks,
) -> list[FacePainter | ReferencePainter]:
    """Make a painter for each plan: from filmed mouths if ordered and there are enough.

    Camera shots share what is known of an actor, and the motion of lines that both show.
    """
    motion = None
    if networks.motion is not None and order.settings.mode == Mode.REFERENCE:
        motion = RememberedMotion(networks.motion)
    production = analysis.scene.production
    heard = production.speaks if production is not None else None
    mouths_of = cache(lambda face: find_mouths(analysis.films, face, heard))
    painters = []
    for plan in plans:
        dialogue = analysis.dialogue_of(plan.lines)
        painter = None
        if motion is not None:
            painter = reference_painter(
                order, plan, mouths_of(plan.face), dialogue, motion, networks.correction
            )
        painters.append(painter or face_painter(order, analysis.plates, plan, dialogue, networks))
    return painters


def face_painter(
    order: DubOrder,
    plates: Plates,
    plan: FacePlan,
    dialogue: NDArray[np.float32],
    networks: Networks,
) -> FacePainter:
    """Make the painter of a face plan; its identity frame is decoded once more."""
    frame = plan.identity_frame
    (plate,) = plates.read(frame, frame + 1)
    identity = extract_crop(plate, plates.info, plan.crop_from_plate[frame - plan.first_frame])
    framewise = order.settings.mode == Mode.FRAMEWISE
    mouth_painter = (FramewisePainter if framewise else AutoregressivePainter)(
        networks.paint, identity, fixed_noise(order.settings.seed)
    )
    mel = log_mel(dialogue, SAMPLE_RATE_HZ)
    return FacePainter(plan, mouth_painter, mel, order.output.rate)


def _blinks(order: DubOrder, plans: Sequence[FacePlan], analysis: ShotAnalysis) -> Blinks:
    if not order.settings.blink:
        return NO_BLINKS
    return plan_blinks(order, analysis.scene, plans, analysis.plates)


def _sync_monitors(
    painters: Sequence[FacePainter | ReferencePainter],
    analysis: ShotAnalysis,
    detectors: Detectors,
) -> list[SyncMonitor]:
    if (judge := detectors.judge) is None:
        return []
    sounds = {p.plan.lines for p in painters}
    embedded = {lines: judge.embed_sound(analysis.dialogue_of(lines)) for lines in sounds}
    return [
        SyncMonitor(
            plan=p.plan,
            speaks=analysis.speaking_frames_of(p.plan.lines),
            sound=embedded[p.plan.lines],
            judge=judge,
            points_in=detectors.points_in,
            rate=p.rate,
        )
        for p in painters
    ]


def _skip_reason(scene: Scene, plans: list[FacePlan], dub_s: float) -> str:
    if plans and not any(plan.opacity.any() for plan in plans):
        return (
            "In every frame with dialogue the mouth is covered or turned away: it stays as filmed."
        )
    if plans:
        return "Every frame with dialogue is excluded: the mouth stays as it was filmed."
    if scene.tracks and not dub_s:
        return "No speech was found in the dub over this shot: the mouth stays as it was filmed."
    if scene.tracks:
        return "No face in the shot speaks the dub."
    return "No face was found in the shot."


def _said_by(order: DubOrder, plans: Sequence[FacePlan]) -> tuple[SaidBy, ...]:
    """Return which face says the lines of whom."""
    faces = sorted((n, plan.face) for plan in plans for n in plan.lines)
    speeches = ((order.speeches[n], face) for n, face in faces)
    named = (SaidBy(one.character or Path(one.path).stem, face) for one, face in speeches)
    return tuple(dict.fromkeys(named))


def _dub_seconds(order: DubOrder, speaking_frames_of: SpeakingFramesOf) -> float:
    """Return for how many seconds of the shot somebody speaks in the dub."""
    lines = tuple(n for n, speech in enumerate(order.speeches) if speech.role == Role.DUB)
    return round(float(speaking_frames_of(lines).sum() / order.output.rate), 3)


def _ranges(repainted: NDArray[np.bool_], written: FrameRange) -> tuple[FrameRange, ...]:
    """Return the ranges of written frames that are new, by all frames of the shot."""
    inside = np.zeros(len(repainted) + 2, np.int8)
    inside[1 + written.start : 1 + written.end] = repainted[written.start : written.end]
    edges = np.flatnonzero(np.diff(inside)).reshape(-1, 2)
    return tuple(FrameRange(int(start), int(end)) for start, end in edges)


def _network_faces(painters: Sequence[FacePainter | ReferencePainter]) -> tuple[int, ...]:
    """Return the faces that are painted without filmed mouths, at times at least."""
    return tuple(sorted({p.plan.face for p in painters if isinstance(p, FacePainter)}))


def _result(
    order: DubOrder,
    analysis: ShotAnalysis,
    plans: list[FacePlan],
    watch: Stopwatch,
    skip_reason: str = "",
    painters: Sequence[FacePainter | ReferencePainter] = (),
    sync: SyncFigures | None = None,
    never_shown: Sequence[FacePlan] = (),
    blinks: Blinks = NO_BLINKS,
) -> DubResult:
    """Return the result. The new file is probed: one that cannot be read back is an error."""
    scene = analysis.scene
    repainted = np.zeros(scene.count, bool)
    for painter in painters:
        plan = painter.plan
        new = plan.opacity > 0
        if isinstance(painter, ReferencePainter):
            new &= ~painter.mismatched
        repainted[plan.first_frame : plan.first_frame + len(new)] |= new
    ordered = order.settings.mode == Mode.REFERENCE and bool(painters)
    from_mouths = [p for p in painters if isinstance(p, ReferencePainter)]
    report = ShotReport(
        state=ShotState.SKIPPED if skip_reason else ShotState.RENDERED,
        reason=skip_reason,
        frames=len(order.written),
        repainted_frames=int(repainted[order.written.start : order.written.end].sum()),
        faces=len(scene.tracks),
        face=max(plans, key=lambda plan: (plan.opacity > 0).sum()).face if plans else None,
        camera_shots=len(scene.cuts) + 1,
        seconds={stage: round(s, 3) for stage, s in watch.seconds.items()},
        mouths=max((len(p.mouths) for p in from_mouths), default=0) if ordered else None,
        network_faces=_network_faces(painters) if ordered else (),
        closed_faces=tuple(sorted({p.plan.face for p in from_mouths if p.closed})),
        bend_px=round(max((p.bend_px for p in from_mouths if not p.closed), default=0.0), 2),
        kept=frames_kept(order, painters, never_shown),
        sync=sync,
        said_by=_said_by(order, plans),
        dub_s=_dub_seconds(order, analysis.speaking_frames_of),
        repainted=_ranges(repainted, order.written),
        blinks=_ranges(np.isin(np.arange(scene.count), list(blinks.lids)), order.written),
        eyes_open=blinks.kept,
    )
    if skip_reason:
        return DubResult(order.shot, digest(order), "", "", report)
    path = order.output.path
    written = probe(path)
    if written.frame_count != report.frames:
        raise MediaBroken(
            f"was written with {written.frame_count} frames instead of {report.frames}.",
            where=path,
        )
    return DubResult(order.shot, digest(order), path, fingerprint_of_picture(path), report)
