"""The accurate tracker: S3FD boxes and FAN points through the face-alignment package.

Its weights may not be shipped. They are read from a folder, checked, and never downloaded.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.face.detect import Boxes, Detector, Rgb8
from lipflap.core.face.landmarks import Points
from lipflap.core.face.track import PointsIn
from lipflap.core.model_files import sha256

# As their authors name them: after the dash, the start of their sha256.
S3FD_FILE = "s3fd-619a316812.pth"
FAN_FILE = "2DFAN4-11f355bf06.pth.tar"
HOME = "https://www.adrianbulat.com/downloads/python-fan"

IBUG_LIPS = slice(48, 68)
FACE_PEAK = 0.35  # mean peak of the heat maps on a face; elsewhere they stay far lower
FACE_ABOVE_BROWS = 0.25  # of a face's height from brows to chin, that a detector's box adds


def load_s3fd_fan(device: torch.device, folder: Path | None = None) -> tuple[Detector, PointsIn]:
    """Load the detector and the function that finds points, as track_faces takes them.

    folder  of the two weight files; by default the package's own cache

    Raises DubError that says which file to put where.
    """
    folder = folder or Path(torch.hub.get_dir()) / "checkpoints"
    s3fd_file, fan_file = _checked(folder / S3FD_FILE), _checked(folder / FAN_FILE)

    from face_alignment.detection.sfd.sfd_detector import SFDDetector
    from face_alignment.models import FAN

    detector = SFDDetector(str(device), path_to_detector=str(s3fd_file))
    network = FAN(4)
    network.load_state_dict(torch.load(fan_file, map_location="cpu", weights_only=True))
    network.to(device).eval()

    def detect(rgb8: Rgb8) -> Boxes:
        boxes = detector.detect_from_image(rgb8)
        # The package turns this on; it would let two runs of one order differ.
        torch.backends.cudnn.benchmark = False
        return np.array([box[:4] for box in boxes], np.float32).reshape(-1, 4)

    def points_in(rgb8: Rgb8, region: NDArray) -> tuple[Points, float, float]:
        box = region if region.shape == (4,) else _box_around(region)
        return _detect(network, device, rgb8, box)

    return detect, points_in


def from_ibug(ibug: NDArray) -> Points:
    """Convert the 68 points [68, 2] of iBUG 300-W (Sagonas et al. 2013) to ours [72, 2].

    Lips are rings from the left corner in both; theirs go over the upper lip first, ours over
    the lower, and in smaller steps.
    """
    middles = [(36, 36), (37, 38), (39, 39), (40, 41), (42, 42), (43, 44), (45, 45), (46, 47)]
    eyes = [(ibug[a] + ibug[b]) / 2 for a, b in middles]
    ours = [_ring(ibug[48:60]), _ring(ibug[60:68]), eyes, ibug[[27, 30, 31, 33, 35]]]
    return np.concatenate([*ours, ibug[:17], ibug[[19, 24]]]).astype(np.float32)


def _ring(points: NDArray) -> NDArray:
    """Return 20 even steps along a closed line [N, 2], backwards."""
    closed = np.concatenate([points, points[:1]])
    steps = np.linspace(len(points), 0, 21)[:20]
    return np.stack([np.interp(steps, np.arange(len(closed)), axis) for axis in closed.T], 1)


def _detect(
    network: torch.nn.Module, device: torch.device, rgb8: Rgb8, box: NDArray
) -> tuple[Points, float, float]:
    """Return points in a box [4], scaled as the package does it; confidence of face and lips."""
    from face_alignment import utils

    size = box[2:] - box[:2]
    centre = (box[:2] + box[2:]) / 2 - (0, utils.CENTER_Y_OFFSET * size[1])
    scale = float(size.sum()) / utils.REFERENCE_SCALE
    crop = utils.crop(rgb8, centre, scale).transpose(2, 0, 1).astype(np.float32) / 255
    with torch.inference_mode():
        heights: Any = network(torch.from_numpy(crop)[None].to(device))
    heights = heights[-1] if isinstance(heights, list) else heights
    _, ibug, peaks = utils.get_preds_fromhm(heights.float().cpu().numpy(), centre, scale)
    face, lips = (float(np.clip(p.mean() / FACE_PEAK, 0, 1)) for p in (peaks, peaks[0, IBUG_LIPS]))
    return from_ibug(ibug[0]), face, lips


def _box_around(points: Points) -> NDArray[np.float32]:
    """Return the box that a detector gives a face with these points [72, 2]."""
    box = np.concatenate([points.min(0), points.max(0)])
    box[1] -= FACE_ABOVE_BROWS * (box[3] - box[1])
    return box


def _checked(path: Path) -> Path:
    sha256_start = path.name.split("-")[1].split(".")[0]
    fix = f"Put {HOME}/{path.name} there, or name the folder that has it with --weights."
    if not path.is_file():
        raise DubError(
            "weights of the face-alignment tracker are missing.", where=str(path), fix=fix
        )
    if not sha256(path).startswith(sha256_start):
        raise DubError(
            f"is damaged or another file: its sha256 does not start with {sha256_start}.",
            where=str(path),
            fix=fix,
        )
    return path
