"""Plots and pictures of an evaluation, as PNG files in memory."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.matte import WORK
from lipflap.training.data.validation import Film, mismatched
from lipflap.training.evaluation.evaluate import QualityPoint
from lipflap.training.evaluation.metrics import Metrics
from lipflap.training.evaluation.observe import GroundTruth, Observation

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Plot

TRUE, PAINTED, DRIVEN = "#222222", "#1f77b4", "#d95f02"
QUALITY_PLOTS: tuple[tuple[str, Callable[[Metrics], float | None]], ...] = (
    ("PSNR, dB", lambda f: f.picture.psnr_db),
    ("opening with its truth", lambda f: f.own.opening),
    ("confidence / the truth's", lambda f: f.own.confidence),
)


def opening_curves(truth: GroundTruth, own: Observation, cross: Observation, count: int) -> bytes:
    """Plot openings over frames of the first sentences: own sound left, another's right."""
    true, other_true = truth.observation.openings, mismatched(truth.observation.openings)
    plot = _plot(11, 2.1 * count + 0.4)
    for number, (left, right) in enumerate(plot.subplots(count, 2, squeeze=False, sharey=True)):
        left.plot(true[number], color=TRUE, label="truth")
        left.plot(own.openings[number], color=PAINTED, label="painted, own sound")
        for frame in truth.sentences.closed_frames[number : number + 1]:
            left.plot(frame, np.zeros(len(frame)), "^", color="#c00000", label="b or p: closed")
        right.plot(other_true[number], color=TRUE, label="truth of the driving sound")
        right.plot(cross.openings[number], color=DRIVEN, label="painted, another's sound")
        right.plot(true[number], color=TRUE, linewidth=0.7, linestyle=":", label="the old mouth")
        left.set_ylabel(_plain(truth.sentences.names[number]))
        for side in (left, right):
            side.legend(fontsize=7, loc="upper right", frameon=False)
    return _png(plot)


def quality_over_evaluations(points: Sequence[QualityPoint]) -> bytes:
    """Plot metrics against evaluations a frame, a line a sampler."""
    plot = _plot(11, 3.2)
    for side, (label, value) in zip(
        plot.subplots(1, len(QUALITY_PLOTS)), QUALITY_PLOTS, strict=True
    ):
        for name in dict.fromkeys(point.sampler for point in points):
            line = [point for point in points if point.sampler == name]
            side.plot(
                [point.evaluations for point in line],
                [value(point.metrics) for point in line],
                "o-",
                markersize=4,
                label=name,
            )
        ticks = sorted({point.evaluations for point in points})
        side.set_xscale("log")
        side.set_xticks(ticks, [str(tick) for tick in ticks])
        side.minorticks_off()
        side.set_xlabel("evaluations a frame")
        side.set_title(label, fontsize=10)
        side.legend(fontsize=8, frameon=False)
    return _png(plot)


def strip(crops: Film, mouths: Film, frames: Sequence[int]) -> bytes:
    """Picture crops [T, 128, 128, 3] with mouths [T, 64, 96, 3] pasted in, frame beside frame."""
    pictures = crops[list(frames)].copy()
    pictures[:, WORK.top : WORK.bottom, WORK.left : WORK.right] = mouths[list(frames)]
    return _encoded(np.concatenate(list(pictures), 1))


def _plot(width_in: float, height_in: float) -> "Plot":
    from matplotlib.figure import Figure as Plot

    return Plot(figsize=(width_in, height_in), layout="constrained")


def _png(plot: "Plot") -> bytes:
    file = BytesIO()
    plot.savefig(file, format="png", dpi=110)
    return file.getvalue()


def _encoded(rgb8: NDArray[np.uint8]) -> bytes:
    _, file = cv2.imencode(".png", cv2.cvtColor(rgb8, cv2.COLOR_RGB2BGR))
    return file.tobytes()


def _plain(name: str) -> str:
    """Escape a name so that matplotlib does not read it as mathematics."""
    return name.replace("$", r"\$")
