"""Face tracking: one face through a shot, short gaps bridged, known again after a cut-away.

frame      0         10        20        30
camera     |------ shot 1 -----|- 2 -|---- 3 ----|
sighted      ########## #######        ##########
track 0      [---------b------]        [--------]     b bridged: too short to be a cut-away
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.detect import Detector, Rgb8, iou
from lipflap.core.face.landmarks import LEFT_EYE, NOSE_BASE, RIGHT_EYE, Points, eye_distance

PointsIn = Callable[[Rgb8, NDArray], tuple[Points, float]]

DETECT_EVERY_FRAMES = 8  # for faces that come in; a face once found is followed by its points
MIN_CONFIDENCE = 0.5  # probability from which a face is still where it was
CERTAIN = 0.95  # and from which something new is a face
STEADY = 0.85  # of a face's confidence on average, frames in which it was lost included
MAX_MISSED_FRAMES = 12  # how long a lost face is looked for where it was
MAX_BRIDGED_FRAMES = 6  # the longest gap whose points are drawn straight from end to end
MIN_TRACK_FRAMES = 5  # what is sighted in fewer frames is no face
MAX_STEP = 0.8  # of a face from one frame to the next, in eye distances
MAX_GROWTH = 1.3
SAME_APPEARANCE = 0.55  # of 476 portraits, one pair in two thousand is nearer
APPEARANCE_PX = 8


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face in one frame.

    face        numbers the face as long as it is followed without a break
    points      [72, 2] in plate pixels
    confidence  probability that this is a face
    sharpness   of the face; comparable along one face only
    appearance  [192] small picture of the face in CIE Lab, to identify it
    """

    frame: int
    face: int
    points: Points
    confidence: float
    sharpness: float
    appearance: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face through a shot.

    first_frame  the frame of row 0
    points       [N, 72, 2] in plate pixels; only rows that are visible mean anything
    confidence   [N], 0 where it was not sighted
    visible      [N] sighted, or in a gap short enough to be bridged
    sharpness    [N]
    appearance   [192] mean of those sighted
    """

    first_frame: int
    points: NDArray[np.float32]
    confidence: NDArray[np.float32]
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


def track_faces(
    pictures: Iterable[tuple[Rgb8, bool]], detectors: Sequence[Detector], points_in: PointsIn
) -> Iterator[list[Sighting]]:
    """The faces of each picture, streamed.

    pictures   [H, W, 3] and whether the camera cut just before it, when all faces are new
    detectors  rgb8 -> boxes [N, 4]; each is tried only when those before it found no face
    points_in  rgb8, box [4] or points [72, 2] nearby -> points [72, 2] and confidence
    """
    followed: list[_Tracked] = []
    numbers = iter(range(1 << 62))
    shot_start = 0
    for frame, (rgb8, cut) in enumerate(pictures):
        held = [_update(face, rgb8, points_in) for face in ([] if cut else followed)]
        followed, sighted = _deduplicate([(face, sure) for face, sure in held])
        lost = any(face.missed_frames == 1 for face in followed)
        shot_start = frame if cut else shot_start
        # A turned head may take a few tries, and the first frames of a shot matter.
        early = not sighted and frame - shot_start < DETECT_EVERY_FRAMES
        if early or lost or frame % DETECT_EVERY_FRAMES == 0:
            seen = [face.points for face in followed if not face.missed_frames]
            for points, sure in _detect_new(rgb8, seen, detectors, points_in):
                face, followed = _match_or_create(points, followed, numbers)
                sighted.append((face, sure))
        yield [_sighting(frame, face, sure, rgb8) for face, sure in sighted]


def build_tracks(sightings: Iterable[Sighting], cuts: Sequence[int]) -> list[FaceTrack]:
    """The faces of a shot, those who come first first, and from the left.

    A face sighted again, after a cut or a gap, is one with the face it looks like.
    """
    runs: dict[int, list[Sighting]] = {}
    for sighting in sightings:
        runs.setdefault(sighting.face, []).append(sighting)
    lasting = [run for run in runs.values() if _is_face(run)]
    lasting.sort(key=lambda run: (run[0].frame, float(run[0].points[:, 0].mean())))
    return [_build_track(run, cuts) for run in _merge_identities(lasting)]


def box_of(points: Points) -> NDArray[np.float32]:
    """Box [4] around the points [72, 2]: from brows to chin, from ear to ear."""
    return np.concatenate([points.min(0), points.max(0)])


def yaw_proxy(points: Points) -> float:
    """How far a face [72, 2] looks aside: 0 to the camera, 0.5 near 45 degrees, 1 in profile.

    Read from how far the nose base stands beside the middle of the eyes, in eye distances.
    """
    left, right = points[list(LEFT_EYE)].mean(0), points[list(RIGHT_EYE)].mean(0)
    across = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    aside = float((points[list(NOSE_BASE)].mean(0) - (left + right) / 2) @ across)
    return abs(aside) / max(eye_distance(points), 1e-6)


def _update(face: _Tracked, rgb8: Rgb8, points_in: PointsIn) -> tuple[_Tracked, float]:
    """The face a frame later and how sure that is; 0 when it is not where it was."""
    points, sure = points_in(rgb8, face.points)
    if sure >= MIN_CONFIDENCE and _plausible(face.points, points, 1 + face.missed_frames):
        return _Tracked(face.number, points, 0), sure
    return replace(face, missed_frames=face.missed_frames + 1), 0.0


def _plausible(before: Points, now: Points, frames: int) -> bool:
    size, size_now = eye_distance(before), eye_distance(now)
    step = float(np.linalg.norm(now.mean(0) - before.mean(0)))
    grown = max(size, size_now) / max(min(size, size_now), 1e-6)
    return step <= MAX_STEP * size * frames and grown <= MAX_GROWTH**frames


def _deduplicate(
    held: list[tuple[_Tracked, float]],
) -> tuple[list[_Tracked], list[tuple[_Tracked, float]]]:
    """The faces still followed and those of them sighted; of two that became one, the older."""
    sighted: list[tuple[_Tracked, float]] = []
    for face, sure in held:
        if not face.missed_frames and not _matches_track(
            face.points, [f.points for f, _ in sighted]
        ):
            sighted.append((face, sure))
    patient = [f for f, _ in held if 0 < f.missed_frames <= MAX_MISSED_FRAMES]
    return [face for face, _ in sighted] + patient, sighted


def _detect_new(
    rgb8: Rgb8, seen: list[Points], detectors: Sequence[Detector], points_in: PointsIn
) -> list[tuple[Points, float]]:
    """Faces not among those `seen`, from the first detector that finds any."""
    new: list[tuple[Points, float]] = []
    for detector in detectors:
        for box in detector(rgb8):
            points, sure = points_in(rgb8, box)
            if sure >= CERTAIN and not _matches_track(points, seen + [p for p, _ in new]):
                new.append((points, sure))
        if seen or new:
            break
    return new


def _matches_track(points: Points, others: list[Points]) -> bool:
    return any(iou(box_of(points), box_of(other)) > 0.3 for other in others)


def _match_or_create(
    points: Points, followed: list[_Tracked], numbers: Iterator[int]
) -> tuple[_Tracked, list[_Tracked]]:
    """A found face as the lost one it lies near, or as a new one; and all those followed."""
    lost = next(
        (
            face
            for face in followed
            if face.missed_frames and _plausible(face.points, points, 1 + face.missed_frames)
        ),
        None,
    )
    face = _Tracked(lost.number if lost else next(numbers), points, 0)
    return face, [f for f in followed if f is not lost] + [face]


def _sighting(frame: int, face: _Tracked, sure: float, rgb8: Rgb8) -> Sighting:
    import cv2

    crop = to_crop(rgb8, crop_from_plate(face.points[None])[0])
    sharpness = float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())
    small = cv2.resize(crop, (APPEARANCE_PX, APPEARANCE_PX), interpolation=cv2.INTER_AREA)
    appearance = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).ravel() / 10
    return Sighting(frame, face.number, face.points, sure, sharpness, appearance)


def _is_face(run: list[Sighting]) -> bool:
    span = run[-1].frame - run[0].frame + 1
    steady = sum(sighting.confidence for sighting in run) >= STEADY * span
    return steady and len(run) >= MIN_TRACK_FRAMES


def _merge_identities(runs: list[list[Sighting]]) -> list[list[Sighting]]:
    """Runs of one face joined: each is added to the earlier face it looks most like, if any."""
    people: list[list[Sighting]] = []
    for run in runs:
        past = [p for p in people if p[-1].frame < run[0].frame]
        alike = [
            (float(np.abs(_mean_appearance(p) - _mean_appearance(run)).mean()), p) for p in past
        ]
        distance, nearest = min(alike, key=lambda pair: pair[0], default=(np.inf, []))
        if distance < SAME_APPEARANCE:
            nearest.extend(run)
        else:
            people.append(list(run))
    return people


def _mean_appearance(run: list[Sighting]) -> NDArray[np.float32]:
    return np.asarray(np.mean([sighting.appearance for sighting in run], axis=0), np.float32)


def _build_track(run: list[Sighting], cuts: Sequence[int]) -> FaceTrack:
    first = run[0].frame
    rows = np.array([sighting.frame - first for sighting in run])
    length = int(rows[-1]) + 1

    def spread(values: list[Any]) -> NDArray[np.float32]:
        out = np.zeros((length, *np.shape(values[0])), np.float32)
        out[rows] = values
        return out

    points = spread([sighting.points for sighting in run])
    visible = np.zeros(length, bool)
    visible[rows] = True
    for here, there in pairwise(rows.tolist()):
        gap = there - here - 1
        cut = any(here < frame - first <= there for frame in cuts)
        if 0 < gap <= MAX_BRIDGED_FRAMES and not cut:
            part = (np.arange(1, gap + 1) / (gap + 1))[:, None, None]
            points[here + 1 : there] = (1 - part) * points[here] + part * points[there]
            visible[here + 1 : there] = True
    return FaceTrack(
        first,
        points,
        spread([sighting.confidence for sighting in run]),
        visible,
        spread([sighting.sharpness for sighting in run]),
        _mean_appearance(run),
    )
