"""The analysis of a shot before anything is painted: who is in it, and who says what.

order -> track   every picture once: camera cuts, faces             keeps a few numbers
      -> listen  dub and production sound: who speaks when
      -> plan    which face says what, which frames are repainted
      -> track   the references too, when mouths are to be taken from them
"""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.best_view import best_view
from lipflap.core.analysis.crop import track_crops
from lipflap.core.analysis.detectors import Detectors
from lipflap.core.analysis.dialogue import frames_covered, loudness, mix_dialogue
from lipflap.core.analysis.extension import Extension, Plates, extend, filmed_plates
from lipflap.core.analysis.face_report import (
    FaceBox,
    FaceBoxes,
    FaceReport,
    MouthMatte,
    OwnMouth,
)
from lipflap.core.analysis.film import Film, track_film, track_reference
from lipflap.core.analysis.repaint_plan import FacePlan, Scene, paintable_frames, plan_repaint
from lipflap.core.analysis.speakers.active_speaker import Production
from lipflap.core.analysis.speakers.casting import Looks
from lipflap.core.analysis.speakers.speaker_sync import SpeakerSync
from lipflap.core.errors import DubError, MediaBroken, MediaMissing
from lipflap.core.face.landmarks import MOUTH_CORNERS
from lipflap.core.face.matte import LIPS_ACROSS_PX, LIPS_BELOW_PX, LIPS_DOWN_PX, LIPS_END, LIPS_FULL
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.motion.head_motion import load_head_motion
from lipflap.core.motion.lip_sync import LipSync
from lipflap.core.order import DubOrder, Mode, Reference, Role
from lipflap.core.reference.outline import lower_face_outline, mouth_outline
from lipflap.core.result import Progress, Stage
from lipflap.core.timing import Stopwatch
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.vad import speech_spans

_log = logging.getLogger(__name__)

