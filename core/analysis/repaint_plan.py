"""Who says what where: the parts of a shot's faces.

camera   |-------- shot 1 --------|-- 2 --|--- shot 3 ---|
face 0       ####################            ###########
dub             [== line ==]   [==== line ====]
parts         /^^^^^^^^^^^^^^\\/^^^^|          |^^^^\\        opacity of the new mouth
leave             [==]                                 frames that stay as they were filmed
shown         /^^\\    /^^^^^^\\/^^^^|          |^^^^\\        of what is painted all the same
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.active_speaker import (
    Production,
    lip_openings,
    moving_or_open,
    speaking_face,
)
from lipflap.core.errors import DubError
from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.landmarks import JAW, MOUTH_CORNERS, eye_distance
from lipflap.core.face.track import FaceTrack, yaw_proxy
from lipflap.core.order import FrameRange, Role, Speech

MIN_EYE_DISTANCE_PX = 14.0  # between the eyes; a smaller face has a mouth of a few pixels
MAX_YAW = 0.6  # a mouth seen further from the side is not one the model knows
MARGIN_FRAMES = 4  # repainted before and after speech, so that the ramp lies outside it
MAX_GAP_FRAMES = 6  # shorter pauses are repainted too: the mouth would change twice in a moment
FADE_FRAMES = 4
JAW_DEVIATION_PX = 6.0  # a jaw this far from where it usually is counts as much as all sharpness

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen and heard in a shot of `count` frames.

    cuts        frames at which a new camera shot begins
    production  None when nobody knows what was said on the day
    """

    tracks: Sequence[FaceTrack]
    cuts: Sequence[int]
    rate: Fraction
    count: int
    production: Production | None


@dataclass(frozen=True, slots=True)
class FacePlan:
    """What one face has to do in one camera shot.

    face             number of its track
    lines            speeches it says: indices into the order's
    first_frame      of the rows below
    crop_from_plate  [N, 2, 3]
    jaw              [N, 17, 2] in crop pixels
    mouth            [N, 2] in crop pixels, the middle between its corners
    opacity          [N] of the new mouth; 0 leaves the plate as it is
    identity_frame   a frame of the shot that shows this actor well
    painted          [N] where there is a mouth to paint; where its opacity is 0 none sees it but
                     the next one, which follows it
    """

    face: int
    lines: tuple[int, ...]
    first_frame: int
    crop_from_plate: NDArray[np.float64]
    jaw: NDArray[np.float64]
    mouth: NDArray[np.float64]
    opacity: NDArray[np.float64]
    identity_frame: int
    painted: Flags

    def row(self, frame: int) -> int | None:
        """The row of a frame, if there is something to paint in it."""
        row = frame - self.first_frame
        return row if 0 <= row < len(self.painted) and self.painted[row] else None

    def shows(self, frame: int) -> bool:
        """Whether a frame gets a new mouth."""
        row = self.row(frame)
        return row is not None and bool(self.opacity[row] > 0)


def plan_repaint(
    scene: Scene,
    speeches: Sequence[Speech],
    face: int | None,
    spoken: Callable[[tuple[int, ...]], Flags],
) -> list[FacePlan]:
    """The parts in which there is something to paint.

    face    says every speech that names no face; None for the one suggested in each camera shot
    spoken  indices of speeches -> frames [count] in which one of them is heard

    Raises DubError when a face is asked for that the shot does not have.
    """
    parts = []
    for start, end in pairwise([0, *scene.cuts, scene.count]):
        for number, lines in _lines_by_face(scene, speeches, face, start, end).items():
            part = _face_plan(scene, number, lines, spoken(lines)[start:end], start)
            parts += [] if part is None else [part]
    return parts


def exclude_ranges(parts: Sequence[FacePlan], leave: Sequence[FrameRange]) -> list[FacePlan]:
    """Parts with the mouth that was filmed in the frames to leave; those that show no other go.

    The new mouth fades before and after. It is painted all through: beyond, it is what it would
    have been.
    """
    kept = []
    for part in parts:
        on = np.ones(len(part.opacity), bool)
        for span in leave:
            first, end = (max(0, at - part.first_frame) for at in (span.start, span.end))
            on[first:end] = False
        kept.append(replace(part, opacity=np.minimum(part.opacity, fade(on))))
    return [part for part in kept if part.opacity.any()]


def rollout_start(parts: Sequence[FacePlan], frame: int) -> int:
    """Where painting must begin for `frame` to be what it is when the whole shot is painted.

    The last frame up to it that follows no other. With several faces, one that no face is in the
    middle of: they are painted one over the other.
    """
    while any(p.row(frame - 1) is not None and p.row(frame) is not None for p in parts):
        frame -= 1
    return frame


def fade(on: Flags) -> NDArray[np.float64]:
    """Opacity [N], 1 inside what is on, rising and falling over a few frames at its ends.

    The ends of the camera shot are no ends of speech: nothing fades there.
    """
    away = np.sum([~_dilate(~on, reach) for reach in range(FADE_FRAMES + 1)], axis=0)
    return np.asarray(away / (FADE_FRAMES + 1))


