"""A stretch of one person's face and voice, ready to learn from or to judge by."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

LEAD_HOPS = 16  # kept of the sound before the first frame and after the last: what a window holds


@dataclass(frozen=True, slots=True)
class EvalExtras:
    """What a take that never trains keeps beside its mouths.

    crops          [T, 128, 128, 3] whole aligned faces
    closed_frames  at which a b or p begins, as far as the times of words are known
    """

    crops: NDArray[np.uint8]
    closed_frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TrainingClip:
    """T frames of one face.

    frames  [T, 80, 112, 3] the work rectangle and what lies around it
    points  [T, 72, 2] in crop pixels
    hops    [H, 80] log10 of mel power, from LEAD_HOPS before the first frame
    judged  None when the take trains
    weight  how often a frame of it is drawn, against one of weight 1
    """

    name: str
    rate: Fraction
    frames: NDArray[np.uint8]
    points: NDArray[np.float32]
    hops: NDArray[np.float16]
    judged: EvalExtras | None
    weight: float = 1.0
