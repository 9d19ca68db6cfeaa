"""The framewise painter: no mouth depends on another, so a window of frames is one batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lipflap.core.diffusion.condition import Condition, Paint
from lipflap.core.face.align import Crop
from lipflap.core.paint.rollout import (
    LogMel,
    crop_to_tensor,
    tensor_to_crop,
    work_mask,
)

WINDOW_FRAMES = 8


@dataclass(frozen=True, slots=True)
class FramewisePainter:
    """The mouth painter of one face in one camera shot, for frames in any order.

    paint     Condition and noise [B, 3, H, W], of work rectangles -> pictures alike
    identity  crop [128, 128, 3] that shows the actor, RGB in 0..1
    noise     [1, 3, H, W], one for all frames, or the mouth would shimmer

    Only the noise and the identity are shared between frames: the frame-wise mode of Diff2Lip
    (Mukhopadhyay et al. 2024, arXiv:2308.09716).
    """

    paint: Paint
    identity: Crop
    noise: Tensor

    def repaint(
        self, frames: Sequence[int], crops: Sequence[Crop], sounds: Sequence[LogMel]
    ) -> list[Crop]:
        """Return the crops [128, 128, 3] of frames with new mouths; the rest of them as it was.

        sounds  log-mel [80, 32] around each frame
        """
        count = len(frames)
        plates = torch.cat([crop_to_tensor(crop) for crop in crops])
        condition = Condition(
            plate=plates,
            mask=work_mask(),
            previous=plates,
            previous_known=torch.zeros(count),
            identity=crop_to_tensor(self.identity).expand(count, -1, -1, -1),
            sound=torch.from_numpy(np.stack(sounds)),
        )
        painted = self.paint(condition, self.noise.expand(count, -1, -1, -1))
        return [tensor_to_crop(*row) for row in zip(crops, painted, strict=True)]
