"""Crops of plates and of face tracks."""

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.align import Crop, to_crop
from lipflap.core.face.paste import crop_bounds
from lipflap.core.media import colour
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo


def extract_crop(plate: Frame, info: MediaInfo, crop_from_plate: NDArray[np.float64]) -> Crop:
    """The crop [128, 128, 3] of a plate, RGB in 0..1; only what it needs is converted."""
    left, top, right, bottom = crop_bounds(crop_from_plate, (info.width, info.height))
    crop_from_box = crop_from_plate.copy()
    crop_from_box[:, 2] += crop_from_plate[:, :2] @ (left, top)
    box = colour.Box(left, top, right, bottom)
    return np.asarray(to_crop(colour.rgb(plate, info, box), crop_from_box), np.float32)
