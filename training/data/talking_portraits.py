"""Training clips of hundreds of people, from portraits and the articulation of one talker.

The talker's lips and jaw move the portrait's (thin-plate warp of its crop); what opens between
the lips is the talker's own mouth, fitted and tinted. One talker alone teaches a network to
paint that talker on everyone.

    talker, closed  -> talker, now        movement of each point, scaled to the portrait's mouth
    portrait        -> portrait, now      pixels follow
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.landmarks import (
    INNER_LIPS,
    JAW,
    MESH,
    MOUTH_CORNERS,
    NOSE,
    OUTER_LIPS,
    opening,
)
from lipflap.core.face.matte import WORK
from lipflap.core.face.warp import warp
from lipflap.core.media.still import read_still
from lipflap.training.data.dataset import KEPT_PX, MARGIN_PX
from lipflap.training.data.labels import read_labels
from lipflap.training.data.training_clip import TrainingClip

MOVING = (*OUTER_LIPS, *INNER_LIPS, *JAW)
STILL = NOSE
CLOSED = 0.06
KEPT_LEFT, KEPT_TOP = WORK.left - MARGIN_PX, WORK.top - MARGIN_PX
GRID_STEP_PX = 4


def animate_portraits(
    folder: Path, sentences: Sequence[TrainingClip], each: int
) -> Iterator[TrainingClip]:
    """Yield labelled portraits with closed mouths, each saying `each` of the talker's sentences.

    All of them where there are fewer. Every tenth portrait is kept for the evaluation of landmarks
    and never used. Raises DubError.
    """
    rng = np.random.default_rng(5)
    labels = read_labels(folder, "image", "points_px")
    each = min(each, len(sentences))
    for number, (name, mesh) in enumerate(zip(labels["image"], labels["points_px"], strict=True)):
        points = mesh.astype(np.float64)[list(MESH)]
        if number % 10 == 0 or not can_speak(points):
            continue
        (matrix,) = crop_from_plate(points[None])
        crop_points = points @ matrix[:, :2].T + matrix[:, 2]
        matrix[:, 2] -= (KEPT_LEFT, KEPT_TOP)
        picture = read_still(folder / str(name))
        portrait = warp(picture, matrix, KEPT_PX[1], KEPT_PX[0])
        for index in rng.choice(len(sentences), each, replace=False):
            sentence = sentences[index]
            frames = animate(portrait, crop_points, sentence.frames, sentence.points)
            title = f"{Path(str(name)).stem} says {sentence.name}"
            yield replace(sentence, name=title, frames=frames)


def can_speak(points: NDArray) -> bool:
    """Return whether a portrait's mouth is closed, so that it can be opened."""
    return opening(points) < CLOSED


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
    tint = _skin(portrait, rest) / np.maximum(_skin(talker[0], closed), 1)
    rows = []
    for film, points in zip(talker, talking, strict=True):
        moved = rest + scale * _without_head(points - closed)
        face = _warp_points(portrait, rest, moved)
        mouth = _warp_points(film, points[list(INNER_LIPS)], moved[list(INNER_LIPS)])
        mouth = np.clip(mouth * (0.5 + 0.5 * tint), 0, 255)
        gap = _gap(moved)[..., None]
        rows.append(face * (1 - gap) + mouth * gap)
    return np.stack(rows).round().astype(np.uint8)


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


def _gap(points: NDArray) -> NDArray[np.float32]:
    """Return a soft matte [80, 112] of what lies between the lips."""
    matte = np.zeros(KEPT_PX, np.float32)
    polygon = np.round(points[list(INNER_LIPS)] * 16).astype(np.int32)
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
