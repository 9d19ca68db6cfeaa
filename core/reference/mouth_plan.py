"""The plan of a dub: the actor's own mouth for each frame, and the shape it is bent to.

Of all mouths of the take, the nearest in shape and in how the head is held, along the path that
jumps least: two mouths that follow one another in the take also do in the dub, forwards or
backwards.

    frame      | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
    source     |11 |12 |13 |40 |41 |42 |70 |69 |    jumps at frames 3 and 6:
    fading                 |14 |                    mixed with where the run before goes on
                                                    if both are open alike, else cut
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import INNER_LIPS, JAW, LIPS, NOSE, NOSE_BASE

POSE_WEIGHT = 0.35  # of nose and jaw, against the lips
GAP_WEIGHT = 0.6  # of how far the inner lips are apart: teeth cannot be bent away
SPEED_WEIGHT = 0.5  # of how the lips move: a mouth in motion is blurred, and so is the next one
JUMP_COST_PX = 0.5  # of the crop: the price of leaving the take's own order
APART_WEIGHT = 0.25  # of how far the lips jump, beside that price
CANDIDATES = 24  # the nearest mouths of a frame that paths go through
MAX_MOUTHS, RUN_FRAMES = 360, 12  # of a bank, and of the runs it is thinned out by
MAX_MIXED_GAP_PX = 1.5  # mouths that are open more unlike show two rows of teeth when mixed
MIXED = 0.5  # the weight of the mouth before in the frame of a jump

_POSE = (*NOSE, *JAW)

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MouthBank:
    """Mouths of one actor that may be taken.

    frames    [M] numbers of their frames, rising; where one follows another, so does its mouth
    points    [M, 72, 2] in the crop of their frame
    price_px  [M] by how much worse than its shape a mouth fits, as when filmed in another light
    """

    frames: NDArray[np.int64]
    points: Points
    price_px: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MouthPlan:
    """The mouths of N frames.

    points   [N, 72, 2] in the crop: the face as filmed, its lips and lower jaw as wanted
    sources  [N] number of the frame whose mouth is taken
    fading   [N] number of the frame whose mouth fades out there; -1 for none
    weight   [N] of the fading mouth
    bend_px  [N] how far the lips of the source are bent, in crop pixels
    turn_px  [N] how far its nose and jaw are from those filmed, in crop pixels
    """

    points: Points
    sources: NDArray[np.int64]
    fading: NDArray[np.int64]
    weight: NDArray[np.float64]
    bend_px: NDArray[np.float64]
    turn_px: NDArray[np.float64]


def choose_mouths(bank: MouthBank, limit: int = MAX_MOUTHS) -> MouthBank:
    """Return at most `limit` mouths of a bank, in slices of a dozen that differ most.

    Greedy k-centre over slices, each stood for by its widest mouth (Gonzalez 1985).
    """
    count = len(bank.frames)
    if count <= limit:
        return bank
    runs = np.array_split(np.arange(count), -(-count // RUN_FRAMES))
    shapes = np.concatenate([_lips(bank.points), POSE_WEIGHT * _pose(bank.points)], 1)
    shapes = shapes.reshape(count, -1)
    spread = np.abs(shapes - shapes.mean(0)).sum(1)
    widest = np.stack([shapes[run[spread[run].argmax()]] for run in runs])
    chosen = [int(np.linalg.norm(widest - widest.mean(0), axis=1).argmin())]
    apart = np.linalg.norm(widest - widest[chosen[0]], axis=1)
    while len(chosen) < limit // RUN_FRAMES and apart.max() > 0:
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(widest - widest[chosen[-1]], axis=1))
    rows = np.concatenate([runs[number] for number in sorted(chosen)])
    return MouthBank(bank.frames[rows], bank.points[rows], bank.price_px[rows])


def plan_mouths(
    points: Points,
    bank: MouthBank,
    breaks: NDArray[np.bool_],
    forbidden: NDArray[np.bool_] | None = None,
) -> MouthPlan:
    """Plan the mouths of frames with wanted points [N, 72, 2].

    breaks     [N] frames that follow no other: nothing fades into them
    forbidden  [N, M] mouths of the bank that may not stand in a frame, to evaluate the others on
               what they cannot copy; each frame keeps at least one
    """
    rows, bend_px = _smoothest_path(points, bank, forbidden)
    sources = bank.frames[rows]
    fading = np.full(len(sources), -1)
    weight = np.zeros(len(sources))
    row_of = {frame: row for row, frame in enumerate(bank.frames.tolist())}
    gaps = _gaps(bank.points)
    steps = np.diff(sources, prepend=sources[0])
    for frame in np.flatnonzero((np.abs(steps) > 1) & ~breaks).tolist():
        going_on = row_of.get(int(sources[frame - 1] + (-1 if steps[frame - 1] == -1 else 1)))
        if going_on is None or (forbidden is not None and forbidden[frame, going_on]):
            continue
        if abs(gaps[going_on] - gaps[rows[frame]]) <= MAX_MIXED_GAP_PX:
            fading[frame], weight[frame] = bank.frames[going_on], MIXED
    turn = np.linalg.norm(_pose(bank.points)[rows] - _pose(points), axis=2).mean(1)
    return MouthPlan(points, sources, fading, weight, bend_px, turn)


def _smoothest_path(
    points: Points, bank: MouthBank, forbidden: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return rows [N] of the bank, and how far the lips of each are from those wanted (Viterbi)."""
    lips, pose = _lips(points), _pose(points)
    bank_lips, bank_pose = _lips(bank.points), _pose(bank.points)
    gaps, bank_gaps = _gaps(points), _gaps(bank.points)
    speeds, bank_speeds = _speeds(lips, np.arange(len(lips))), _speeds(bank_lips, bank.frames)
    count = min(CANDIDATES, len(bank.frames))
    back: list[NDArray[np.int64]] = []
    best, previous = np.zeros(0), np.zeros(0, np.int64)
    candidates: list[NDArray[np.int64]] = []
    bends: list[NDArray[np.float64]] = []
    for frame, (wanted, wanted_pose) in enumerate(zip(lips, pose, strict=True)):
        bend = np.linalg.norm(bank_lips - wanted, axis=2).mean(1)
        price = bend + POSE_WEIGHT * np.linalg.norm(bank_pose - wanted_pose, axis=2).mean(1)
        price += SPEED_WEIGHT * np.linalg.norm(bank_speeds - speeds[frame], axis=2).mean(1)
        price += GAP_WEIGHT * np.abs(bank_gaps - gaps[frame]) + bank.price_px
        if forbidden is not None:
            price[forbidden[frame]] = np.inf
        near = np.argpartition(price, count - 1)[:count]
        if len(candidates):
            step = bank.frames[near][None] - bank.frames[previous][:, None]
            lips_apart = bank_lips[near][None] - bank_lips[previous][:, None]
            jump = JUMP_COST_PX + APART_WEIGHT * np.linalg.norm(lips_apart, axis=3).mean(2)
            total = best[:, None] + np.where(np.abs(step) <= 1, 0, jump)
            back.append(total.argmin(0))
            best = total.min(0)
        else:
            best = np.zeros(count)
        best = best + price[near]
        previous = near
        candidates.append(near)
        bends.append(bend[near])
    path = [int(best.argmin())]
    for before in reversed(back):
        path.append(int(before[path[-1]]))
    path.reverse()
    rows = np.array([c[i] for c, i in zip(candidates, path, strict=True)])
    return rows, np.array([b[i] for b, i in zip(bends, path, strict=True)])


