"""Measures, while a shot is painted, whether the new mouths say the dub.

    face as filmed  --its points-----------------> lips \\
                                                         agreement with the dub, each
    finished frame  --landmarks, found again-----> lips /

The old mouth is measured beside the new one: the new one should fit the dub, the old one not.
Figures come from our own judge (core.motion.lip_sync), not from the public SyncNet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.face.align import points_in_plate
from lipflap.core.face.track import PointsIn
from lipflap.core.media.decode import Frame
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo
from lipflap.core.motion.lip_sync import LagScores, LipSync
from lipflap.core.result import SyncFigures
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND

AROUND = 0.6  # of a face, on each side: what the landmark network looks at


@dataclass(slots=True)
class SyncMonitor:
    """The old and new lips of one face plan, collected while it is painted.

    speaks     [count] frames of the shot in which its dub is heard
    sound      [T, 64] that dub embedded, from PREROLL_S before the first frame
    points_in  rgb8, points nearby -> points [72, 2]
    """

    plan: FacePlan
    speaks: NDArray[np.bool_]
    sound: Tensor
    judge: LipSync
    points_in: PointsIn
    rate: Fraction
    _points: NDArray[np.float64] = field(init=False)
    _observed: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self._points = self.plan.points.astype(np.float64)
        self._observed = np.zeros(len(self._points), bool)

    def observe(self, frame: int, written: Frame, info: MediaInfo) -> None:
        """Find the lips of a finished frame again, if the plan gives it a new mouth."""
        if not self.plan.shows(frame):
            return
        row = frame - self.plan.first_frame
        crop_from_plate = self.plan.crop_from_plate[row]
        near = points_in_plate(self.plan.points[row], crop_from_plate)
        found = find_again(written, info, near, self.points_in)
        self._points[row] = found @ crop_from_plate[:, :2].T + crop_from_plate[:, 2]
        self._observed[row] = True

    def lag_scores(self) -> tuple[LagScores, LagScores]:
        """Return how the new and the old lips fit the dub where it is heard."""
        first = self.plan.first_frame
        counted = self._observed & self.speaks[first : first + len(self._observed)]
        first_s = PREROLL_S + first / self.rate
        new, old = (
            self.judge.lag_scores(points, counted, first_s, self.rate, self.sound)
            for points in (self._points, self.plan.points)
        )
        return new, old


def find_again(
    picture: Frame, info: MediaInfo, near: NDArray, points_in: PointsIn
) -> NDArray[np.float32]:
    """Find the points [72, 2] of a face near others, in the plate."""
    low, high = near.min(0), near.max(0)
    margin = AROUND * (high - low)
    x0, y0 = np.floor(np.clip(low - margin, 0, None)).astype(int).tolist()
    x1, y1 = np.ceil(high + margin).astype(int).tolist()
    box = colour.Box(x0, y0, min(x1, info.width), min(y1, info.height))
    rgb8 = colour.rgb8(picture, info, box)
    found, _, _ = points_in(rgb8, (near - (x0, y0)).astype(np.float32))
    return np.asarray(found + np.array([x0, y0]), np.float32)


def sync_figures(monitors: Sequence[SyncMonitor]) -> SyncFigures | None:
    """Return the figures of the face that fits its dub worst; None if none speaks for a second.

    A face is measured on all its plans together.
    """
    faces = {monitor.plan.face for monitor in monitors}
    of_faces = [_face_figures([m for m in monitors if m.plan.face == face]) for face in faces]
    measured = [figures for figures in of_faces if figures is not None]
    return min(measured, key=lambda f: f.confidence / f.chance_level, default=None)


def _face_figures(monitors: Sequence[SyncMonitor]) -> SyncFigures | None:
    scores = [monitor.lag_scores() for monitor in monitors]
    new, old = (sum(rest, first) for first, *rest in zip(*scores, strict=True))
    new_fit, old_fit = new.agreement(), old.agreement()
    if new_fit is None or old_fit is None:
        return None
    return SyncFigures(
        offset_ms=new_fit.offset_ms,
        confidence=round(new_fit.confidence, 3),
        untouched_confidence=round(old_fit.confidence, 3),
        speech_s=new.ticks / TICKS_A_SECOND,
    )
