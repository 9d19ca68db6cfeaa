"""How well each mouth of a camera shot fits the production sound, as the sync judge sees it.

camera shot   |----------------------------------------|
said that day      ##  #   ####### ######  ###
watched                [=== WATCHED_S ===]                   where most is said

The pictures are decoded once more for this, since only after the first pass are faces known; a few
seconds tell, so the cost does not grow with the shot.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from lipflap.core.analysis.crop import extract_crop
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.sync_scorer import (
    MouthEmbeddings,
    SyncScorer,
    audio_embeddings,
    scored_ticks,
)
from lipflap.core.face.align import crop_from_plate
from lipflap.core.face.matte import WORK
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.voice.syncnet import MAX_TICKS, cosines

WINDOW_S = 10
NEAR_TICKS = 2  # sound and picture of a cut may be this far apart


@dataclass(frozen=True, slots=True)
class SpeakerSync:
    """Everything needed to look at mouths of a shot again.

    plates   numbers of the shot's frames -> those frames
    log_mel  [80, hops] of the production sound, from LEAD_S before the first frame
    speaks   [count] frames in which somebody is heard
    """

    judge: SyncScorer
    plates: Callable[[Sequence[int]], Iterable[Frame]]
    info: MediaInfo
    rate: Fraction
    log_mel: NDArray[np.float32]
    speaks: NDArray[np.bool_]

    def fits(self, tracks: Mapping[int, FaceTrack], start: int, end: int) -> dict[int, float]:
        """How well faces fit what is said in frames [start, end), by their number.

        The mean cosine at the best offset near sync, less the median over all offsets. A face of
        which less than a second is seen while somebody speaks has no number.
        """
        frames = most_speech_window(self.speaks, start, end, round(WINDOW_S * self.rate))
        looks = {number: MouthEmbeddings(self.judge.see, self.rate) for number in tracks}
        crops = {number: _crops(track) for number, track in tracks.items()}
        for frame, plate in zip(frames, self.plates(frames), strict=True):
            for number, track in tracks.items():
                row = frame - track.first_frame
                if 0 <= row < len(track) and track.visible[row]:
                    crop = extract_crop(plate, self.info, crops[number][row])
                    looks[number].show(frame, crop[WORK.top : WORK.bottom, WORK.left : WORK.right])
        found = {number: self._fit(seen, frames) for number, seen in looks.items()}
        return {number: fit for number, fit in found.items() if fit is not None}

    def _fit(self, looks: MouthEmbeddings, frames: range) -> float | None:
        ticks, judged = scored_ticks(frames, self.speaks, self.rate)
        heard = audio_embeddings(self.judge.hear, self.log_mel, ticks, Fraction(PREROLL_S))
        scores = cosines(looks.seen(ticks).masked_fill(~judged, torch.nan), heard)
        if scores is None:
            return None
        near = scores[MAX_TICKS - NEAR_TICKS : MAX_TICKS + NEAR_TICKS + 1]
        return float(near.max() - scores.median())


def most_speech_window(speaks: NDArray[np.bool_], start: int, end: int, most: int) -> range:
    """At most `most` of the frames [start, end): the earliest run in which most is said."""
    if end - start <= most:
        return range(start, end)
    said = np.convolve(speaks[start:end].astype(np.int64), np.ones(most, np.int64), "valid")
    first = start + int(said.argmax())
    return range(first, first + most)


def _crops(track: FaceTrack) -> NDArray[np.float64]:
    breaks = np.flatnonzero(np.diff(track.visible.astype(np.int8))) + 1
    return crop_from_plate(track.points, breaks.tolist())
