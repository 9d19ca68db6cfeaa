"""Face tracking: one face through a shot, short gaps bridged, known again after a cut-away.

frame      0         10        20        30
camera     |------ shot 1 -----|- 2 -|---- 3 ----|
sighted      ########## #######        ##########
track 0      [---------b------]        [--------]     b bridged: too short to be a cut-away
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.appearance import nearest_appearance
from lipflap.core.face.detect import Detector, Rgb8, iou
from lipflap.core.face.landmarks import LEFT_EYE, NOSE_BASE, RIGHT_EYE, Points, eye_distance

PointsIn = Callable[[Rgb8, NDArray], tuple[Points, float, float]]

DETECT_EVERY_FRAMES = 8  # for new faces; a face once found is tracked by its points
MIN_CONFIDENCE = 0.5  # probability from which a face is still where it was
MIN_NEW_CONFIDENCE = 0.95  # and from which a new detection is a face
MIN_MEAN_CONFIDENCE = 0.85  # of a track, frames in which it was lost included
MAX_MISSED_FRAMES = 12  # how long a lost face is tried where it was
MAX_BRIDGED_FRAMES = 6  # the longest gap whose points are interpolated
MIN_TRACK_FRAMES = 8  # a track sighted in fewer frames is no face, unless the camera shot has fewer
MAX_SHAKE = 0.1  # in eye distances: 0.003 to 0.017 on faces of footage, 0.2 on hair
MAX_STEP = 0.8  # of a face from one frame to the next, in eye distances
MAX_GROWTH = 1.3
APPEARANCE_PX = 8


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face in one frame.

    face             number of the face, as long as it is tracked without a break
    points           [72, 2] in plate pixels
    confidence       probability that this is a face
    lips_confidence  probability that its lips are in plain sight
    sharpness        of the face; comparable along one face only
    appearance       [192] small picture of the face in CIE Lab, to identify it
    """

    frame: int
    face: int
    points: Points
    confidence: float
    lips_confidence: float
    sharpness: float
    appearance: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face through a shot.

    first_frame      the frame of row 0
    points           [N, 72, 2] in plate pixels; valid in the rows that are visible
    confidence       [N], 0 where it was not sighted
    lips_confidence  [N], 0 where it was not sighted
    visible          [N] sighted, or in a gap short enough to be bridged
    sharpness        [N]
    appearance       [192] mean of those sighted
    """

    first_frame: int
    points: NDArray[np.float32]
    confidence: NDArray[np.float32]
    lips_confidence: NDArray[np.float32]
    visible: NDArray[np.bool_]
    sharpness: NDArray[np.float32]
    appearance: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True)
class _Tracked:
    number: int
    points: Points
    missed_frames: int
    lips_confidence: float


def track_faces(
    pictures: Iterable[tuple[Rgb8, bool]], detectors: Sequence[Detector], points_in: PointsIn
) -> Iterator[list[Sighting]]:
    """Track faces: yield those of each picture, streamed.

    pictures   [H, W, 3] and whether the camera cut just before; then all faces are new
    detectors  rgb8 -> boxes [N, 4]; each is tried only when those before it found no face
    points_in  rgb8, box [4] or points [72, 2] nearby -> points [72, 2], confidence of
                face and lips
    """
    tracked: list[_Tracked] = []
    numbers = iter(range(1 << 62))
    shot_start = 0
    for frame, (rgb8, cut) in enumerate(pictures):
        updated = [_update(face, rgb8, points_in) for face in ([] if cut else tracked)]
        tracked, sighted = _deduplicate(updated)
        lost = any(face.missed_frames == 1 for face in tracked)
        shot_start = frame if cut else shot_start
        # A turned head may take a few tries, and the first frames of a shot matter.
        early = not sighted and frame - shot_start < DETECT_EVERY_FRAMES
        if early or lost or frame % DETECT_EVERY_FRAMES == 0:
            known = [face.points for face in tracked if not face.missed_frames]
            for points, confidence, lips in _detect_new(rgb8, known, detectors, points_in):
                face, tracked = _match_or_create(points, lips, tracked, numbers)
                sighted.append((face, confidence))
        yield [_sighting(frame, face, confidence, rgb8) for face, confidence in sighted]


def build_tracks(
    sightings: Iterable[Sighting], cuts: Sequence[int], frame_count: int
) -> list[FaceTrack]:
    """Build the tracks of a shot of so many frames, by first frame and then from the left.

    A face sighted again, after a cut or a gap, is joined to the face that looks most like it.
    """
    runs: dict[int, list[Sighting]] = {}
    for sighting in sightings:
        runs.setdefault(sighting.face, []).append(sighting)
    ends = [*cuts, frame_count]
    faces = [run for run in runs.values() if _is_face(run, _camera_shot(run[0].frame, ends))]
    faces.sort(key=lambda run: (run[0].frame, float(run[0].points[:, 0].mean())))
    return [_build_track(run, cuts) for run in _merge_identities(faces)]


def box_of(points: Points) -> NDArray[np.float32]:
    """Return the box [4] around points [72, 2]: from brows to chin, from ear to ear."""
    return np.concatenate([points.min(0), points.max(0)])


def yaw_proxy(points: Points) -> float:
    """Return how far a face [72, 2] is turned aside: 0 to the camera, 1 in profile, 0.5 near 45°.

    The distance of the nose base from the middle of the eyes, across, in eye distances.
    """
    left, right = points[list(LEFT_EYE)].mean(0), points[list(RIGHT_EYE)].mean(0)
    across = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    aside = float((points[list(NOSE_BASE)].mean(0) - (left + right) / 2) @ across)
    return abs(aside) / max(eye_distance(points), 1e-6)


def _update(face: _Tracked, rgb8: Rgb8, points_in: PointsIn) -> tuple[_Tracked, float]:
    """Return the face a frame later and its confidence; 0 when it is not where it was."""
    points, confidence, lips = points_in(rgb8, face.points)
    frames = 1 + face.missed_frames
    if confidence >= MIN_CONFIDENCE and _is_plausible(face.points, points, frames):
        return _Tracked(face.number, points, 0, lips), confidence
    return replace(face, missed_frames=face.missed_frames + 1), 0.0


def _is_plausible(before: Points, now: Points, frames: int) -> bool:
    size, size_now = eye_distance(before), eye_distance(now)
    step = float(np.linalg.norm(now.mean(0) - before.mean(0)))
    growth = max(size, size_now) / max(min(size, size_now), 1e-6)
    return step <= MAX_STEP * size * frames and growth <= MAX_GROWTH**frames


def _deduplicate(
    updated: list[tuple[_Tracked, float]],
) -> tuple[list[_Tracked], list[tuple[_Tracked, float]]]:
    """Return the faces still tracked and those sighted; of two that became one, the older."""
    sighted: list[tuple[_Tracked, float]] = []
    for face, confidence in updated:
        if not face.missed_frames and not _matches_track(
            face.points, [f.points for f, _ in sighted]
        ):
            sighted.append((face, confidence))
    lost = [f for f, _ in updated if 0 < f.missed_frames <= MAX_MISSED_FRAMES]
    return [face for face, _ in sighted] + lost, sighted


def _detect_new(
    rgb8: Rgb8, known: list[Points], detectors: Sequence[Detector], points_in: PointsIn
) -> list[tuple[Points, float, float]]:
    """Return faces that are not `known` yet, from the first detector that finds any."""
    new: list[tuple[Points, float, float]] = []
    for detector in detectors:
        for box in detector(rgb8):
            points, confidence, lips = points_in(rgb8, box)
            others = known + [p for p, _, _ in new]
            if confidence >= MIN_NEW_CONFIDENCE and not _matches_track(points, others):
                new.append((points, confidence, lips))
        if known or new:
            break
    return new


def _matches_track(points: Points, others: list[Points]) -> bool:
    return any(iou(box_of(points), box_of(other)) > 0.3 for other in others)


def _match_or_create(
    points: Points, lips_confidence: float, tracked: list[_Tracked], numbers: Iterator[int]
) -> tuple[_Tracked, list[_Tracked]]:
    """Match a detected face to a lost one nearby, or create one; return it and all tracked."""
    lost = next(
        (
            face
            for face in tracked
            if face.missed_frames and _is_plausible(face.points, points, 1 + face.missed_frames)
        ),
        None,
    )
    face = _Tracked(lost.number if lost else next(numbers), points, 0, lips_confidence)
    return face, [f for f in tracked if f is not lost] + [face]


def _sighting(frame: int, face: _Tracked, confidence: float, rgb8: Rgb8) -> Sighting:
    import cv2

    crop = to_crop(rgb8, crop_from_plate(face.points[None])[0])
    sharpness = float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())
    small = cv2.resize(crop, (APPEARANCE_PX, APPEARANCE_PX), interpolation=cv2.INTER_AREA)
    appearance = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).ravel() / 10
    return Sighting(
        frame, face.number, face.points, confidence, face.lips_confidence, sharpness, appearance
    )


def _camera_shot(frame: int, ends: Sequence[int]) -> int:
    """Return how many frames the camera shot that holds a frame has; `ends` are those of all."""
    following = bisect_right(ends, frame)
    return ends[min(following, len(ends) - 1)] - (ends[following - 1] if following else 0)


def _is_face(run: list[Sighting], camera_shot: int) -> bool:
    """Return whether a run is a face: in a camera shot of few frames it is seen in all of them."""
    span = run[-1].frame - run[0].frame + 1
    confident = sum(s.confidence for s in run) >= MIN_MEAN_CONFIDENCE * span
    is_long = len(run) >= min(MIN_TRACK_FRAMES, camera_shot)
    return confident and is_long and _shake(run) <= MAX_SHAKE


def _shake(run: list[Sighting]) -> float:
    """Return how far points move against one another from frame to frame, as a median.

    In eye distances. Those of a face move with it; in hair, each jumps where it likes.
    """
    steps = [
        _distance_in_shape(one.points, then.points) / eye_distance(one.points)
        for one, then in pairwise(run)
        if then.frame == one.frame + 1
    ]
    return float(np.median(steps)) if steps else 0.0


def _distance_in_shape(one: Points, other: Points) -> float:
    """Return the mean distance of points [72, 2] that is left by the best similarity."""
    before, after = ((points - points.mean(0)) @ (1, 1j) for points in (one, other))
    turn = np.vdot(before, after) / np.vdot(before, before)
    return float(np.abs(after - turn * before).mean())


def _merge_identities(runs: list[list[Sighting]]) -> list[list[Sighting]]:
    """Join the runs of one face: each is added to the earlier face most like it, if any."""
    people: list[list[Sighting]] = []
    for run in runs:
        earlier = [p for p in people if p[-1].frame < run[0].frame]
        nearest = nearest_appearance(
            [_mean_appearance(run)], [_mean_appearance(person) for person in earlier]
        )
        if nearest is not None:
            earlier[nearest].extend(run)
        else:
            people.append(list(run))
    return people


def _mean_appearance(run: list[Sighting]) -> NDArray[np.float32]:
    return np.asarray(np.mean([sighting.appearance for sighting in run], axis=0), np.float32)


def _build_track(run: list[Sighting], cuts: Sequence[int]) -> FaceTrack:
    first = run[0].frame
    rows = np.array([sighting.frame - first for sighting in run])
    length = int(rows[-1]) + 1

    def by_frame(values: list[Any]) -> NDArray[np.float32]:
        out = np.zeros((length, *np.shape(values[0])), np.float32)
        out[rows] = values
        return out

    points = by_frame([sighting.points for sighting in run])
    visible = np.zeros(length, bool)
    visible[rows] = True
    for before, after in pairwise(rows.tolist()):
        gap = after - before - 1
        cut = any(before < frame - first <= after for frame in cuts)
        if 0 < gap <= MAX_BRIDGED_FRAMES and not cut:
            weight = (np.arange(1, gap + 1) / (gap + 1))[:, None, None]
            points[before + 1 : after] = (1 - weight) * points[before] + weight * points[after]
            visible[before + 1 : after] = True
    return FaceTrack(
        first,
        points,
        by_frame([sighting.confidence for sighting in run]),
        by_frame([sighting.lips_confidence for sighting in run]),
        visible,
        by_frame([sighting.sharpness for sighting in run]),
        _mean_appearance(run),
    )
