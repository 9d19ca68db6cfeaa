"""The painter of one face in one camera shot: crop, new mouth, patch, plate.

plate --crop--> crop --mouth painter--> painted crop --patch--> plate, new inside the matte only
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
from lipflap.core.media.decode import Frame
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo
from lipflap.core.paint.rollout import LogMel
from lipflap.core.timing import Stopwatch
from lipflap.core.voice.log_mel import window


class MouthPainter(Protocol):
    """A painter of mouths in crops: autoregressive or framewise."""

    def repaint(
        self, frames: Sequence[int], crops: Sequence[Crop], sounds: Sequence[LogMel]
    ) -> list[Crop]: ...


@dataclass(frozen=True, slots=True)
class FacePainter:
    """The painter of one face plan.

    log_mel  [80, hops] of its lines, from PREROLL_S before the first frame
    """

    plan: FacePlan
    mouth_painter: MouthPainter
    log_mel: LogMel
    rate: Fraction

    def repaint(
        self, first: int, plates: Sequence[Frame], info: MediaInfo, watch: Stopwatch
    ) -> list[Frame]:
        """Return plates from frame `first` on, with new mouths where the plan shows one."""
        new = list(plates)
        frames = [f for f in range(first, first + len(new)) if self.plan.row(f) is not None]
        if not frames:
            return new
        with watch.on("paste"):
            crops = [extract_crop(new[f - first], info, self._crop_from_plate(f)) for f in frames]
        with watch.on("sample"):
            sounds = [window(self.log_mel, f, self.rate, Fraction(PREROLL_S)) for f in frames]
            painted = self.mouth_painter.repaint(frames, crops, sounds)
        with watch.on("paste"):
            for f, crop, painted_crop in zip(frames, crops, painted, strict=True):
                if self.plan.shows(f):
                    new[f - first] = self._composite(f, new[f - first], info, crop, painted_crop)
        return new

    def _composite(
        self, frame: int, plate: Frame, info: MediaInfo, crop: Crop, painted: Crop
    ) -> Frame:
        row = frame - self.plan.first_frame
        crop_from_plate = self._crop_from_plate(frame)
        patch = make_patch(
            painted,
            crop,
            jaw=self.plan.jaw[row],
            mouth=self.plan.mouth[row],
            crop_from_plate=crop_from_plate,
            plate_size=(info.width, info.height),
            opacity=float(self.plan.opacity[row]),
        )
        height, width = patch.matte.shape
        box = colour.Box(patch.left, patch.top, patch.left + width, patch.top + height)
        patch = add_grain(patch, colour.rgb(plate, info, box), painted, crop, crop_from_plate)
        return colour.composite(plate, info, box, patch.rgb, patch.matte)

    def _crop_from_plate(self, frame: int) -> NDArray[np.float64]:
        return np.asarray(self.plan.crop_from_plate[frame - self.plan.first_frame])
