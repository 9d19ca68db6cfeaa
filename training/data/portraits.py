"""Portraits, and labels of faces: a folder's landmarks.npz has the points of its pictures."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.detect import Detector
from lipflap.core.face.landmarks import MESH
from lipflap.core.face.track import PointsIn, track_faces
from lipflap.core.media.still import read_still

log = logging.getLogger(__name__)

LABELS = "landmarks.npz"
EVERY_PORTRAIT = 10  # every tenth labelled one is for evaluation, never for training
SUFFIXES = frozenset({".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture [H, W, 3] and the points [72, 2] of the face in it, in pixels."""

    name: str
    picture: NDArray[np.uint8]
    points: NDArray[np.float64]


def read_portraits(
    folder: Path, detectors: Sequence[Detector], points_in: PointsIn
) -> Iterator[Portrait]:
    """Yield the labelled portraits of a folder, or, where there are no labels, those with one face.

    Of labelled ones, those that are kept for the evaluation of landmarks are left out. Raises
    DubError.
    """
    if (folder / LABELS).exists():
        labels = read_labels(folder, "image", "points_px")
        pairs = zip(labels["image"], labels["points_px"], strict=True)
        for number, (image, mesh) in enumerate(pairs):
            if number % EVERY_PORTRAIT:
                picture = read_still(folder / str(image))
                points = mesh.astype(np.float64)[list(MESH)]
                yield Portrait(Path(str(image)).stem, picture, points)
        return
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise DubError(
            "holds no portraits.",
            where=str(folder),
            fix=f"Portraits are pictures whose names end in {', '.join(sorted(SUFFIXES))}.",
        )
    for path in paths:
        picture = read_still(path)
        (sighted,) = track_faces([(picture, False)], detectors, points_in)
        if len(sighted) == 1:
            yield Portrait(path.stem, picture, sighted[0].points.astype(np.float64))
        else:
            log.warning("Left out: %s shows %d faces, not one.", path, len(sighted))


def read_labels(folder: Path, *names: str) -> Mapping[str, NDArray]:
    """Return the arrays with these names from a folder's labels. Raises DubError."""
    path = folder / LABELS
    try:
        with path.open("rb") as file, np.load(file) as labels:
            return {name: labels[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as problem:
        raise DubError(
            f"cannot be read as labels of faces: {problem}.",
            where=str(path),
            fix=f"Give a folder of labelled pictures, with its {LABELS}.",
        ) from problem
