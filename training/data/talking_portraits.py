"""Training clips of hundreds of people, from portraits and the articulation of one talker.

The talker's lips and jaw move the portrait's (thin-plate warp of its crop); what opens between
the lips is the talker's own mouth, fitted to the light, and before it, where they are, the teeth
of a portrait that shows them. One talker alone teaches a network to paint him on everyone.

    talker, closed     -> talker, now       movement of each point, scaled to the portrait's mouth
    portrait, closed   -> portrait, now     pixels follow
    portrait, smiling  -> portrait, closed  upper and lower lip each on its own, over the teeth
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.landmarks import (
    INNER_LIPS,
    JAW,
    MOUTH_CORNERS,
    NOSE,
    OUTER_LIPS,
    lip_lines,
    opening,
)
from lipflap.core.face.matte import WORK
from lipflap.core.face.warp import warp
from lipflap.training.data.dataset import KEPT_PX, MARGIN_PX
from lipflap.training.data.portraits import Portrait
from lipflap.training.data.training_clip import TrainingClip

MOVING = (*OUTER_LIPS, *INNER_LIPS, *JAW)
STILL = NOSE
CLOSED = 0.06
KEPT_LEFT, KEPT_TOP = WORK.left - MARGIN_PX, WORK.top - MARGIN_PX
GRID_STEP_PX = 4
_CORNER = 10  # place of the right corner among the points of a ring of lips; the left is at 0
_LOWER_LIP = tuple(ring[at] for ring in (OUTER_LIPS, INNER_LIPS) for at in range(1, _CORNER))
_UPPER_LIP = tuple(ring[at] for ring in (OUTER_LIPS, INNER_LIPS) for at in range(_CORNER + 1, 20))
_INSIDE = 0.9
_RIM_OF_TEETH = np.ones((3, 3), np.uint8)


def animate_portraits(
    portraits: Iterable[Portrait], sentences: Sequence[TrainingClip], each: int
) -> Iterator[TrainingClip]:
    """Yield portraits, each saying `each` of the talker's sentences.

    All of them where there are fewer.
    """
    rng = np.random.default_rng(5)
    each = min(each, len(sentences))
    for portrait in portraits:
        (matrix,) = crop_from_plate(portrait.points[None])
        points = portrait.points @ matrix[:, :2].T + matrix[:, 2]
        matrix[:, 2] -= (KEPT_LEFT, KEPT_TOP)
        picture = warp(portrait.picture, matrix, KEPT_PX[1], KEPT_PX[0])
        for index in rng.choice(len(sentences), each, replace=False):
            sentence = sentences[index]
            frames = animate(picture, points, sentence.frames, sentence.points)
            yield replace(sentence, name=f"{portrait.name} says {sentence.name}", frames=frames)


def animate(
    portrait: NDArray[np.uint8],
    portrait_points: NDArray,
    talker: NDArray[np.uint8],
    talker_points: NDArray,
) -> NDArray[np.uint8]:
    """Return the portrait saying what the talker says, [T, 80, 112, 3].

    portrait         [80, 112, 3], kept part of its crop
    portrait_points  [72, 2] in crop pixels
    talker           [T, 80, 112, 3]
    talker_points    [T, 72, 2] in crop pixels
    """
    rest, talking = _to_kept(portrait_points), _to_kept(talker_points)
    openings = np.array([opening(points) for points in talker_points])
    closed = talking[openings <= np.quantile(openings, 0.15)].mean(0)
    scale = _mouth_width(rest) / _mouth_width(closed)
    light = _skin(portrait, rest).mean() / max(float(_skin(talker[0], closed).mean()), 1.0)
    inside = _white_teeth(talker, talking)
    shows_teeth = opening(portrait_points) >= CLOSED
    shut = _shut(rest) if shows_teeth else rest
    teeth = cv2.erode(_gap(rest), _RIM_OF_TEETH)[..., None]
    rows = []
    for film, points in zip(inside, talking, strict=True):
        moved = shut + scale * _without_head(points - closed)
        mouth = _warp_points(film, points[list(INNER_LIPS)], moved[list(INNER_LIPS)])
        mouth = np.clip(mouth * (0.5 + 0.5 * light), 0, 255)
        if shows_teeth:
            face = _warp_lips(portrait, rest, moved)
            mouth = mouth * (1 - teeth) + portrait * teeth
        else:
            face = _warp_points(portrait, rest, moved)
        gap = _gap(moved)[..., None]
        rows.append(face * (1 - gap) + mouth * gap)
    return np.stack(rows).round().astype(np.uint8)


def _shut(points: NDArray) -> NDArray[np.float64]:
    """Return points [72, 2] whose lips meet half way between where they are."""
    shut = points.copy()
    for at in range(1, _CORNER):
        lower, upper = points[INNER_LIPS[at]], points[INNER_LIPS[-at]]
        for ring in (INNER_LIPS, OUTER_LIPS):
            shut[ring[at]] += (upper - lower) / 2
            shut[ring[-at]] += (lower - upper) / 2
    return shut


def _warp_lips(picture: NDArray, at: NDArray, to: NDArray) -> NDArray[np.float32]:
    """Move pixels as `_warp_points` does, but neither lip with what lies beyond the other."""
    above, below = (
        _warp_points(picture, np.delete(at, lip, 0), np.delete(to, lip, 0))
        for lip in (_LOWER_LIP, _UPPER_LIP)
    )
    lower_line, upper_line = lip_lines(to[list(INNER_LIPS)])
    line = (lower_line + upper_line) / 2
    left, right = (-1.0, line[0, 1]), (KEPT_PX[1] + 1.0, line[-1, 1])
    bottom = [(KEPT_PX[1] + 1.0, KEPT_PX[0] + 1.0), (-1.0, KEPT_PX[0] + 1.0)]
    lower = _matte(np.array([left, *line, right, *bottom]))[..., None]
    return np.asarray(above * (1 - lower) + below * lower, np.float32)


def _to_kept(points: NDArray) -> NDArray[np.float64]:
    return np.asarray(points, np.float64) - [KEPT_LEFT, KEPT_TOP]


def _mouth_width(points: NDArray) -> float:
    left, right = points[list(MOUTH_CORNERS)]
    return float(np.linalg.norm(right - left))


def _without_head(movement: NDArray) -> NDArray:
    """Return movement [72, 2] of lips and jaw alone: eyes, nose and brows hold still."""
    moving = np.zeros_like(movement)
    moving[list(MOVING)] = movement[list(MOVING)] - movement[list(STILL)].mean(0)
    return moving


def _warp_points(picture: NDArray, at: NDArray, to: NDArray) -> NDArray[np.float32]:
    """Move the pixels at `at` [K, 2] to `to` [K, 2], and those between smoothly."""
    height, width = KEPT_PX
    rim = np.array([(x, y) for x in (-20, width / 2, width + 20) for y in (-30, height + 40)])
    centres, sources = np.vstack([to, rim]), np.vstack([at, rim])
    bend = RBFInterpolator(
        centres, sources - centres, kernel="thin_plate_spline", smoothing=1.0, degree=1
    )
    y, x = np.mgrid[0 : height + 1 : GRID_STEP_PX, 0 : width + 1 : GRID_STEP_PX]
    coarse = bend(np.stack([x.ravel(), y.ravel()], 1).astype(float)).reshape(*x.shape, 2)
    field = cv2.resize(coarse.astype(np.float32), None, fx=GRID_STEP_PX, fy=GRID_STEP_PX)
    # cv2.resize puts coarse sample k at fine pixel 4 k + 1.5; grid point k belongs at 4 k.
    shift = np.array([[1, 0, -1.5], [0, 1, -1.5]])
    field = cv2.warpAffine(field, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.remap(
        picture.astype(np.float32),
        columns + field[..., 0],
        rows + field[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _white_teeth(talker: NDArray[np.uint8], points: NDArray) -> NDArray[np.float32]:
    """Return the talker's pictures with grey teeth: they are lit as he is, not as the portrait.

    talker  [T, 80, 112, 3], his points [T, 72, 2] in it
    """
    inside = [film[_gap(at) > _INSIDE] for film, at in zip(talker, points, strict=True)]
    whiteness = np.concatenate(inside).min(1)
    teeth = max(1.0, float(np.quantile(whiteness, 0.97))) if len(whiteness) else 255.0
    films = talker.astype(np.float32)
    colour = np.clip(1 - films.min(-1, keepdims=True) / teeth, 0, 1)
    grey = films.mean(-1, keepdims=True)
    return np.asarray(grey + colour * (films - grey), np.float32)


def _gap(points: NDArray) -> NDArray[np.float32]:
    """Return a soft matte [80, 112] of what lies between the lips."""
    return _matte(points[list(INNER_LIPS)])


def _matte(polygon: NDArray) -> NDArray[np.float32]:
    """Return a soft matte [80, 112] of a polygon [K, 2]."""
    matte = np.zeros(KEPT_PX, np.float32)
    polygon = np.round(polygon * 16).astype(np.int32)
    cv2.fillPoly(matte, [polygon], 1.0, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(matte, (0, 0), 0.7)


def _skin(picture: NDArray, points: NDArray) -> NDArray[np.float64]:
    """Return the mean colour of the skin beside and below the mouth."""
    left, right = points[list(MOUTH_CORNERS)]
    below = (left + right) / 2 + [0, 0.45 * _mouth_width(points)]
    aside, patches = np.array([7.0, 0.0]), []
    for x, y in (left - aside, right + aside, below):
        row, column = int(np.clip(y, 3, KEPT_PX[0] - 4)), int(np.clip(x, 3, KEPT_PX[1] - 4))
        patches.append(picture[row - 3 : row + 4, column - 3 : column + 4].reshape(-1, 3))
    return np.concatenate(patches).mean(0)
