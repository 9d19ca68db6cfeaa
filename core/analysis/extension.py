"""The extension of a shot beyond what was filmed: planned from its faces, read as plates.

    filmed frames of the shot --heads, small pictures--> a course for the head
                              --course, take-----------> filmed frames that stand for those missing
                              --where they are joined--> a small move of the head in each

Where another place of the take begins, the plates before go on for a few frames and fade into it.
Away from joins the plates stay as they were filmed.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.film import Film
from lipflap.core.analysis.repaint_plan import MIN_LIPS_CONFIDENCE, paintable_frames
from lipflap.core.errors import DubError
from lipflap.core.extension.background import background_of, moved, small_picture
from lipflap.core.extension.behind_head import (
    SAMPLES,
    BehindHead,
    boxes_together,
    move_before,
    see_behind,
)
from lipflap.core.extension.course import draw_course
from lipflap.core.extension.joins import draw_joins
from lipflap.core.extension.move_head import (
    REACH,
    HeadMove,
    calm,
    head_ellipse,
    move_matte,
    plan_move,
)
from lipflap.core.extension.plate_plan import PlatePlan, Take, plan_plates
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import Frame, pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo
from lipflap.core.motion.head_motion import HeadMotion
from lipflap.core.motion.head_pose import POSE, head_range, measure_heads
from lipflap.core.order import DubOrder

MAX_TAKE_FRAMES = 400
MIN_TAKE_S = 1
FADE_FRAMES = 5
_MAX_MOVED = 0.5  # of the take's frames


@dataclass(frozen=True, slots=True)
class _Fade:
    """A plate of before a jump that goes on over the one after it."""

    media_frame: int
    opacity: float
    move: HeadMove


@dataclass(frozen=True, slots=True)
class Plates:
    """The plates of a shot: its filmed frames as they are, then those that stand for others.

    media_frames  [T] the frame of the media that is seen
    moves, fades  by number of the frame, of those that were not filmed
    behind        the head that is moved; None where none is
    """

    info: MediaInfo
    media_frames: Sequence[int]
    moves: Mapping[int, HeadMove]
    fades: Mapping[int, _Fade]
    behind: BehindHead | None = None

    def read(self, start: int, end: int) -> Generator[Frame]:
        """Yield the plates of frames [start, end). Raises DubError as `pictures` does."""
        fading = [self.fades[n].media_frame for n in range(start, end) if n in self.fades]
        before = pictures(self.info, fading)
        for number, plate in enumerate(pictures(self.info, self.media_frames[start:end]), start):
            if number not in self.moves:
                yield plate
                continue
            new = self._moved(plate, self.moves[number])
            fade = self.fades.get(number)
            if fade is not None:
                old = self._moved(next(before), fade.move)
                new = _faded(new, old, self.info, fade.opacity)
            yield new
        before.close()

    def _moved(self, plate: Frame, move: HeadMove) -> Frame:
        """Return a plate with its head moved."""
        assert self.behind is not None
        size = (self.info.width, self.info.height)
        bounds = move.box(size)
        box = colour.Box(*bounds)
        matte = (move_matte(move, bounds, size) > 0).astype(np.float32)
        rgb = move_before(colour.rgb(plate, self.info, box), move, bounds, size, self.behind)
        return colour.composite(plate, self.info, box, rgb, matte)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The last camera shot, as far as a face is tracked in it: N frames from `start` on.

    points  [N, 72, 2]
    usable  [N] the face is in plain sight, before a background that stands still
    small   [N, h, w] pictures
    """

    start: int
    media_frames: Sequence[int]
    points: NDArray[np.float32]
    usable: NDArray[np.bool_]
    small: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Extension:
    """A shot's plates and its face tracks, both as long as the extended shot."""

    plates: Plates
    tracks: Sequence[FaceTrack]


def filmed_plates(order: DubOrder, info: MediaInfo) -> Plates:
    """Return the plates of a shot all of whose frames were filmed."""
    return Plates(info, order.filmed.media_frames(), {}, {})


def extend(order: DubOrder, film: Film, motion: HeadMotion) -> Extension:
    """Plan the frames of an order that its media does not hold.

    film   of those that it does hold
    Raises DubError, with the reason, where the shot cannot be extended.
    """
    number = _face_that_goes_on(order, film)
    seen = _see(order, film, film.tracks[number])
    heads, eyes_px = measure_heads(seen.points)
    own = head_range(heads, eyes_px)
    rate, seed = order.output.rate, order.settings.seed
    course = draw_course(motion, heads, own, rate, order.unfilmed, seed)
    scale = own.spread[POSE]
    small = seen.small.reshape(len(seen.small), -1)
    take = Take(heads[:, POSE] / scale, small, seen.usable, REACH / scale)
    plan = plan_plates(take, course / scale)
    shown = np.concatenate([heads, heads[plan.rows]])
    joined = draw_joins(motion, shown, len(heads), plan.joins, own, rate, seed)
    held = joined[len(heads) :, POSE]
    wanted = calm(held - heads[plan.rows][:, POSE], plan.jumps)
    moves = [
        plan_move(seen.points[row], away, eyes_px)
        for row, away in zip(plan.rows, wanted, strict=True)
    ]
    fades = dict(_fades(plan, seen, heads, held, eyes_px))
    filmed = film.frames.count
    made = {filmed + n: move for n, move in enumerate(moves) if wanted[n].any() or n in fades}
    plates = Plates(
        film.info,
        [*order.filmed.media_frames(), *(seen.media_frames[row] for row in plan.rows)],
        made,
        {filmed + row: fade for row, fade in fades.items()},
        _behind(film.info, seen, [*made.values(), *(fade.move for fade in fades.values())]),
    )
    stand_in = (plan.rows + seen.start).tolist()
    tracks = [
        _extended(track, film.frames.count, stand_in, moves if n == number else None)
        for n, track in enumerate(film.tracks)
    ]
    return Extension(plates, tracks)


