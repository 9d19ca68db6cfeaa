"""The tracked points of a face, and the measures taken from them.

Seventy-two of the 478 points of the MediaPipe face mesh; MESH says which. Left and right are
the picture's, not the actor's.
"""

import numpy as np
from numpy.typing import NDArray

OUTER_LIPS_MESH = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375,
    291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
)  # fmt: skip
INNER_LIPS_MESH = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324,
    308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
LEFT_EYE_MESH = (33, 159, 133, 145)
RIGHT_EYE_MESH = (362, 386, 263, 374)
NOSE_MESH = (168, 1, 98, 2, 327)
JAW_MESH = (
    234, 132, 58, 172, 136, 150, 176, 148, 152, 377, 400, 379, 365, 397, 288, 361, 454,
)  # fmt: skip
BROWS_MESH = (105, 334)

MESH = (
    *OUTER_LIPS_MESH,
    *INNER_LIPS_MESH,
    *LEFT_EYE_MESH,
    *RIGHT_EYE_MESH,
    *NOSE_MESH,
    *JAW_MESH,
    *BROWS_MESH,
)
COUNT = len(MESH)


def _at(mesh: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(MESH.index(point) for point in mesh)


OUTER_LIPS = _at(OUTER_LIPS_MESH)
INNER_LIPS = _at(INNER_LIPS_MESH)
LIPS = (*OUTER_LIPS, *INNER_LIPS)
LEFT_EYE = _at(LEFT_EYE_MESH)
RIGHT_EYE = _at(RIGHT_EYE_MESH)
NOSE = _at(NOSE_MESH)
JAW = _at(JAW_MESH)
LOWER_JAW = JAW[4:13]
CHIN = MESH.index(152)
MOUTH_CORNERS = _at((61, 291))
INNER_LIP_MIDDLES = _at((13, 14))
BROWS = _at(BROWS_MESH)
EYE_CORNERS = _at((33, 133, 362, 263))
NOSE_BASE = _at((98, 2, 327))

_MIRROR_MESH = {
    61: 291, 146: 375, 91: 321, 181: 405, 84: 314, 185: 409, 40: 270, 39: 269, 37: 267,
    78: 308, 95: 324, 88: 318, 178: 402, 87: 317, 191: 415, 80: 310, 81: 311, 82: 312,
    33: 263, 159: 386, 133: 362, 145: 374, 98: 327,
    234: 454, 132: 361, 58: 288, 172: 397, 136: 365, 150: 379, 176: 400, 148: 377, 105: 334,
}  # fmt: skip
_BOTH_WAYS = _MIRROR_MESH | {right: left for left, right in _MIRROR_MESH.items()}
MIRROR = _at(tuple(_BOTH_WAYS.get(point, point) for point in MESH))

Points = NDArray[np.float32]


def eye_distance(points: Points) -> float:
    """Return the distance between the middles of the eyes, in the unit of `points` [COUNT, 2]."""
    left, right = points[list(LEFT_EYE)].mean(0), points[list(RIGHT_EYE)].mean(0)
    return float(np.linalg.norm(right - left))


def opening(points: Points) -> float:
    """Return how far the lips are apart, as a part of the eye distance; 0 is closed."""
    upper, lower = points[list(INNER_LIP_MIDDLES)]
    return float(np.linalg.norm(lower - upper)) / max(eye_distance(points), 1e-6)


def lip_lines(inner: NDArray) -> tuple[NDArray, NDArray]:
    """Return the lower and the upper line [11, 2] of inner lips [20, 2], from the left corner."""
    middle = len(inner) // 2 + 1
    return inner[:middle], np.roll(inner[::-1], 1, 0)[:middle]