def _lips(points: Points) -> Points:
    """Return lips [N, 40, 2] relative to the nose base."""
    return points[:, list(LIPS)] - points[:, list(NOSE_BASE)].mean(1, keepdims=True)


def _gaps(points: Points) -> NDArray[np.float64]:
    """Return how far the inner lips are apart [N], in crop pixels."""
    lower, upper = points[:, list(INNER_LIPS[1:10])], points[:, list(INNER_LIPS[:10:-1])]
    return np.asarray((lower - upper)[..., 1].mean(1))


def _speeds(lips: Points, frames: NDArray[np.int64]) -> Points:
    """Return how far lips [N, 40, 2] move a frame: the mean of the steps to them and from them.

    frames  [N]; where one does not follow another there is no step between them
    """
    follows = np.diff(frames) == 1
    steps = np.pad(np.diff(lips, axis=0) * follows[:, None, None], ((1, 1), (0, 0), (0, 0)))
    known = np.pad(follows.astype(np.int64), 1)
    return np.asarray(
        (steps[1:] + steps[:-1]) / np.maximum(known[1:] + known[:-1], 1)[:, None, None]
    )


def _pose(points: Points) -> Points:
    """Return nose and jaw [N, 22, 2] relative to the nose base."""
    return points[:, list(_POSE)] - points[:, list(NOSE_BASE)].mean(1, keepdims=True)
