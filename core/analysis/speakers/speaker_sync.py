"""Sync scores of the faces of a camera shot against the production sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.analysis.crop import track_crops
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.face.align import points_in_crop
from lipflap.core.face.track import FaceTrack
from lipflap.core.motion.lip_sync import MAX_LAG_TICKS, MIN_TICKS, LipSync

NEAR_TICKS = 4  # sound and picture of a cut may be this far apart


@dataclass(frozen=True, slots=True)
class SpeakerSync:
    """The faces of a shot, judged against its production sound.

    cuts    frames of the shot at which a new camera shot begins
    sound   [T, 64] embedded, from PREROLL_S before the first frame
    speaks  [count] frames in which somebody speaks
    """

    judge: LipSync
    rate: Fraction
    cuts: Sequence[int]
    sound: Tensor
    speaks: NDArray[np.bool_]

    def scores(self, tracks: Mapping[int, FaceTrack], start: int, end: int) -> dict[int, float]:
        """Return how well faces fit the speech in frames [start, end), by their number.

        The mean cosine at the best lag near sync, less the median over all lags. A face that
        is visible for less than a second of speech has no score.
        """
        scores = {n: self._score(track, start, end) for n, track in tracks.items()}
        return {n: score for n, score in scores.items() if score is not None}

    def _score(self, track: FaceTrack, start: int, end: int) -> float | None:
        first, last = max(start, track.first_frame), min(end, track.first_frame + len(track))
        rows = slice(first - track.first_frame, last - track.first_frame)
        points = points_in_crop(track.points[rows], track_crops(track, self.cuts)[rows])
        counted = track.visible[rows] & self.speaks[first:last]
        by_lag = self.judge.lag_scores(
            points, counted, PREROLL_S + first / self.rate, self.rate, self.sound
        )
        if by_lag.ticks < MIN_TICKS:
            return None
        near = by_lag.means[MAX_LAG_TICKS - NEAR_TICKS : MAX_LAG_TICKS + NEAR_TICKS + 1]
        return float(near.max() - np.median(by_lag.means))
