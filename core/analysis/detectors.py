"""detectors"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from lipflap.core.analysis.sync_scorer import SyncScorer, load_sync_scorer
from lipflap.core.device import best_device
from lipflap.core.diffusion.condition import Condition
from lipflap.core.errors import DubError
from lipflap.core.face.detect import Detector, cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import PointsIn
from lipflap.core.paint.rollout import Paint

EMBEDDED, FACE_ALIGNMENT = "embedded", "face-alignment"


@dataclass(frozen=True, slots=True)
class Kit:
    """What a shot needs from networks.

    searches   rgb8 -> boxes [N, 4], each tried when those before it found no face
    points_in  rgb8, box or points nearby -> points [72, 2] and confidence
    paint      Condition and noise -> pictures with new mouths
    judge      says how well mouths fit a sound; None leaves that unsaid
    """

    searches: Sequence[Detector]
    points_in: PointsIn
    paint: Paint
    judge: SyncScorer | None = None


def load_detectors(tracker: str, weights: Path | None = None) -> Kit:
    """A kit that sees and hears what a painting one does, and paints nothing. Raises DubError."""
    if tracker == EMBEDDED:
        return Kit(cascade_detectors(), load_landmarker().points, _unpainted, load_sync_scorer())
    if tracker == FACE_ALIGNMENT:
        from lipflap.core.face.s3fd_fan import load_s3fd_fan

        search, points_in = load_s3fd_fan(best_device(), weights)
        return Kit([search], points_in, _unpainted, load_sync_scorer())
    raise DubError(f"there is no tracker {tracker!r}.", fix=f"Use {EMBEDDED} or {FACE_ALIGNMENT}.")


def _unpainted(condition: Condition, noise: Tensor) -> Tensor:
    return condition.plate
