"""Train core.face.landmark_net on labelled faces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.face.landmark_net import (
    INPUT_PX,
    KIND,
    Landmarker,
    LandmarkNetwork,
    cut_region,
    region_from_points,
)
from lipflap.core.face.landmarks import COUNT, MESH, MIRROR, eye_distance
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.media.still import read_still
from lipflap.training.data.portraits import read_labels
from lipflap.training.fit import fit, save_weights
from lipflap.training.prefetch import prefetch


@dataclass(frozen=True, slots=True)
class Face:
    """A labelled face: a picture [H, W, 3] and its points [72, 2] in pixels."""

    rgb8: NDArray[np.uint8]
    points: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkRecipe:
    """Every number of a landmark network's training.

    batch                faces in a batch
    steps                batches to learn from
    average              decay of the averaged weights
    portraits_share      of the faces; the rest are the talker's
    faceless_share       of the faces, regions beside the face
    shift                of the region, at most, as a share of its size
    roll_rad, log_scale  how far the region is turned and scaled
    """

    batch: int = 64
    steps: int = 1800
    learning_rate: float = 2e-3
    average: float = 0.998
    portraits_share: float = 0.6
    faceless_share: float = 0.08
    shift: float = 0.16
    roll_rad: float = 0.5
    log_scale: float = 0.25
    seed: int = 1


def read_portraits(folder: Path) -> list[Face]:
    """Read every labelled portrait, in the order of the labels. Raises DubError."""
    labels = read_labels(folder, "image", "points_px")
    pairs = zip(labels["image"], labels["points_px"], strict=True)
    return [_face(read_still(folder / str(name)), mesh) for name, mesh in pairs]


def read_talker(folder: Path, films: Sequence[Path]) -> list[Face]:
    """Read every labelled frame of these films of a folder; labels say their stems.

    Raises DubError.
    """
    labels = read_labels(folder, "clip", "frame", "points_px")
    clips, frames, points = labels["clip"], labels["frame"], labels["points_px"]
    faces = []
    for film in films:
        info = probe(str(film))
        rows = {int(frames[row]): row for row in np.flatnonzero(clips == film.stem)}
        for number, frame in zip(sorted(rows), pictures(info, sorted(rows)), strict=True):
            faces.append(_face(colour.rgb8(frame, info), points[rows[number]]))
    return faces


def _face(rgb8: NDArray[np.uint8], mesh: NDArray) -> Face:
    return Face(rgb8, mesh[list(MESH)].astype(np.float32))


def draw_batches(
    groups: list[tuple[float, list[Face]]], recipe: LandmarkRecipe, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Draw grey [B, 1, 96, 96], points [B, 72, 2] in its pixels, and face labels [B].

    groups  share of the faces, and the faces to draw from
    A label is 1 for a face, 0 for none, -1 for a region between, which the loss leaves out.
    """
    shares = np.array([share for share, _ in groups])
    while True:
        rows = []
        for _ in range(recipe.batch):
            faces = groups[rng.choice(len(groups), p=shares / shares.sum())][1]
            rows.append(_sample(faces[rng.integers(len(faces))], recipe, rng))
        grey, points, labels = zip(*rows, strict=True)
        yield (
            torch.from_numpy(np.stack(grey))[:, None],
            torch.from_numpy(np.stack(points)),
            torch.tensor(labels, dtype=torch.float32),
        )


