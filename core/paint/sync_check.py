"""What is measured of a shot while it is painted: do the new mouths say the dub?

    plate   --crop--> old mouth --see--\\
                                         agreement with the dub, each
    written --crop--> new mouth --see--/

The old mouth is judged beside the new one: that the new one fits the dub and the old one does not
is what a dub is for. Scores are those of our own judge (core.voice.sync), not the public
SyncNet's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.analysis.crop import extract_crop
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.analysis.sync_scorer import (
    MouthEmbeddings,
    SyncScorer,
    audio_embeddings,
    scored_ticks,
    ticks_of,
)
from lipflap.core.face.matte import WORK
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.order import SyncFigures
from lipflap.core.voice.syncnet import TICKS_A_SECOND, agreement


@dataclass(slots=True)
class SyncMonitor:
    """One part, watched while it is painted.

    speaks   [count] frames of the shot in which the dub it says is heard
    log_mel  [80, hops] of that dub, from LEAD_S before the first frame
    """

    part: FacePlan
    speaks: NDArray[np.bool_]
    log_mel: NDArray[np.float32]
    judge: SyncScorer
    rate: Fraction
    old: MouthEmbeddings = field(init=False)
    new: MouthEmbeddings = field(init=False)

    def __post_init__(self) -> None:
        self.old, self.new = (
            MouthEmbeddings(self.judge.see, self.rate),
            MouthEmbeddings(self.judge.see, self.rate),
        )

    def watch(self, frame: int, plate: Frame, written: Frame, info: MediaInfo) -> None:
        """A frame as it was and as it is written; nothing where the part leaves it alone."""
        if not self.part.shows(frame) or not ticks_of(frame, self.rate):
            return
        crop_from_plate = self.part.crop_from_plate[frame - self.part.first_frame]
        for looks, picture in ((self.old, plate), (self.new, written)):
            crop = extract_crop(picture, info, crop_from_plate)
            looks.show(frame, crop[WORK.top : WORK.bottom, WORK.left : WORK.right])

    def evidence(self) -> tuple[Tensor, Tensor, Tensor]:
        """Old and new mouths and the dub, [N, 128] each, tick by tick.

        Mouths are NaN where the dub is silent, and beyond both ends.
        """
        first = self.part.first_frame
        frames = range(first, first + len(self.part.opacity))
        ticks, judged = scored_ticks(frames, self.speaks, self.rate)
        old, new = (looks.seen(ticks) for looks in (self.old, self.new))
        heard = audio_embeddings(self.judge.hear, self.log_mel, ticks, Fraction(PREROLL_S))
        return old.masked_fill(~judged, torch.nan), new.masked_fill(~judged, torch.nan), heard


def sync_figures(screenings: Sequence[SyncMonitor]) -> SyncFigures | None:
    """Of the face that says its dub least clearly; None when none speaks for a second.

    A face is judged on all its parts together.
    """
    faces = {screening.part.face for screening in screenings}
    figures = [_of_face([s for s in screenings if s.part.face == face]) for face in faces]
    judged = [figure for figure in figures if figure is not None]
    return min(judged, key=lambda figure: figure.confidence / figure.chance, default=None)


def _of_face(screenings: Sequence[SyncMonitor]) -> SyncFigures | None:
    old, new, dub = (
        torch.cat(parts) for parts in zip(*[s.evidence() for s in screenings], strict=True)
    )
    fit, fit_as_filmed = agreement(new, dub), agreement(old, dub)
    if fit is None or fit_as_filmed is None:
        return None
    judged_ticks = int((~new[:, 0].isnan()).sum())
    return SyncFigures(
        offset_ms=fit.offset_ms,
        confidence=round(fit.confidence, 3),
        untouched_confidence=round(fit_as_filmed.confidence, 3),
        speech_s=judged_ticks / TICKS_A_SECOND,
    )