def _face_that_goes_on(order: DubOrder, film: Film) -> int:
    """Return the number of the face to follow. Raises DubError when that is not clear."""
    last = film.frames.count - 1
    there = [
        number
        for number, track in enumerate(film.tracks)
        if track.first_frame <= last < track.first_frame + len(track)
        and track.visible[last - track.first_frame]
    ]
    if order.settings.face in there:
        return there[there.index(order.settings.face)]
    if len(there) == 1 and order.settings.face is None:
        return there[0]
    raise _refused(
        "several faces are seen at its end, and which of them speaks is not said"
        if len(there) > 1 and order.settings.face is None
        else "nobody who could be followed is seen at its end"
    )


def _see(order: DubOrder, film: Film, track: FaceTrack) -> _Seen:
    """Return the last camera shot as far as a face is tracked in it.

    Raises DubError where it is not in plain sight, or the camera moves.
    """
    end = film.frames.count
    start = max([0, *film.cuts, end - MAX_TAKE_FRAMES, track.first_frame])
    rows = np.arange(start, end) - track.first_frame
    sight = paintable_frames(track)[rows] & (track.lips_confidence[rows] >= MIN_LIPS_CONFIDENCE)
    if not sight[-1]:
        raise _refused("the face is covered, turned away or too small at its end")
    media_frames = film.frames.media_frames()[start:]
    decoded = pictures(film.info, media_frames)
    small = np.stack([small_picture(colour.rgb8(frame, film.info)) for frame in decoded])
    size = (film.info.width, film.info.height)
    behind = background_of(track.points[rows][sight], size, small.shape[1:])
    gone = moved(small, len(small) - 1, behind)
    if gone[sight].mean() > _MAX_MOVED:
        raise _refused("the camera moves, or what is behind the face does")
    usable = sight & ~gone
    if usable.sum() < MIN_TAKE_S * order.output.rate:
        raise _refused("the face is in plain sight for less than a second")
    # Where it is not, its points mean nothing: those of the usable frame before stand for them.
    nearest = np.maximum.accumulate(np.where(usable, np.arange(len(rows)), int(usable.argmax())))
    return _Seen(start, media_frames, track.points[rows[nearest]], usable, small)


def _behind(info: MediaInfo, seen: _Seen, moves: Sequence[HeadMove]) -> BehindHead | None:
    """Return what is behind the head in all boxes that moves may change; None without any."""
    if not moves:
        return None
    bounds = boxes_together(move.box((info.width, info.height)) for move in moves)
    usable = np.flatnonzero(seen.usable)
    rows = usable[np.unique(np.linspace(0, len(usable) - 1, SAMPLES).round().astype(int))]
    decoded = pictures(info, [seen.media_frames[row] for row in rows])
    box = colour.Box(*bounds)
    plates = [colour.rgb(frame, info, box).astype(np.float16) for frame in decoded]
    return see_behind(plates, [head_ellipse(seen.points[row]) for row in rows], bounds)


def _fades(
    plan: PlatePlan, seen: _Seen, heads: NDArray[np.float64], held: NDArray, eyes_px: float
) -> Iterator[tuple[int, _Fade]]:
    """Yield for the frames after each jump how what was seen before goes on and fades."""
    last = len(seen.points) - 1
    for join in np.flatnonzero(plan.jumps).tolist():
        row, step = (last, 1) if join == 0 else (plan.rows[join - 1], _step(plan, join - 1))
        ends = np.flatnonzero(plan.jumps[join + 1 :])
        room = min(FADE_FRAMES, int(ends[0]) + 1 if len(ends) else len(plan.rows) - join)
        for n in range(room):
            goes_on = int(np.clip(row + (n + 1) * step, 0, last))
            move = plan_move(seen.points[goes_on], held[join + n] - heads[goes_on, POSE], eyes_px)
            opacity = 1 - (n + 1) / (FADE_FRAMES + 1)
            yield join + n, _Fade(seen.media_frames[goes_on], opacity, move)


def _step(plan: PlatePlan, number: int) -> int:
    return 1 if plan.forwards[number] else -1


def _extended(
    track: FaceTrack, count: int, stand_in: Sequence[int], moves: Sequence[HeadMove] | None
) -> FaceTrack:
    """Return a track of `count` frames that goes on with what it has in other frames.

    stand_in  the filmed frames that follow
    moves     of the face in each of them; None where it is not moved
    """
    frames = np.array([*range(track.first_frame, count), *stand_in]) - track.first_frame
    inside = (frames >= 0) & (frames < len(track))
    rows = np.where(inside, frames, 0)
    points = track.points[rows].copy()
    for n, move in enumerate(moves or (), count - track.first_frame):
        points[n] = move.points(points[n])
    return replace(
        track,
        points=points,
        confidence=np.where(inside, track.confidence[rows], 0).astype(np.float32),
        lips_confidence=np.where(inside, track.lips_confidence[rows], 0).astype(np.float32),
        visible=inside & track.visible[rows],
        sharpness=np.where(inside, track.sharpness[rows], 0).astype(np.float32),
    )


def _faded(plate: Frame, before: Frame, info: MediaInfo, opacity: float) -> Frame:
    """Return a plate with one before it faded over, all over."""
    box = colour.Box(0, 0, info.width, info.height)
    matte = np.full((info.height, info.width), opacity, np.float32)
    return colour.composite(plate, info, box, colour.rgb(before, info), matte)


def _refused(why: str) -> DubError:
    return DubError(
        f"cannot be made longer than it was filmed: {why}.",
        fix="Dub it without --extend.",
    )
