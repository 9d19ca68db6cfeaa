"""The repaint plan of a shot: which faces get a new mouth, in which frames, for which lines.

camera   |-------- shot 1 --------|-- 2 --|--- shot 3 ---|
face 0       ####################            ###########
dub             [== line ==]   [==== line ====]
plans         /^^^^^^^^^^^^^^\\/^^^^|          |^^^^\\        opacity of the new mouth
exclude           [==]                                 frames that stay as they were filmed
opacity       /^^\\    /^^^^^^\\/^^^^|          |^^^^\\        though all of it is painted
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.crop import track_crops
from lipflap.core.analysis.speakers.active_speaker import (
    Production,
    lip_openings,
    moving_or_open,
)
from lipflap.core.analysis.speakers.casting import CameraShot, Looks, cast_lines
from lipflap.core.face.align import points_in_crop
from lipflap.core.face.landmarks import JAW, MOUTH_CORNERS, eye_distance
from lipflap.core.face.track import FaceTrack, yaw_proxy
from lipflap.core.order import FrameRange, Speech
from lipflap.core.result import KeptReason

MIN_EYE_DISTANCE_PX = 14.0  # a smaller face has a mouth of a few pixels
MAX_YAW = 0.6  # the model has not learnt mouths further from the side
MIN_LIPS_CONFIDENCE = 0.5  # less: a hand or a microphone is before the mouth
MIN_OF_USUAL_LIPS_CONFIDENCE = 0.72  # or less than this part of what the better quarter reaches
COVERED_MARGIN_FRAMES = 2  # what covers a mouth comes and goes
MARGIN_FRAMES = 4  # repainted before and after speech, so that the fade lies outside it
MAX_GAP_FRAMES = 6  # pauses up to this beyond both margins are repainted: no change to and fro
FADE_FRAMES = 4
JAW_DEVIATION_PX = 6.0  # a jaw this far from where it usually is counts as much as all sharpness

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """The faces and the production sound of a shot of `count` frames.

    cuts        frames at which a new camera shot begins
    production  None when there is no production sound
    """

    tracks: Sequence[FaceTrack]
    cuts: Sequence[int]
    rate: Fraction
    count: int
    production: Production | None


@dataclass(frozen=True, slots=True)
class FacePlan:
    """The repainting of one face in one camera shot.

    face             number of its track
    lines            the speeches it says, as indices into the order's
    first_frame      frame of row 0
    crop_from_plate  [N, 2, 3]
    points           [N, 72, 2] of the face as filmed, in crop pixels
    opacity          [N] of the new mouth; 0 leaves the plate as it is
    identity_frame   a frame of the shot that shows this actor well
    painted          [N] where a mouth is painted; where its opacity is 0 it only serves as the
                     previous frame of the next one
    kept             [N] by reason: frames to repaint whose mouth stays as filmed
    """

    face: int
    lines: tuple[int, ...]
    first_frame: int
    crop_from_plate: NDArray[np.float64]
    points: NDArray[np.float64]
    opacity: NDArray[np.float64]
    identity_frame: int
    painted: Flags
    kept: Mapping[KeptReason, Flags] = field(default_factory=dict)

    @property
    def jaw(self) -> NDArray[np.float64]:
        """Return the jaw [N, 17, 2] in crop pixels, from ear to ear."""
        return np.asarray(self.points[:, list(JAW)])

    @property
    def mouth(self) -> NDArray[np.float64]:
        """Return the middle between the corners of the mouth [N, 2], in crop pixels."""
        return np.asarray(self.points[:, list(MOUTH_CORNERS)].mean(1))

    def row(self, frame: int) -> int | None:
        """Return the row of a frame; None if no mouth is painted in it."""
        row = frame - self.first_frame
        return row if 0 <= row < len(self.painted) and self.painted[row] else None

    def shows(self, frame: int) -> bool:
        """Return whether a frame shows a new mouth."""
        row = self.row(frame)
        return row is not None and bool(self.opacity[row] > 0)


def plan_repaint(
    scene: Scene,
    speeches: Sequence[Speech],
    face: int | None,
    speaking_frames_of: Callable[[tuple[int, ...]], Flags],
    looks: Looks | None = None,
) -> list[FacePlan]:
    """Plan which faces are repainted in which frames.

    face                says every speech that names no face; None for the one suggested in each
                        camera shot
    speaking_frames_of  indices of speeches -> frames [count] in which one of them is heard
    looks               appearances of characters whom the editor has shown

    Raises DubError when the order names a face that the shot does not have.
    """
    plans = []
    for start, end in pairwise([0, *scene.cuts, scene.count]):
        shot = CameraShot(scene.tracks, start, end, scene.production, float(scene.rate))
        cast = cast_lines(shot, speeches, face, looks or {}, speaking_frames_of)
        for number, lines in cast.items():
            speaks = speaking_frames_of(lines)[start:end]
            plan = _face_plan(scene, number, lines, speaks, start)
            plans += [] if plan is None else [plan]
    return plans


def exclude_ranges(plans: Sequence[FacePlan], exclude: Sequence[FrameRange]) -> list[FacePlan]:
    """Keep the mouth as filmed in the excluded frames; drop plans that show no new mouth.

    The new mouth fades before and after. It is painted in the excluded frames too, so that those
    after them come out as they would have.
    """
    changed = []
    for plan in plans:
        included = np.ones(len(plan.opacity), bool)
        for frames in exclude:
            first, end = (max(0, f - plan.first_frame) for f in (frames.start, frames.end))
            included[first:end] = False
        opacity = np.minimum(plan.opacity, fade(included))
        by_guards = {reason: flags & included for reason, flags in plan.kept.items()}
        changed.append(replace(plan, opacity=opacity, kept=by_guards))
    return [plan for plan in changed if plan.opacity.any()]


def rollout_start(plans: Sequence[FacePlan], frame: int) -> int:
    """Return where painting must start for `frame` to come out as in the whole shot.

    The last frame up to it that follows no other. With several faces, one at which no face is in
    the middle of a rollout: they are painted one over the other.
    """
    while any(p.row(frame - 1) is not None and p.row(frame) is not None for p in plans):
        frame -= 1
    return frame


def fade(on: Flags) -> NDArray[np.float64]:
    """Return opacity [N], 1 inside the frames that are on, fading over a few frames at its ends.

    Nothing fades at the ends of the camera shot.
    """
    distance = np.sum([~_dilate(~on, reach) for reach in range(FADE_FRAMES + 1)], axis=0)
    return np.asarray(distance / (FADE_FRAMES + 1))


def dilate_and_close(speaks: Flags) -> Flags:
    """Add the frames before and after each span of flags [N], and close short pauses."""
    reach = MARGIN_FRAMES + MAX_GAP_FRAMES // 2
    wide = _dilate(np.pad(speaks, reach), reach)
    return ~_dilate(~wide, MAX_GAP_FRAMES // 2)[reach : len(wide) - reach]


def paintable_frames(track: FaceTrack) -> Flags:
    """Return the rows [N] in which a mouth is visible, large and not turned too far aside."""
    return _large_frames(track) & ~_turned_frames(track) & ~_covered_frames(track)


def _large_frames(track: FaceTrack) -> Flags:
    """Return the rows [N] in which a face is visible and large."""
    large = [eye_distance(points) >= MIN_EYE_DISTANCE_PX for points in track.points]
    return np.asarray(track.visible & np.array(large, bool))


def _turned_frames(track: FaceTrack) -> Flags:
    return np.array([yaw_proxy(points) > MAX_YAW for points in track.points], bool)


def _covered_frames(track: FaceTrack) -> Flags:
    """Return the rows [N] in which something is before the mouth, and those beside them.

    A single doubtful row does not count: of three in a row two must be.
    """
    sighted = track.confidence > 0
    if not sighted.any():
        return np.zeros_like(sighted)
    usual = float(np.percentile(track.lips_confidence[sighted], 75))
    least = max(MIN_LIPS_CONFIDENCE, MIN_OF_USUAL_LIPS_CONFIDENCE * usual)
    doubtful = sighted & (track.lips_confidence < least)
    beside = np.convolve(doubtful.astype(np.int32), np.ones(3, np.int32))[1:-1]
    return _dilate(beside > 1, COVERED_MARGIN_FRAMES) & track.visible


def _face_plan(
    scene: Scene, number: int, lines: tuple[int, ...], dub_speaks: Flags, start: int
) -> FacePlan | None:
    """Plan one face in one camera shot; None if there is nothing to repaint.

    dub_speaks  [N] frames of the camera shot, which starts at frame `start`
    """
    track = scene.tracks[number]
    rows = np.arange(start, start + len(dub_speaks)) - track.first_frame
    inside = np.flatnonzero((rows >= 0) & (rows < len(track)))
    if not len(inside):
        return None
    first, end = int(inside[0]), int(inside[-1]) + 1
    track = _slice_track(track, int(rows[first]), int(rows[end - 1]) + 1)
    paintable = np.zeros(len(rows), bool)
    paintable[first:end] = paintable_frames(track)
    needed = dilate_and_close(dub_speaks | _filmed_speech(scene, track, start, len(rows)))
    opacity = fade(needed & paintable)[first:end]
    kept = _kept_frames(track, needed[first:end])
    if not opacity.any() and not any(flags.any() for flags in kept.values()):
        return None
    crops = track_crops(track)
    points = points_in_crop(track.points, crops)
    jaw = points[:, list(JAW)]
    best = track.first_frame + _best_identity_row(track, paintable[first:end], jaw)
    return FacePlan(
        face=number,
        lines=lines,
        first_frame=track.first_frame,
        crop_from_plate=crops,
        points=points,
        opacity=opacity,
        identity_frame=best,
        painted=opacity > 0,
        kept=kept,
    )


def _kept_frames(track: FaceTrack, needed: Flags) -> dict[KeptReason, Flags]:
    """Return the rows [N] of those needed whose mouth is covered or turned away, by reason."""
    large, turned = _large_frames(track), _turned_frames(track)
    return {
        KeptReason.TURNED: needed & large & turned,
        KeptReason.COVERED: needed & large & ~turned & _covered_frames(track),
    }


def _filmed_speech(scene: Scene, track: FaceTrack, start: int, count: int) -> Flags:
    """Return the frames [count] from `start` in which the mouth speaks as filmed.

    Without production sound, every movement of the mouth counts as speech.
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
        track.lips_confidence[first:end],
        track.visible[first:end],
        track.sharpness[first:end],
        track.appearance,
    )


def _best_identity_row(track: FaceTrack, paintable: Flags, jaw: NDArray[np.float64]) -> int:
    """Return the row that shows the actor best: sharp, mouth nearly closed, head held as usual.

    A head held otherwise than in most of the shot would lend its jaw and collar to all frames.

    jaw  [N, 17, 2] in crop pixels
    """
    yaw = np.array([yaw_proxy(points) for points in track.points])
    sharp = track.sharpness / max(float(track.sharpness.max()), 1e-9)
    usual = np.median(jaw[paintable] if paintable.any() else jaw, axis=0)
    deviation = np.linalg.norm(jaw - usual, axis=2).mean(1) / JAW_DEVIATION_PX
    score = sharp * track.confidence - yaw - np.nan_to_num(lip_openings(track)) - deviation
    return int(np.argmax(np.where(paintable, score, -np.inf)))


def _dilate(flags: Flags, reach: int) -> Flags:
    """Set flags [N] wherever one is set within `reach` frames."""
    counts = np.convolve(flags.astype(np.int32), np.ones(2 * reach + 1, np.int32))
    return np.asarray(counts[reach : reach + len(flags)] > 0)
