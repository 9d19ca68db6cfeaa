"""Measures, while a shot is painted, whether the new mouths say the dub.

    plate   --crop--> old mouth --embed_video--\\
                                                 agreement with the dub, each
    written --crop--> new mouth --embed_video--/

The old mouth is measured beside the new one: the new one should fit the dub, the old one not.
Figures come from our own sync network (core.voice.syncnet), not from the public SyncNet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.analysis.crop import extract_mouth
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.analysis.sync_scorer import (
    MouthEmbeddings,
    SyncScorer,
    audio_embeddings,
    scored_ticks,
    ticks_of,
)
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.order import SyncFigures
from lipflap.core.voice.syncnet import TICKS_A_SECOND, agreement


@dataclass(slots=True)
class SyncMonitor:
    """The old and new mouths of one face plan, collected while it is painted.

    speaks   [count] frames of the shot in which its dub is heard
    log_mel  [80, hops] of that dub, from PREROLL_S before the first frame
    """

    plan: FacePlan
    speaks: NDArray[np.bool_]
    log_mel: NDArray[np.float32]
    scorer: SyncScorer
    rate: Fraction
    old: MouthEmbeddings = field(init=False)
    new: MouthEmbeddings = field(init=False)

    def __post_init__(self) -> None:
        self.old = MouthEmbeddings(self.scorer.embed_video, self.rate)
        self.new = MouthEmbeddings(self.scorer.embed_video, self.rate)

    def observe(self, frame: int, plate: Frame, written: Frame, info: MediaInfo) -> None:
        """Collect the mouths of a frame, if the plan gives it a new one."""
        if not self.plan.shows(frame) or not ticks_of(frame, self.rate):
            return
        crop_from_plate = self.plan.crop_from_plate[frame - self.plan.first_frame]
        for mouths, picture in ((self.old, plate), (self.new, written)):
            mouths.add(frame, extract_mouth(picture, info, crop_from_plate))

    def embeddings(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return those of old mouths, new mouths and the dub, [N, 128] each, tick by tick.

        Mouths are NaN where the dub is silent, and beyond both ends.
        """
        first = self.plan.first_frame
        frames = range(first, first + len(self.plan.opacity))
        ticks, scored = scored_ticks(frames, self.speaks, self.rate)
        old, new = (mouths.embeddings(ticks) for mouths in (self.old, self.new))
        dub = audio_embeddings(self.scorer.embed_audio, self.log_mel, ticks, Fraction(PREROLL_S))
        return old.masked_fill(~scored, torch.nan), new.masked_fill(~scored, torch.nan), dub


def sync_figures(monitors: Sequence[SyncMonitor]) -> SyncFigures | None:
    """Return the figures of the face that fits its dub worst; None if none speaks for a second.

    A face is measured on all its plans together.
    """
    faces = {monitor.plan.face for monitor in monitors}
    of_faces = [_face_figures([m for m in monitors if m.plan.face == face]) for face in faces]
    measured = [figures for figures in of_faces if figures is not None]
    return min(measured, key=lambda f: f.confidence / f.chance_level, default=None)


def _face_figures(monitors: Sequence[SyncMonitor]) -> SyncFigures | None:
    old, new, dub = (
        torch.cat(rows) for rows in zip(*[m.embeddings() for m in monitors], strict=True)
    )
    new_fit, old_fit = agreement(new, dub), agreement(old, dub)
    if new_fit is None or old_fit is None:
        return None
    scored_count = int((~new[:, 0].isnan()).sum())
    return SyncFigures(
        offset_ms=new_fit.offset_ms,
        confidence=round(new_fit.confidence, 3),
        untouched_confidence=round(old_fit.confidence, 3),
        speech_s=scored_count / TICKS_A_SECOND,
    )
