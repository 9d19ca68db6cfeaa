"""The frames of a shot that guards left as filmed, for its report."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.order import DubOrder
from lipflap.core.paint.face_painter import FacePainter
from lipflap.core.paint.reference_painter import ReferencePainter
from lipflap.core.result import KeptFrames, KeptReason


def frames_kept(
    order: DubOrder,
    painters: Sequence[FacePainter | ReferencePainter],
    never_shown: Sequence[FacePlan],
) -> tuple[KeptFrames, ...]:
    """Return the written frames that stay as filmed although they were to get a new mouth.

    never_shown  plans of camera shots in which no frame gets one
    """
    kept_of_plans = [(painter.plan, _kept_by(painter)) for painter in painters]
    kept_of_plans += [(plan, plan.kept) for plan in never_shown]
    found = [
        KeptFrames(reason, start / order.output.rate, end - start)
        for plan, kept in kept_of_plans
        for reason, flags in kept.items()
        for start, end in _spans(flags, plan.first_frame, order)
    ]
    return tuple(sorted(found, key=lambda kept: (kept.start, kept.reason)))


def _kept_by(painter: FacePainter | ReferencePainter) -> Mapping[KeptReason, NDArray[np.bool_]]:
    """Return the rows [N] of a painter's plan that stay as filmed, by reason."""
    kept = dict(painter.plan.kept)
    if isinstance(painter, ReferencePainter):
        kept[KeptReason.MISMATCH] = painter.mismatched
    return kept


def _spans(flags: NDArray[np.bool_], first: int, order: DubOrder) -> Iterator[tuple[int, int]]:
    """Yield the written frames [start, end) of each run of flags [N], from frame `first` on."""
    edges = np.flatnonzero(np.diff(np.pad(flags.astype(np.int8), 1))) + first
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        start, end = max(start, order.written.start), min(end, order.written.end)
        if start < end:
            yield start, end
