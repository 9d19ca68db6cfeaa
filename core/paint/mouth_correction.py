"""The correction of mouths that were laid from filmed ones.

    plate with its new mouth --to the crop--> network: residual --enlarged--> plate, corrected

The detail stays that of the filmed mouth, at the plate's resolution.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.device import best_device, fast_precision
from lipflap.core.diffusion.correction import (
    FOLD,
    KIND,
    SPREAD,
    CorrectionNetwork,
    correct,
    enlarge,
)
from lipflap.core.face.align import CROP_PX, to_crop
from lipflap.core.face.matte import WORK
from lipflap.core.face.paste import warp_to_plate
from lipflap.core.model_files import MOUTH_CORRECTION, locate
from lipflap.core.network_weights import check_kind, load_weights
from lipflap.core.paint.rollout import crop_to_tensor
from lipflap.core.reference.lay_mouth import mouth_matte

STEPS = 1
STRENGTH = 0.25  # of the residual: more of it greys teeth and the inside of the mouth
SEED = 0

Rgb = NDArray[np.float32]


def correct_mouth(
    network: CorrectionNetwork, face: Rgb, wanted: NDArray, box_to_crop: NDArray
) -> Rgb:
    """Return a box of a plate [h, w, 3] with its new mouth corrected; the rest of it as it was.

    wanted  [72, 2] points of the face in the crop
    """
    base = crop_to_tensor(to_crop(face, box_to_crop))
    matte = mouth_matte(wanted, np.eye(2, 3), CROP_PX, CROP_PX)
    mask = torch.from_numpy(WORK.of(matte).copy())[None, None]
    device = next(network.parameters()).device
    with torch.inference_mode(), fast_precision(device):
        noise = fixed_noise().to(device)
        residual = correct(network, base.to(device), mask.to(device), noise, STEPS).float().cpu()
    change = (STRENGTH * SPREAD / 2 * mask * enlarge(residual))[0].permute(1, 2, 0)
    in_crop = np.zeros((CROP_PX, CROP_PX, 3), np.float32)
    in_crop[WORK.top : WORK.bottom, WORK.left : WORK.right] = change
    height, width = face.shape[:2]
    return np.clip(face + warp_to_plate(box_to_crop, in_crop, width, height), 0, 1)


def fixed_noise() -> Tensor:
    """Return the noise [1, 3, 32, 48] of every frame: another one would make mouths shimmer."""
    size = ((WORK.bottom - WORK.top) // FOLD, (WORK.right - WORK.left) // FOLD)
    return torch.randn((1, 3, *size), generator=torch.Generator().manual_seed(SEED))


def load_correction(path: Path | None = None) -> CorrectionNetwork:
    """Load the shipped network, or that in `path`, on the best device there is.

    Raises DubError when it is missing or broken.
    """
    file = path or locate(MOUTH_CORRECTION)
    check_kind(file, KIND, "a mouth correction")
    network = CorrectionNetwork()
    load_weights(file, network, "a mouth correction")
    return network.to(best_device())
