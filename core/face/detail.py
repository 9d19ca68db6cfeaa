"""The finest detail of a face, which a crop of 128 pixels cannot hold, from the plate itself.

    plate  -  its crop, enlarged    =  detail     pores, stubble, single hairs
    patch  +  likeness * detail                   kept where the new mouth looks as the old one did

Where lips or chin have moved, the plate's detail belongs to the old mouth and is left out.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.paste import Patch, Rgb, seen_from

NEAR = 0.06  # of the range 0..1: colours that differ by more show something else
SMOOTHED_PX = 1.5  # of the crop: detail comes and goes softly


def with_detail(
    patch: Patch, plate: Rgb, painted: Rgb, crop: Rgb, crop_from_plate: NDArray
) -> Patch:
    """The patch with the detail of the plate [h, w, 3] beneath it.

    painted, crop  [128, 128, 3] in 0..1, the new and the old mouth
    """
    height, width = patch.matte.shape
    crop_from_patch = crop_from_plate.copy()
    crop_from_patch[:, 2] += crop_from_plate[:, :2] @ (patch.left, patch.top)
    detail = plate - seen_from(crop_from_patch, crop, width, height)
    alike = seen_from(crop_from_patch, likeness(painted, crop), width, height)
    rgb = patch.rgb + np.clip(alike, 0, 1)[..., None] * detail
    return replace(patch, rgb=np.clip(rgb, 0, 1))


def likeness(painted: Rgb, crop: Rgb) -> NDArray[np.float32]:
    """[128, 128] from 1 where two crops [128, 128, 3] show the same down to 0."""
    import cv2

    apart = np.abs(painted - crop).max(2).astype(np.float32)
    apart = cv2.GaussianBlur(apart, (0, 0), SMOOTHED_PX)
    return np.exp(-((apart / NEAR) ** 2)).astype(np.float32)