def _sample(
    face: Face, recipe: LandmarkRecipe, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    label = float(rng.random() > recipe.faceless_share)
    shift = recipe.shift if label else 1.2
    region = _disturb(region_from_points(face.points), recipe, shift, rng)
    if not label and np.abs(_apply(region, face.points).mean(0) - INPUT_PX / 2).max() < 45:
        label = -1.0  # neither on the face nor off it
    grey = cut_region(face.rgb8, region)
    points = _apply(region, face.points)
    if rng.random() < 0.5:
        grey = np.ascontiguousarray(grey[:, ::-1])
        points = points[list(MIRROR)] * [-1, 1] + [INPUT_PX - 1, 0]
    return _relight(grey, rng), points.astype(np.float32), label


def _disturb(
    region: NDArray, recipe: LandmarkRecipe, max_shift: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Shift, turn, scale and squeeze a region a little, as other heads and detectors would."""
    angle = rng.normal(0, recipe.roll_rad / 2)
    scale = np.exp(rng.uniform(-recipe.log_scale, recipe.log_scale))
    squeeze = np.diag([rng.uniform(0.8, 1.08), rng.uniform(0.95, 1.08)])
    shear = np.array([[1, rng.uniform(-0.12, 0.12)], [rng.uniform(-0.08, 0.08), 1]])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    change = scale * turn @ shear @ squeeze
    middle = np.array([INPUT_PX / 2, INPUT_PX / 2])
    shift = rng.uniform(-max_shift, max_shift, 2) * INPUT_PX
    moved = change @ region[:, 2] + middle - change @ middle + shift
    return np.hstack([change @ region[:, :2], moved[:, None]])


def _apply(matrix: NDArray, points: NDArray) -> NDArray:
    return points @ matrix[:, :2].T + matrix[:, 2]


def _relight(grey: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Change light, lens and camera, and put something in the way."""
    grey = np.clip(grey, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.5:
        slope = rng.normal(0, 0.5, 2)
        line = np.linspace(-1, 1, INPUT_PX)
        light = np.exp(slope[0] * line[None, :] + slope[1] * line[:, None])
        grey = grey * light.astype(np.float32)
    if rng.random() < 0.3:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.5, 2.5))
    if rng.random() < 0.3:
        small = int(rng.integers(24, 72))
        grey = cv2.resize(grey, (small, small), interpolation=cv2.INTER_AREA)
        grey = cv2.resize(grey, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.25:
        x, y = rng.integers(0, INPUT_PX - 20, 2)
        w, h = rng.integers(8, 34, 2)
        grey = grey.copy()
        grey[y : y + h, x : x + w] = rng.uniform(0, 1)
    grain = rng.normal(0, rng.uniform(0, 0.04), grey.shape)
    return np.clip(grey * rng.uniform(0.5, 1.2) + grain, 0, 1).astype(np.float32)


def loss_of(network: LandmarkNetwork, grey: Tensor, points: Tensor, labels: Tensor) -> Tensor:
    """Return the loss: distance of the points, spread of the maps, and face or no face."""
    predicted, deviation, face = network(grey)
    on = (labels == 1).float()
    away = (predicted - points).norm(dim=-1)
    distance = (torch.log1p(away / 0.5) * on[:, None]).sum() / (on.sum() * COUNT)
    tight = ((deviation - 4.0).clamp(min=0) * on[:, None]).sum() / (on.sum() * COUNT)
    labelled = labels >= 0
    face_loss = torch.nn.functional.binary_cross_entropy_with_logits(
        face[labelled], labels[labelled]
    )
    return distance + 0.02 * tight + 0.2 * face_loss


def train(
    portrait_faces: list[Face], talker_faces: list[Face], recipe: LandmarkRecipe
) -> LandmarkNetwork:
    """Train a new landmark network; return its averaged weights."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    network = LandmarkNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    share = recipe.portraits_share
    groups = [(share, portrait_faces), (1 - share, talker_faces)]
    return fit(network, prefetch(draw_batches(groups, recipe, rng)), _loss, recipe)


def _loss(network: LandmarkNetwork, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return loss_of(network, *batch)


def relative_errors(network: LandmarkNetwork, faces: list[Face]) -> NDArray[np.float64]:
    """Return the distance of each point from its label [N, 72], in eye distances.

    Each face is started from a region off by a tenth of its size and refined once.
    """
    landmarker = Landmarker(network.eval())
    rows = []
    for face in faces:
        nearby = face.points + 0.15 * eye_distance(face.points)
        points, _, _ = landmarker.points(face.rgb8, nearby)
        points, _, _ = landmarker.points(face.rgb8, points)
        rows.append(np.linalg.norm(points - face.points, axis=1) / eye_distance(face.points))
    return np.array(rows)


def save(network: LandmarkNetwork, path: Path) -> None:
    """Write a landmark network as the file that dubbing loads. Raises DubError."""
    save_weights(network.state_dict(), path, {"kind": KIND})
