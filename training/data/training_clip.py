"""The pictures and the sound of one speaking face, in memory."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

LEAD_HOPS = 16  # kept of the sound before the first frame and after the last: what a window holds


@dataclass(frozen=True, slots=True)
class TrainingClip:
    """Aligned pictures and sound of one face that speaks, T frames, before they are in a SET.

    frames         [T, 80, 112, 3] the work rectangle and what lies around it
    points         [T, 72, 2] landmarks in crop pixels
    hops           [H, 80] log10 of mel power, from LEAD_HOPS before the first frame
    crops          [T, 128, 128, 3] whole aligned faces; None when the clip trains
    closed_frames  of a clip that validates: frames at which a b or p begins, where words' times
                   are known
    weight         how often a frame of it is drawn, against one of weight 1
    """

    name: str
    rate: Fraction
    frames: NDArray[np.uint8]
    points: NDArray[np.float32]
    hops: NDArray[np.float16]
    crops: NDArray[np.uint8] | None = None
    closed_frames: tuple[int, ...] = ()
    weight: float = 1.0

    @property
    def validates(self) -> bool:
        """Return whether the clip is for evaluation and never trained on."""
        return self.crops is not None
