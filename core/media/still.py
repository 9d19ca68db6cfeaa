"""Single pictures, such as labelled portraits."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import MediaBroken, MediaMissing


def read_still(path: Path) -> NDArray[np.uint8]:
    """Read a PNG, JPEG or other 8-bit picture file as RGB [H, W, 3].

    Raises MediaMissing, and MediaBroken when it is no picture.
    """
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as problem:
        raise MediaMissing(
            f"cannot be read: {problem.strerror}.",
            where=str(path),
            fix="Check its permissions and its volume.",
        ) from problem
    bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if bgr is None:
        raise MediaBroken(
            "cannot be read as a picture.", where=str(path), fix="Save it again as PNG or JPEG."
        )
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
