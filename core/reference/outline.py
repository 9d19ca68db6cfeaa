"""The outlines of what own mouths may change in a plate: the mouth laid in, the lower face bent.

directions --> the lips' furthest point in each, and a little further   around the mouth
jaw        --> a little beyond it, up to the nose base                   around the lower face
"""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import points_in_crop, points_in_plate
from lipflap.core.face.landmarks import JAW, LIPS, NOSE_BASE
from lipflap.core.reference.lay_mouth import WIDER_PX
from lipflap.core.reference.lower_face import ABOVE_PX, BELOW_PX, BESIDE_PX

_CORNERS = 12  # of the outline of a mouth


def mouth_outline(points: NDArray, crop_from_plate: NDArray) -> NDArray[np.float64]:
    """Return the outline [12, 2] of the matte of a mouth, in plate pixels.

    points  [72, 2] of the face, in plate pixels
    """
    turns = np.arange(_CORNERS) * 2 * np.pi / _CORNERS
    directions = np.stack([np.cos(turns), np.sin(turns)], 1)
    lips = _in_crop(points, crop_from_plate)[list(LIPS)]
    furthest = lips[(lips @ directions.T).argmax(0)]
    return points_in_plate(furthest + WIDER_PX * directions, crop_from_plate)


def lower_face_outline(points: NDArray, crop_from_plate: NDArray) -> NDArray[np.float64]:
    """Return the outline [9, 2] of the lower face that follows a mouth, in plate pixels.

    It runs where half of the bending is left, from ear to ear below the nose.
    """
    face = _in_crop(points, crop_from_plate)
    jaw = face[list(JAW)][::2]
    down = np.linspace(-1, 1, len(jaw))
    outward = np.sign(jaw[:, 0] - jaw[:, 0].mean()) * BESIDE_PX / 2
    outline = jaw + np.stack([outward, BELOW_PX / 2 * (1 - down**2)], 1)
    begins = face[list(NOSE_BASE), 1].mean() - ABOVE_PX / 2
    outline[:, 1] = np.maximum(outline[:, 1], begins)
    return points_in_plate(outline, crop_from_plate)


def _in_crop(points: NDArray, crop_from_plate: NDArray) -> NDArray[np.float64]:
    return points_in_crop(points[None], crop_from_plate[None])[0]
