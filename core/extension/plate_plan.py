"""The choice of filmed frames to stand where none was filmed.

    take     0 1 2 ... 50 51 52 ... 74|          75 onwards was not filmed
    stands                             73 72 ... 51 | 12 13 14 ...
                                       turned round   jumped

As a take is followed frame by frame, forwards or backwards, its motion is real. To turn round is
cheap where it is still; to jump is cheap where head and picture are alike on both sides. Found by
dynamic programming (Viterbi 1967), as the mouths of a dub are.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

PIECE_FRAMES = 24
JUMP_COST = 8.0
TURN_COST = 1.0
REUSE_COST = 0.1  # of a frame, each time that it was shown
SPEED_WEIGHT = 8.0
PICTURE_WEIGHT = 2.0
LIKE_LEVELS = 4.0  # of 255: pictures that differ by this much on average differ by 1
OFF_COURSE_WEIGHT = 0.04
OUT_OF_REACH_WEIGHT = 3.0
HEAD_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Take:
    """The frames of one camera shot that may stand for others, N in the order of time.

    poses     [N, D] of the head, in the actor's own range
    pictures  [N, P] small pictures, 0..255
    usable    [N] where the face is in plain sight
    reach     [D] how far a head can be moved in its plate, in the same unit; 0 where it cannot be
    """

    poses: Array
    pictures: NDArray[np.float32]
    usable: NDArray[np.bool_]
    reach: Array


@dataclass(frozen=True, slots=True)
class PlatePlan:
    """The frame of the take [T] that stands in each frame that was not filmed.

    forwards  [T] whether the take is followed forwards there
    joins     [T] whether it does not follow the one before
    jumps     [T] whether it is not even beside the one before
    """

    rows: Numbers
    forwards: NDArray[np.bool_]
    joins: NDArray[np.bool_]
    jumps: NDArray[np.bool_]


def plan_plates(take: Take, course: Array) -> PlatePlan:
    """Plan the frames that follow the take's last, whose head keeps to a course [T, D].

    The take has two usable frames or more, its last one among them. Planned in pieces, so that
    what was just seen is not seen again at once.
    """
    count = len(take.poses)
    follow, shown = _follow_costs(take), np.zeros(count)
    shown[-PIECE_FRAMES:] = 0.5
    path = [count - 1]  # the take's last frame, played forwards
    while len(path) <= len(course):
        ahead = course[len(path) - 1 :][: 2 * PIECE_FRAMES]
        stand = _stand_costs(take, ahead) + REUSE_COST * np.tile(shown, 2)
        found = _cheapest(follow, stand, path[-1])
        path += found if len(ahead) < 2 * PIECE_FRAMES else found[:PIECE_FRAMES]
        np.add.at(shown, np.array(path[-PIECE_FRAMES:]) % count, 1)
    return _plan([(state % count, 1 if state < count else -1) for state in path])


def _cheapest(follow: Array, stand: Array, first: int) -> list[int]:
    """Return the cheapest states [T] that follow a state, by what each costs in each frame."""
    cost = follow[first] + stand[0]
    came_from = np.zeros(stand.shape, np.int64)
    for now in range(1, len(stand)):
        total = cost[:, None] + follow
        came_from[now] = total.argmin(0)
        cost = total[came_from[now], np.arange(len(cost))] + stand[now]
    path = [int(cost.argmin())]
    for now in range(len(stand) - 1, 0, -1):
        path.append(int(came_from[now][path[-1]]))
    return path[::-1]


def _plan(path: list[tuple[int, int]]) -> PlatePlan:
    """Return the plan of a path of rows and steps, of which the first was filmed."""
    joins = [row != was + step for (was, step), (row, _) in pairwise(path)]
    jumps = [abs(row - was) != 1 for (was, _), (row, _) in pairwise(path)]
    rows, steps = zip(*path[1:], strict=True)
    return PlatePlan(np.array(rows), np.array(steps) == 1, np.array(joins), np.array(jumps))


def _stand_costs(take: Take, course: Array) -> Array:
    """Return how badly each frame, played either way, keeps to the course [T, 2 N]."""
    apart = np.abs(course[:, None] - take.poses[None])
    # What cannot be moved at all is as it was filmed: a course is no more than a wish for it.
    beyond = np.where(take.reach > 0, np.maximum(apart - take.reach, 0), 0)
    cost = OFF_COURSE_WEIGHT * (apart**2).mean(2) + OUT_OF_REACH_WEIGHT * (beyond**2).mean(2)
    costs = np.where(take.usable, cost, np.inf)
    return np.concatenate([costs, costs], 1)


def _follow_costs(take: Take) -> Array:
    """Return what it costs that one state follows another [2 N, 2 N]: played forwards, then back.

    What would have followed is compared with what does: head, its speed, and the whole picture.
    """
    count = len(take.poses)
    rows = np.arange(count)
    speeds = np.gradient(take.poses, axis=0)
    costs = np.empty((2 * count, 2 * count))
    for n, step in enumerate((1, -1)):
        expected = np.clip(rows + step, 0, count - 1)
        jump = JUMP_COST + _unlike(take, expected)
        for m, other in enumerate((1, -1)):
            turned = (step * speeds[:, None] - other * speeds[None]) ** 2
            block = jump + SPEED_WEIGHT * turned.mean(2)
            if step == other:
                inside = (rows + step >= 0) & (rows + step < count)
                block[rows[inside], (rows + step)[inside]] = 0
            else:
                beside = (rows + other >= 0) & (rows + other < count)
                at, to = rows[beside], (rows + other)[beside]
                block[at, to] = TURN_COST + 4 * SPEED_WEIGHT * (speeds[at] ** 2).mean(1)
            costs[n * count : (n + 1) * count, m * count : (m + 1) * count] = block
    return costs


def _unlike(take: Take, expected: Numbers) -> Array:
    """Return how unlike head and picture of each row are to those expected after another [N, N]."""
    apart = np.abs(take.poses[expected][:, None] - take.poses[None])
    beyond = np.maximum(apart - take.reach, 0)
    heads = (apart**2).mean(2) + OUT_OF_REACH_WEIGHT * (beyond**2).mean(2)
    pictures = np.stack([np.abs(take.pictures[n] - take.pictures).mean(1) for n in expected])
    return np.asarray(HEAD_WEIGHT * heads + PICTURE_WEIGHT * (pictures / LIKE_LEVELS) ** 2)
