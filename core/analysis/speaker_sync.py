"""Sync scores of the faces of a camera shot against the production sound.

camera shot   |----------------------------------------|
production         ##  #   ####### ######  ###
scored                 [=== WINDOW_S ===]                    where most is said

The pictures are decoded once more for this, since faces are only known after the first pass; a
few seconds are enough, so the cost does not grow with the shot.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from lipflap.core.analysis.crop import extract_mouth, track_crops
from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.sync_scorer import (
    MouthEmbeddings,
    SyncScorer,
    audio_embeddings,
    scored_ticks,
)
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import Frame
from lipflap.core.media.probe import MediaInfo
from lipflap.core.voice.syncnet import MAX_TICKS, cosines

WINDOW_S = 10
NEAR_TICKS = 2  # sound and picture of a cut may be this far apart


@dataclass(frozen=True, slots=True)
class SpeakerSync:
    """The mouths of a shot, scored against its production sound.

    decode   numbers of the shot's frames -> those frames
    log_mel  [80, hops] of the production sound, from PREROLL_S before the first frame
    speaks   [count] frames in which somebody speaks
    """

    scorer: SyncScorer
    decode: Callable[[Sequence[int]], Iterable[Frame]]
    info: MediaInfo
    rate: Fraction
    log_mel: NDArray[np.float32]
    speaks: NDArray[np.bool_]

    def scores(self, tracks: Mapping[int, FaceTrack], start: int, end: int) -> dict[int, float]:
        """Return how well faces fit the speech in frames [start, end), by their number.

        The mean cosine at the best offset near sync, less the median over all offsets. A face
        that is visible for less than a second of speech has no score.
        """
        frames = most_speech_window(self.speaks, start, end, round(WINDOW_S * self.rate))
        mouths = {n: MouthEmbeddings(self.scorer.embed_video, self.rate) for n in tracks}
        crops = {n: track_crops(track) for n, track in tracks.items()}
        for frame, plate in zip(frames, self.decode(frames), strict=True):
            for n, track in tracks.items():
                row = frame - track.first_frame
                if 0 <= row < len(track) and track.visible[row]:
                    mouths[n].add(frame, extract_mouth(plate, self.info, crops[n][row]))
        scores = {n: self._score(embeddings, frames) for n, embeddings in mouths.items()}
        return {n: score for n, score in scores.items() if score is not None}

    def _score(self, mouths: MouthEmbeddings, frames: range) -> float | None:
        ticks, scored = scored_ticks(frames, self.speaks, self.rate)
        audio = audio_embeddings(self.scorer.embed_audio, self.log_mel, ticks, Fraction(PREROLL_S))
        by_offset = cosines(mouths.embeddings(ticks).masked_fill(~scored, torch.nan), audio)
        if by_offset is None:
            return None
        near = by_offset[MAX_TICKS - NEAR_TICKS : MAX_TICKS + NEAR_TICKS + 1]
        return float(near.max() - by_offset.median())


def most_speech_window(speaks: NDArray[np.bool_], start: int, end: int, max_frames: int) -> range:
    """Return at most `max_frames` of the frames [start, end): the earliest run with most speech."""
    if end - start <= max_frames:
        return range(start, end)
    window = np.ones(max_frames, np.int64)
    spoken = np.convolve(speaks[start:end].astype(np.int64), window, "valid")
    first = start + int(spoken.argmax())
    return range(first, first + max_frames)
