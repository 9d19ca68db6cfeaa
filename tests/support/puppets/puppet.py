"""A drawn face whose place, size and mouth are known in every frame, and networks that read it.

The eyes are pure blue and pure green, the open mouth pure red: what the puppet detector finds is
read back from the pixels, so it knows no more than the picture shows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from lipflap.core.analysis.detectors import Detectors
from lipflap.core.diffusion.condition import Condition
from lipflap.core.face.landmarks import (
    BROWS_MESH,
    COUNT,
    INNER_LIPS,
    JAW,
    LEFT_EYE,
    MESH,
    NOSE,
    OUTER_LIPS,
    RIGHT_EYE,
)
from lipflap.core.face.track import FaceTrack
from lipflap.core.motion.lip_sync import LipSync
from lipflap.core.paint.painter import Networks

BLUE, GREEN, RED = (0, 0, 255), (0, 255, 0), (255, 0, 0)
SKIN = (200, 160, 130)
LIPS_COLOUR = (150, 80, 80)
NEW_MOUTH = 0.25  # grey of what the puppet painter paints, in -1..1


@dataclass(frozen=True)
class Puppet:
    """x, y: middle of the eyes. eyes_px: their distance. opening: of the lips, in eye distances."""

    x: float
    y: float
    eyes_px: float
    opening: float = 0.0
    skin: tuple[int, int, int] = SKIN
    hair: tuple[int, int, int] = (60, 40, 20)


def draw(puppets: Iterable[Puppet], width: int, height: int) -> NDArray[np.uint8]:
    """Draw puppets [height, width, 3] before a plain wall with a little texture."""
    down, across = np.mgrid[0:height, 0:width]
    wall = (90 + 20 * np.sin(across / 9.0) * np.cos(down / 7.0)).astype(np.uint8)
    picture = np.repeat(wall[..., None], 3, 2)
    for p in puppets:
        e = p.eyes_px
        _ellipse(picture, p.x, p.y + 0.25 * e, 1.35 * e, 1.75 * e, p.hair)
        _ellipse(picture, p.x, p.y + 0.55 * e, 1.05 * e, 1.45 * e, p.skin)
        _ellipse(picture, p.x - e / 2, p.y, 0.16 * e, 0.1 * e, BLUE)
        _ellipse(picture, p.x + e / 2, p.y, 0.16 * e, 0.1 * e, GREEN)
        _ellipse(picture, p.x, p.y + 1.15 * e, 0.42 * e, 0.12 * e, LIPS_COLOUR)
        if p.opening > 0:
            _ellipse(picture, p.x, p.y + 1.15 * e, 0.3 * e, p.opening * e / 2, RED)
    return picture


def points_of(puppet: Puppet) -> NDArray[np.float32]:
    """Return the 72 points of a puppet."""
    at = np.zeros((COUNT, 2))
    at[list(OUTER_LIPS)] = _ring(0, 1.15, 0.42, 0.12 + puppet.opening / 2)
    at[list(INNER_LIPS)] = _ring(0, 1.15, 0.3, puppet.opening / 2)
    for eye, x in ((LEFT_EYE, -0.5), (RIGHT_EYE, 0.5)):
        at[list(eye)] = [(x - 0.2, 0), (x, -0.05), (x + 0.2, 0), (x, 0.05)]
    at[list(NOSE)] = [(0, 0), (0, 0.6), (-0.28, 0.74), (0, 0.8), (0.28, 0.74)]
    around = np.linspace(np.pi, 0, len(JAW))
    at[list(JAW)] = np.stack([1.05 * np.cos(around), 0.3 + 1.7 * np.sin(around)], 1)
    at[[MESH.index(brow) for brow in BROWS_MESH]] = [(-0.5, -0.35), (0.5, -0.35)]
    return (at * puppet.eyes_px + (puppet.x, puppet.y)).astype(np.float32)


def puppet_track(
    opening: NDArray, eyes_px: float = 40.0, first: int = 0, x: float = 100.0
) -> FaceTrack:
    """Return the track of a puppet from frame `first` on, its mouth open by `opening` [N]."""
    points = np.array([points_of(Puppet(x, 80, eyes_px, o)) for o in opening])
    n = len(points)
    sure = np.ones(n, np.float32)
    return FaceTrack(first, points, sure, sure, np.ones(n, bool), sure, np.zeros(192, np.float32))


def puppet_detector(rgb8: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the boxes of all puppets in a picture."""
    blue, green = _blobs(rgb8, BLUE), _blobs(rgb8, GREEN)
    boxes = [_box(left, right) for left, right in zip(blue, green, strict=False)]
    return np.array(boxes, np.float32).reshape(-1, 4)


