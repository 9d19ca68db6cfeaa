"""Mouths below a title of the cut: they stay as filmed for as long as it hides them.

title    |    |=========|
mouth    --------------------         opacity of the new mouth:   ^^^^^|         |^^^^^

Nobody sees the change from one to the other, so nothing fades.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.face.align import points_in_plate
from lipflap.core.face.landmarks import LIPS
from lipflap.core.order import Overlay
from lipflap.core.result import KeptReason

_MARGIN = 0.5  # of the size of the lips: what is bent around them is hidden, too


def keep_below(
    plans: Sequence[FacePlan], overlays: Sequence[Overlay], width: int, height: int
) -> list[FacePlan]:
    """Keep the mouths as filmed that an overlay hides whole, in the frames in which it does.

    width, height   of the picture, in samples
    The new mouth is painted there, too, so that the frames after come out as they would have.
    """
    if not overlays:
        return list(plans)
    return [_kept(plan, overlays, np.array([width, height])) for plan in plans]


def _kept(plan: FacePlan, overlays: Sequence[Overlay], size: NDArray[np.int64]) -> FacePlan:
    frames = np.arange(len(plan.opacity)) + plan.first_frame
    boxes = np.stack([_mouth_box(plan, row) / size for row in range(len(frames))])
    hidden = np.zeros(len(frames), bool)
    for one in overlays:
        inside = (boxes[:, 0] >= [one.left, one.top]) & (boxes[:, 1] <= [one.right, one.bottom])
        hidden |= inside.all(1) & (frames >= one.frames.start) & (frames < one.frames.end)
    kept = {reason: flags & ~hidden for reason, flags in plan.kept.items()}
    kept[KeptReason.OVERLAID] = hidden & (plan.opacity > 0)
    return replace(plan, opacity=np.where(hidden, 0.0, plan.opacity), kept=kept)


def _mouth_box(plan: FacePlan, row: int) -> NDArray[np.float64]:
    """Return the first and the last corner [2, 2] of the mouth with a margin, in plate samples."""
    lips = points_in_plate(plan.points[row][list(LIPS)], plan.crop_from_plate[row])
    first, last = lips.min(0), lips.max(0)
    margin = _MARGIN * (last - first).max()
    return np.stack([first - margin, last + margin])
