"""The frame of a face's track in which it is known best, for a picture of it to look at."""

import numpy as np

from lipflap.core.extension.close_lids import eyes_of
from lipflap.core.face.landmarks import eye_distance
from lipflap.core.face.track import FaceTrack, yaw_proxy

_OPEN = 0.75  # quantile of how far lids are apart: eyes that blink and start are mostly as open


def best_view(track: FaceTrack) -> int:
    """Return the row of a track in which the face is large, towards the camera, its eyes open."""
    rows = np.flatnonzero(track.confidence > 0)  # sighted, not bridged
    points = track.points[rows]
    openings = np.array([[eye.opening for eye in eyes_of(face)] for face in points]).mean(1)
    usual = max(float(np.quantile(openings, _OPEN)), 1e-6)
    opened = np.minimum(openings / usual, 1)
    sizes = np.array([eye_distance(face) for face in points])
    frontal = np.array([max(0.0, 1 - yaw_proxy(face)) for face in points])
    return int(rows[np.argmax(opened * sizes * frontal)])
