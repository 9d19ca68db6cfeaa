"""The plan of a dub: the actor's own mouth for each frame, and the shape it is bent to.

Of all mouths of the take, the nearest in shape and in how the head is held, along the path that
jumps least: two mouths that follow one another in the take also do in the dub.

    frame      | 0 | 1 | 2 | 3 | 4 | 5 |
    source     |11 |12 |13 |40 |41 |42 |       a jump at frame 3:
    fading                 |14 |15 |           there the run before goes on, and fades
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import JAW, LIPS, NOSE, NOSE_BASE

POSE_WEIGHT = 0.35  # of nose and jaw, against the lips
JUMP_COST_PX = 0.5  # of the crop: the price of leaving the take's own order
CANDIDATES = 24
MAX_MOUTHS, RUN_FRAMES = 360, 12
FADE_FRAMES = 2

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
    """Return at most `limit` mouths of a bank, in whole runs of frames that differ most.

    Greedy k-centre over runs, each stood for by its widest mouth (Gonzalez 1985).
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
    rows, cost = _smoothest_path(points, bank, forbidden)
    sources = bank.frames[rows]
    fading = np.full(len(sources), -1)
    weight = np.zeros(len(sources))
    row_of = {frame: row for row, frame in enumerate(bank.frames.tolist())}
    for frame in range(1, len(sources)):
        if breaks[frame] or sources[frame] - sources[frame - 1] in (0, 1):
            continue
        for later in range(min(FADE_FRAMES, len(sources) - frame)):
            going_on = int(sources[frame - 1]) + 1 + later
            if going_on not in row_of or breaks[frame + later]:
                break
            if forbidden is not None and forbidden[frame + later, row_of[going_on]]:
                break
            fading[frame + later] = going_on
            weight[frame + later] = 1 - (later + 1) / (FADE_FRAMES + 1)
    turn = np.linalg.norm(_pose(bank.points)[rows] - _pose(points), axis=2).mean(1)
    return MouthPlan(points, sources, fading, weight, cost, turn)


def _smoothest_path(
    points: Points, bank: MouthBank, forbidden: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return rows [N] of the bank, and how far the lips of each are from those wanted (Viterbi)."""
    lips, pose = _lips(points), _pose(points)
    bank_lips, bank_pose = _lips(bank.points), _pose(bank.points)
    count = min(CANDIDATES, len(bank.frames))
    back: list[NDArray[np.int64]] = []
    best, previous = np.zeros(0), np.zeros(0, np.int64)
    candidates: list[NDArray[np.int64]] = []
    bends: list[NDArray[np.float64]] = []
    for frame, (wanted, wanted_pose) in enumerate(zip(lips, pose, strict=True)):
        bend = np.linalg.norm(bank_lips - wanted, axis=2).mean(1)
        price = bend + POSE_WEIGHT * np.linalg.norm(bank_pose - wanted_pose, axis=2).mean(1)
        price += bank.price_px
        if forbidden is not None:
            price[forbidden[frame]] = np.inf
        near = np.argpartition(price, count - 1)[:count]
        if len(candidates):
            step = bank.frames[near][None] - bank.frames[previous][:, None]
            lips_apart = bank_lips[near][None] - bank_lips[previous][:, None]
            jump = JUMP_COST_PX + np.linalg.norm(lips_apart, axis=3).mean(2) / 4
            total = best[:, None] + np.where((step == 0) | (step == 1), 0, jump)
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


def _pose(points: Points) -> Points:
    """Return nose and jaw [N, 22, 2] relative to the nose base."""
    return points[:, list(_POSE)] - points[:, list(NOSE_BASE)].mean(1, keepdims=True)
