"""One face in one camera shot, given a new mouth frame by frame.

plate --crop--> crop --walk--> painted crop --patch--> plate, new inside the matte only
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipflap.core.casting import Part
from lipflap.core.face.align import to_crop
from lipflap.core.face.paste import crop_bounds, patch_of
from lipflap.core.hearing import LEAD_S
from lipflap.core.media import colour
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.mouth_walk import Crop, MouthWalk
from lipflap.core.stopwatch import Stopwatch
from lipflap.core.voice.window import window


@dataclass(frozen=True, slots=True)
class Actor:
    """A part, and what it is played with.

    log_mel  [80, hops] of what it says, from LEAD_S before the first frame
    """

    part: Part
    walk: MouthWalk
    log_mel: NDArray[np.float32]
    rate: Fraction

    def repaint(self, frame: int, plate: Frame, info: MediaInfo, watch: Stopwatch) -> Frame:
        """The plate with a new mouth; as it was where the part leaves this frame alone."""
        row = self.part.row(frame)
        if row is None:
            return plate
        crop_from_plate = self.part.crop_from_plate[row]
        with watch.on("paste"):
            crop = crop_of(plate, info, crop_from_plate)
        with watch.on("sample"):
            heard = window(self.log_mel, frame, self.rate, Fraction(LEAD_S))
            painted = self.walk.step(frame, crop, heard)
        with watch.on("paste"):
            jaw, opacity = self.part.jaw[row], float(self.part.opacity[row])
            size = (info.width, info.height)
            patch = patch_of(painted, crop, jaw, crop_from_plate, size, opacity)
            height, width = patch.matte.shape
            box = colour.Box(patch.left, patch.top, patch.left + width, patch.top + height)
            return colour.lay(plate, info, box, patch.rgb, patch.matte)


def crop_of(plate: Frame, info: MediaInfo, crop_from_plate: NDArray[np.float64]) -> Crop:
    """The crop [128, 128, 3] of a plate, RGB in 0..1; only what it needs is converted."""
    left, top, right, bottom = crop_bounds(crop_from_plate, (info.width, info.height))
    crop_from_box = crop_from_plate.copy()
    crop_from_box[:, 2] += crop_from_plate[:, :2] @ (left, top)
    box = colour.Box(left, top, right, bottom)
    return np.asarray(to_crop(colour.rgb(plate, info, box), crop_from_box), np.float32)
