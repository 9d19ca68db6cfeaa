"""The autoregressive painter: each mouth is painted from the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.diffusion.condition import Condition, Paint
from lipflap.core.face.align import CROP_PX, Crop
from lipflap.core.face.matte import MOUTH, WIDE_MOUTH, WORK

LogMel = NDArray[np.float32]


@dataclass(slots=True)
class AutoregressivePainter:
    """The mouth painter of one face in one camera shot; it keeps the last mouth painted.

    paint     Condition and noise [1, 3, H, W], of the work rectangle -> pictures alike
    identity  crop [128, 128, 3] that shows the actor, RGB in 0..1
    noise     the same for the whole rollout, or the mouth would shimmer
    last      the frame painted last, and its work rectangle
    """

    paint: Paint
    identity: Crop
    noise: Tensor
    last: tuple[int, Tensor] | None = None

    def repaint(
        self, frames: Sequence[int], crops: Sequence[Crop], sounds: Sequence[LogMel]
    ) -> list[Crop]:
        """Return the crops of frames with new mouths, painted one after the other."""
        return [self.repaint_frame(*row) for row in zip(frames, crops, sounds, strict=True)]

    def repaint_frame(self, frame: int, crop: Crop, sound: LogMel) -> Crop:
        """Return the crop [128, 128, 3] of a frame with a new mouth; the rest of it as it was.

        sound  log-mel [80, 32] around the frame

        After a frame that was not painted, the rollout starts anew.
        """
        plate = crop_to_tensor(crop)
        follows = self.last is not None and self.last[0] == frame - 1
        previous = self.last[1] if self.last is not None and follows else plate
        condition = Condition(
            plate=plate,
            mask=work_mask(),
            previous=previous,
            previous_known=torch.tensor([float(follows)]),
            identity=crop_to_tensor(self.identity),
            sound=torch.from_numpy(sound)[None],
        )
        painted = self.paint(condition, self.noise)
        self.last = (frame, painted)
        return tensor_to_crop(crop, painted[0])


def fixed_noise(seed: int) -> Tensor:
    """Return noise [1, 3, H, W] for a rollout; the same on every kind of device."""
    height, width = WORK.bottom - WORK.top, WORK.right - WORK.left
    return torch.randn((1, 3, height, width), generator=torch.Generator().manual_seed(seed))


def crop_to_tensor(crop: Crop) -> Tensor:
    """Return the work rectangle of a crop as [1, 3, H, W] in -1..1."""
    picture: Tensor = WORK.of(torch.from_numpy(crop).permute(2, 0, 1))
    return picture[None] * 2 - 1


def tensor_to_crop(crop: Crop, work: Tensor) -> Crop:
    """Return the crop with its work rectangle replaced by [3, H, W] in -1..1."""
    out = crop.copy()
    out[WORK.top : WORK.bottom, WORK.left : WORK.right] = (work.permute(1, 2, 0).numpy() + 1) / 2
    return out


def work_mask(*, wide: bool = False) -> Tensor:
    """Return the mask [64, 96] of the work rectangle: 1 where the network repaints.

    wide  all but the rows above the mouth, chin and cheeks included
    """
    mask = torch.zeros(CROP_PX, CROP_PX)
    (WIDE_MOUTH if wide else MOUTH).of(mask)[:] = 1
    in_work: Tensor = WORK.of(mask)
    return in_work