def puppet_points(
    rgb8: NDArray[np.uint8], region: NDArray
) -> tuple[NDArray[np.float32], float, float]:
    """Return the points of the puppet in a box or near points, confidence of face and lips.

    That of the face is 0 where there is none; that of the lips is low where they cannot be seen.
    """
    near = region if region.shape == (4,) else np.concatenate([region.min(0), region.max(0)])
    x0, y0, x1, y1 = near
    wide, high = x1 - x0, y1 - y0
    left, top = max(0, int(x0 - 0.1 * wide)), max(0, int(y0 - 0.1 * high))
    part = rgb8[top : int(y1 + 0.1 * high) + 1, left : int(x1 + 0.1 * wide) + 1]
    eyes = [_blobs(part, colour) for colour in (BLUE, GREEN)]
    if not all(len(found) == 1 for found in eyes):
        return points_of(Puppet(float(x0 + x1) / 2, float(y0 + y1) / 2, float(wide) / 2)), 0.0, 0.0
    (lx, ly), (rx, ry) = eyes[0][0], eyes[1][0]
    red = _near(part, RED)
    column = red[:, round((lx + rx) / 2)]
    opening = column.sum() / (rx - lx)
    found = Puppet((lx + rx) / 2 + left, (ly + ry) / 2 + top, rx - lx, float(opening))
    x, y, e = (lx + rx) / 2, (ly + ry) / 2, rx - lx
    rows = slice(round(y + 0.95 * e), round(y + 1.35 * e) + 1)
    mouth = part[rows, max(0, round(x - 0.4 * e)) : round(x + 0.4 * e) + 1]
    lips = 1.0 if (_near(mouth, RED) | _near(mouth, LIPS_COLOUR)).any() else 0.2
    return points_of(found), 0.99, lips


def grey_paint(condition: Condition, noise: torch.Tensor) -> torch.Tensor:
    """Paint every mouth one grey."""
    return torch.where(condition.mask > 0, torch.tensor(NEW_MOUTH), condition.plate)


def puppet_networks(
    paint: Callable[[Condition, torch.Tensor], torch.Tensor] = grey_paint,
    judge: LipSync | None = None,
) -> Networks:
    return Networks(Detectors([puppet_detector], puppet_points, judge), paint)


def _box(left: NDArray, right: NDArray) -> list[float]:
    (x, y), e = (left + right) / 2, right[0] - left[0]
    return [x - 1.05 * e, y - 0.5 * e, x + 1.05 * e, y + 2 * e]


def _blobs(rgb8: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray:
    """Return the middles [N, 2] of the spots of one colour, from the left."""
    near = _near(rgb8, colour)
    count, _, stats, middles = cv2.connectedComponentsWithStats(near.astype(np.uint8))
    real = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= 4]
    return np.array(sorted(middles[real].tolist())).reshape(-1, 2)


def _near(rgb8: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Return a mask of the pixels of a colour, which a codec may have tinted."""
    red, green, blue = (
        np.abs(rgb8[..., n].astype(np.int16) - part) < 60 for n, part in enumerate(colour)
    )
    return red & green & blue


def _ring(x: float, y: float, half_width: float, half_height: float) -> NDArray:
    """20 points from the left corner over the lower lip and back over the upper."""
    around = np.pi - np.arange(20) * np.pi / 10
    return np.stack([x + half_width * np.cos(around), y + half_height * np.sin(around)], 1)


def _ellipse(
    picture: NDArray, x: float, y: float, half_width: float, half_height: float, colour
) -> None:
    fine = 16
    middle = (round(x * fine), round(y * fine))
    axes = (max(1, round(half_width * fine)), max(1, round(half_height * fine)))
    cv2.ellipse(picture, middle, axes, 0, 0, 360, colour, -1, cv2.LINE_8, 4)
