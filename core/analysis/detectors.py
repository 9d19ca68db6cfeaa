"""The networks that find faces in a shot and judge how well lips fit a sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lipflap.core.device import best_device
from lipflap.core.errors import DubError
from lipflap.core.face.detect import Detector, cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import PointsIn
from lipflap.core.motion.lip_sync import LipSync, load_lip_sync
from lipflap.core.voice.speech_encoder import SpeechEncoder

EMBEDDED, FACE_ALIGNMENT = "embedded", "face-alignment"


@dataclass(frozen=True, slots=True)
class Detectors:
    """The networks that analyse a shot.

    face_detectors  rgb8 -> boxes [N, 4], each tried when those before it found no face
    points_in       rgb8, box or points nearby -> points [72, 2], confidence of face and lips
    judge           of lips and sound; None to do without
    """

    face_detectors: Sequence[Detector]
    points_in: PointsIn
    judge: LipSync | None = None


def load_detectors(
    tracker: str, weights: Path | None = None, encoder: SpeechEncoder | None = None
) -> Detectors:
    """Load the detectors of a tracker.

    weights  folder of the tracker's weights, if it is not its own cache
    encoder  of speech, if it is loaded already

    Raises DubError when there is no such tracker, or a file of it is missing or damaged.
    """
    if tracker == EMBEDDED:
        return Detectors(
            cascade_detectors(), load_landmarker().points, load_lip_sync(encoder=encoder)
        )
    if tracker == FACE_ALIGNMENT:
        from lipflap.core.face.s3fd_fan import load_s3fd_fan

        detector, points_in = load_s3fd_fan(best_device(), weights)
        return Detectors([detector], points_in, load_lip_sync(encoder=encoder))
    raise DubError(f"there is no tracker {tracker!r}.", fix=f"Use {EMBEDDED} or {FACE_ALIGNMENT}.")