LineIndices = tuple[int, ...]
DialogueOf = Callable[[LineIndices], NDArray[np.float32]]
SpeakingFramesOf = Callable[[LineIndices], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class ShotAnalysis:
    """The analysis of a shot.

    plates              the shot's pictures
    films               the shot's own, then those of its references if mouths are taken from them
    dialogue_of         indices of speeches -> their mix, mono
    speaking_frames_of  indices of speeches -> frames in which one of them is heard
    """

    scene: Scene
    plates: Plates
    plans: list[FacePlan]
    films: list[Film]
    dialogue_of: DialogueOf
    speaking_frames_of: SpeakingFramesOf


def analyse(
    order: DubOrder, info: MediaInfo, detectors: Detectors, watch: Stopwatch
) -> Generator[Progress, None, ShotAnalysis]:
    """Analyse a shot: yield progress in frames, return the analysis. Raises DubError."""
    rate, total = order.output.rate, order.frames.count
    progress = (
        Progress(order.shot, Stage.ANALYSE, done, order.analysed_frames) for done in count(1)
    )
    films = [(yield from track_film(info, order.filmed, detectors, watch, progress))]
    with watch.on("track"):
        shot = _extension(order, info, films[0])
    with watch.on("listen"):
        dialogue_of: DialogueOf = cache(lambda lines: _dialogue(order, lines))
        speaking_frames_of: SpeakingFramesOf = cache(
            lambda lines: _speaking_frames(order, dialogue_of(lines))
        )
        production = _production(
            order, films[0].cuts, dialogue_of, speaking_frames_of, detectors.judge
        )
        scene = Scene(shot.tracks, films[0].cuts, rate, total, production)
    looks = yield from _looks(order, films[0], detectors, watch, progress)
    with watch.on("listen"):
        face = order.settings.face
        plans = plan_repaint(
            scene,
            order.speeches,
            face,
            lambda lines: _repainted_frames(order, speaking_frames_of(lines)),
            looks,
        )
    if plans and order.settings.mode == Mode.REFERENCE:
        for reference in order.references:
            tracker = order.settings.tracker
            try:
                film = yield from track_reference(reference, tracker, detectors, watch, progress)
            except (MediaBroken, MediaMissing) as problem:  # as ordered, but broken
                _log.warning("No mouths are taken from a reference: %s", problem)
            else:
                films.append(film)
    return ShotAnalysis(scene, shot.plates, plans, films, dialogue_of, speaking_frames_of)


def _extension(order: DubOrder, info: MediaInfo, film: Film) -> Extension:
    """Return the plates and faces of a shot, of which all or only the first were filmed."""
    if not order.unfilmed:
        return Extension(filmed_plates(order, info), film.tracks)
    return extend(order, film, load_head_motion())


def analyse_to_end(
    order: DubOrder, info: MediaInfo, detectors: Detectors, watch: Stopwatch
) -> ShotAnalysis:
    """Analyse a shot, as `analyse` does, without a word on progress. Raises DubError."""
    steps = analyse(order, info, detectors, watch)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            analysis: ShotAnalysis = end.value
            return analysis


def _looks(
    order: DubOrder,
    own: Film,
    detectors: Detectors,
    watch: Stopwatch,
    progress: Iterator[Progress],
) -> Generator[Progress, None, Looks]:
    """Look at the faces by which characters are known: yield progress, return how they look.

    own   film of the shot itself
    Raises DubError when a shot does not have the face that was shown there.
    """
    films = {Reference(order.picture, order.filmed): own}
    for film in order.shown_elsewhere:
        tracker = order.settings.tracker
        films[film] = yield from track_reference(film, tracker, detectors, watch, progress)
    looks: dict[str, list[NDArray[np.float32]]] = {}
    for speaker in order.speakers:
        film = Reference(speaker.picture, speaker.frames)
        if film not in films:
            continue
        tracks = films[film].tracks
        if speaker.face >= len(tracks):
            raise DubError(
                f"The shot of {Path(speaker.picture.path).name} in which {speaker.character} was "
                f"shown has no face {speaker.face}: {len(tracks)} were found, numbered from 0.",
                fix="Look at its faces with `lipflap faces`, and give --speaker again.",
            )
        look = tracks[speaker.face].appearance
        looks.setdefault(speaker.character.casefold(), []).append(look)
    return looks


def find_faces(order: DubOrder, detectors: Detectors) -> Iterator[Progress | FaceReport]:
    """Find the faces of a shot: yield progress in frames, then the report. Raises DubError."""
    info = probe(order.picture.path, order.picture.first_file, order.picture.holes)
    watch = Stopwatch("decode", "track", "listen")
    analysis = yield from analyse(order, info, detectors, watch)
    shown = [plan for plan in analysis.plans if plan.opacity.any()]
    repainted_frames = {plan.face: 0 for plan in shown}
    for plan in shown:
        repainted_frames[plan.face] += int((plan.opacity > 0).sum())
    cuts = analysis.scene.cuts
    yield FaceReport(
        shot=order.shot,
        width=info.width,
        height=info.height,
        frames=order.frames.count,
        cuts=tuple(cuts),
        faces=tuple(_face_boxes(track, cuts, info) for track in analysis.scene.tracks),
        suggested=max(repainted_frames, key=lambda face: repainted_frames[face], default=None),
    )


def _face_boxes(track: FaceTrack, cuts: Sequence[int], info: MediaInfo) -> FaceBoxes:
    boxes = (
        _box(points, info) if visible else None
        for points, visible in zip(track.points, track.visible, strict=True)
    )
    changes = [
        (_matte(points, matrix), _own_mouth(points, matrix)) if is_paintable else (None, None)
        for points, matrix, is_paintable in zip(
            track.points, track_crops(track, cuts), paintable_frames(track), strict=True
        )
    ]
    return FaceBoxes(
        first_frame=track.first_frame,
        boxes=tuple(boxes),
        mattes=tuple(matte for matte, _ in changes),
        best_frame=track.first_frame + best_view(track),
        own=tuple(own for _, own in changes),
        appearance=_rounded(track.appearance, 3),
    )


def _own_mouth(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> OwnMouth:
    outlines = mouth_outline(points, matrix), lower_face_outline(points, matrix)
    return OwnMouth(*(_rounded(outline.ravel(), 1) for outline in outlines))


def _rounded(values: NDArray, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)


def _matte(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> MouthMatte:
    """Return lips_matte of the crop as an ellipse of the plate, to the middle of its soft rim."""
    across, down = matrix[0, :2], matrix[1, :2]  # of the crop, along the plate's axes
    scale = float(np.hypot(*across))
    middle = points[list(MOUTH_CORNERS)].mean(0) + LIPS_BELOW_PX * down / scale**2
    half = np.array([LIPS_ACROSS_PX, LIPS_DOWN_PX]) * (LIPS_FULL + LIPS_END) / 2 / scale
    turn_deg = np.degrees(np.arctan2(across[1], across[0]))
    return MouthMatte(*(round(float(n), 1) for n in (*middle, *half, turn_deg)))


def _box(points: NDArray[np.float32], info: MediaInfo) -> FaceBox:
    """Return the box around the points of a face and the forehead above them."""
    size = np.array([info.width, info.height])
    low, high = points.min(0), points.max(0)
    margin = (high - low) * (0.08, 0.06)
    low = low - margin - (0, 0.22 * (high - low)[1])
    high = high + margin
    left, top, width, height = (round(float(n), 4) for n in (*(low / size), *((high - low) / size)))
    return FaceBox(left, top, width, height)


def _dialogue(order: DubOrder, lines: LineIndices) -> NDArray[np.float32]:
    seconds = order.frames.count / order.output.rate
    return mix_dialogue([order.speeches[n] for n in lines], seconds, samples)


def _speaking_frames(order: DubOrder, sound: NDArray[np.float32]) -> NDArray[np.bool_]:
    spans = speech_spans(sound, SAMPLE_RATE_HZ)
    return frames_covered(spans, order.output.rate, order.frames.count)


def _repainted_frames(order: DubOrder, speaks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the frames in which a mouth is new: with speech, and all that were not filmed.

    The mouths that stand there say old words, also while nobody speaks.
    """
    unfilmed = np.arange(len(speaks)) >= order.filmed.count
    return np.asarray(speaks | (unfilmed & speaks.any()))


def _production(
    order: DubOrder,
    cuts: Sequence[int],
    dialogue_of: DialogueOf,
    speaking_frames_of: SpeakingFramesOf,
    judge: LipSync | None,
) -> Production | None:
    lines = tuple(n for n, speech in enumerate(order.speeches) if speech.role == Role.PRODUCTION)
    if not lines:
        return None
    sound, speaks, rate = dialogue_of(lines), speaking_frames_of(lines), order.output.rate
    loud = loudness(sound, rate, order.frames.count)
    if judge is None:
        return Production(loud, speaks)

    def scores(tracks: Mapping[int, FaceTrack], start: int, end: int) -> Mapping[int, float]:
        sync = SpeakerSync(judge, rate, cuts, embedded(), speaks)
        return sync.scores(tracks, start, end)

    embedded = cache(lambda: judge.embed_sound(sound))
    return Production(loud, speaks, scores)
