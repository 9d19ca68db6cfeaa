"""One face in one camera shot, given a new mouth frame by frame.

plate --crop--> crop --mouths--> painted crop --patch--> plate, new inside the matte only
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.crop import extract_crop
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.face.align import Crop
from lipflap.core.face.paste import add_grain, make_patch
from lipflap.core.media import colour
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.paint.rollout import LogMel
from lipflap.core.timing import Stopwatch
from lipflap.core.voice.log_mel import window


class MouthPainter(Protocol):
    """What paints the mouths of a part: a walk, or frame by frame."""

    def repaint(
        self, frames: Sequence[int], crops: Sequence[Crop], sounds: Sequence[LogMel]
    ) -> list[Crop]: ...


@dataclass(frozen=True, slots=True)
class FacePainter:
    """A part, and what it is played with.

    log_mel  [80, hops] of what it says, from LEAD_S before the first frame
    """

    part: FacePlan
    mouths: MouthPainter
    log_mel: LogMel
    rate: Fraction

    def repaint(
        self, first: int, plates: Sequence[Frame], info: MediaInfo, watch: Stopwatch
    ) -> list[Frame]:
        """Plates from frame `first` on with new mouths; as they were where it shows none."""
        new = list(plates)
        frames = [f for f in range(first, first + len(new)) if self.part.row(f) is not None]
        if not frames:
            return new
        with watch.on("paste"):
            crops = [extract_crop(new[f - first], info, self._crop_from_plate(f)) for f in frames]
        with watch.on("sample"):
            heard = [window(self.log_mel, f, self.rate, Fraction(PREROLL_S)) for f in frames]
            painted = self.mouths.repaint(frames, crops, heard)
        with watch.on("paste"):
            for f, crop, mouth in zip(frames, crops, painted, strict=True):
                if self.part.shows(f):
                    new[f - first] = self._laid(f, new[f - first], info, crop, mouth)
        return new

    def _laid(self, frame: int, plate: Frame, info: MediaInfo, crop: Crop, painted: Crop) -> Frame:
        row = frame - self.part.first_frame
        jaw, opacity = self.part.jaw[row], float(self.part.opacity[row])
        size = (info.width, info.height)
        crop_from_plate = self._crop_from_plate(frame)
        mouth = self.part.mouth[row]
        patch = make_patch(painted, crop, jaw, mouth, crop_from_plate, size, opacity)
        height, width = patch.matte.shape
        box = colour.Box(patch.left, patch.top, patch.left + width, patch.top + height)
        patch = add_grain(patch, colour.rgb(plate, info, box), painted, crop, crop_from_plate)
        return colour.composite(plate, info, box, patch.rgb, patch.matte)

    def _crop_from_plate(self, frame: int) -> NDArray[np.float64]:
        return np.asarray(self.part.crop_from_plate[frame - self.part.first_frame])