def dilate_and_close(speaks: Flags) -> Flags:
    """[N] with frames before and after each span, and with short pauses closed."""
    reach = MARGIN_FRAMES + MAX_GAP_FRAMES // 2
    wide = _dilate(np.pad(speaks, reach), reach)
    return ~_dilate(~wide, MAX_GAP_FRAMES // 2)[reach : len(wide) - reach]


def paintable_frames(track: FaceTrack) -> Flags:
    """[N] rows in which the face is visible, large and not seen too far from the side."""
    return np.array(
        [
            bool(seen)
            and eye_distance(points) >= MIN_EYE_DISTANCE_PX
            and yaw_proxy(points) <= MAX_YAW
            for points, seen in zip(track.points, track.visible, strict=True)
        ]
    )


def _lines_by_face(
    scene: Scene, speeches: Sequence[Speech], face: int | None, start: int, end: int
) -> dict[int, tuple[int, ...]]:
    """The lines of each face in one camera shot, by its number."""
    said: dict[int, tuple[int, ...]] = {}
    suggested = face
    if suggested is None:
        suggested = speaking_face(scene.tracks, start, end, scene.production, float(scene.rate))
    for n, speech in enumerate(speeches):
        number = suggested if speech.face is None else speech.face
        if speech.role != Role.DUB or number is None:
            continue
        if number >= len(scene.tracks):
            raise DubError(
                f"has no face {number}; {len(scene.tracks)} were found, counted from 0.",
                fix="Choose one of those, or none to leave the choice to Lipflap.",
            )
        said[number] = (*said.get(number, ()), n)
    return said


def _face_plan(
    scene: Scene, number: int, lines: tuple[int, ...], dub_speaks: Flags, start: int
) -> FacePlan | None:
    """dub_speaks [N] are the frames of a camera shot that begins at frame `start`."""
    track = scene.tracks[number]
    rows = np.arange(start, start + len(dub_speaks)) - track.first_frame
    inside = np.flatnonzero((rows >= 0) & (rows < len(track)))
    if not len(inside):
        return None
    # Only the rows of the track that lie in this camera shot, and what is heard there.
    first, end = int(inside[0]), int(inside[-1]) + 1
    track = _slice_track(track, int(rows[first]), int(rows[end - 1]) + 1)
    seen = np.zeros(len(rows), bool)
    seen[first:end] = paintable_frames(track)
    needed = dilate_and_close(dub_speaks | _filmed_speech(scene, track, start, len(rows)))
    opacity = fade(needed & seen)[first:end]
    if not opacity.any():
        return None
    breaks = np.flatnonzero(np.diff(track.visible.astype(np.int8))) + 1
    crops = crop_from_plate(track.points, breaks.tolist())
    points = np.einsum("nij,nkj->nki", crops[:, :, :2], track.points) + crops[:, None, :, 2]
    jaw, mouth = points[:, list(JAW)], points[:, list(MOUTH_CORNERS)].mean(1)
    best = track.first_frame + _best_identity_row(track, seen[first:end], jaw)
    return FacePlan(number, lines, track.first_frame, crops, jaw, mouth, opacity, best, opacity > 0)


def _filmed_speech(scene: Scene, track: FaceTrack, start: int, count: int) -> Flags:
    """[count] frames from `start` in which the mouth says what was said that day.

    Without a production track to tell, every movement of the mouth is taken for that.
    """
    first = track.first_frame - start
    out = np.zeros(count, bool)
    out[first : first + len(track)] = moving_or_open(lip_openings(track), float(scene.rate))
    if scene.production is not None:
        out &= scene.production.speaks[start : start + count]
    return out


def _slice_track(track: FaceTrack, first: int, end: int) -> FaceTrack:
    return FaceTrack(
        track.first_frame + first,
        track.points[first:end],
        track.confidence[first:end],
        track.visible[first:end],
        track.sharpness[first:end],
        track.look,
    )


def _best_identity_row(track: FaceTrack, seen: Flags, jaw: NDArray[np.float64]) -> int:
    """The row that shows the actor best: sharp, the mouth nearly closed, the head held as usual.

    A head held otherwise than in most of the shot lends its jaw and collar to all other frames.

    jaw  [N, 17, 2] in crop pixels
    """
    turns = np.array([yaw_proxy(points) for points in track.points])
    sharp = track.sharpness / max(float(track.sharpness.max()), 1e-9)
    usual = np.median(jaw[seen] if seen.any() else jaw, axis=0)
    odd = np.linalg.norm(jaw - usual, axis=2).mean(1) / JAW_DEVIATION_PX
    good = sharp * track.confidence - turns - np.nan_to_num(lip_openings(track)) - odd
    return int(np.argmax(np.where(seen, good, -np.inf)))


def _dilate(flags: Flags, reach: int) -> Flags:
    """[N] set wherever a flag is set within `reach` frames."""
    counts = np.convolve(flags.astype(np.int32), np.ones(2 * reach + 1, np.int32))
    return np.asarray(counts[reach : reach + len(flags)] > 0)
