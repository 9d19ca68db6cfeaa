"""Measurements of films: lips by landmarks, sync by the sync scorer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import PointsIn
from lipflap.training.data.validation import EvalClips, Film, mismatched
from lipflap.training.evaluation import lips
from lipflap.training.evaluation.rollout import to_tensor
from lipflap.training.evaluation.sync_scorer import SyncScorer, frame_at, load_sync_scorer
from lipflap.training.mouth.sync_network import CLIP_TICKS, TICKS_A_SECOND, Agreement, agreement
from lipflap.training.sync import to_mouth_clips

IN_SYNC_TICKS = 1
EITHER_SIDE = CLIP_TICKS // 2


@dataclass(frozen=True, slots=True)
class Evaluators:
    """The networks that measure films; neither had a part in painting them."""

    points_in: PointsIn
    sync_scorer: SyncScorer


def load_evaluators() -> Evaluators:
    """Load the shipped landmark network and sync scorer. Raises DubError."""
    return Evaluators(load_landmarker().points, load_sync_scorer())


@dataclass(frozen=True, slots=True)
class Observation:
    """Films of N sentences, and what was measured in them.

    film              [N, T, 64, 96, 3]
    points            [N, T, 72, 2] in crop pixels
    openings          [N, T] of the mouths, in eye distances
    video_embeddings  [N, L, 128] of the sync scorer, one a tick
    """

    film: Film
    points: NDArray[np.float32]
    openings: NDArray[np.float64]
    video_embeddings: Tensor


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """N sentences as they were filmed, and the sync scorer's embeddings of their sounds.

    audio_embeddings  [N, L, 128] of each sentence's own sound
    mismatched_audio  [N, L, 128] of another sentence's
    """

    sentences: EvalClips
    observation: Observation
    audio_embeddings: Tensor
    mismatched_audio: Tensor


def ground_truth(sentences: EvalClips, evaluators: Evaluators) -> GroundTruth:
    """Measure sentences as they were filmed."""
    scorer, sound = evaluators.sync_scorer, sentences.sound
    return GroundTruth(
        sentences,
        observe(sentences.mouths, sentences, evaluators),
        _embed_audio(sound, sentences, scorer),
        _embed_audio(mismatched(sound), sentences, scorer),
    )


def observe(film: Film, sentences: EvalClips, evaluators: Evaluators) -> Observation:
    """Measure work rectangles [N, T, 64, 96, 3] in the crops of sentences."""
    points = lips.points_in_film(sentences.crops, film, evaluators.points_in)
    embeddings = _embed_video(film, sentences, evaluators.sync_scorer)
    return Observation(film, points, lips.openings(points), embeddings)


def mismatched_truth(truth: GroundTruth, evaluators: Evaluators) -> Observation:
    """Measure another sentence's true mouths: what a perfect dub could show."""
    film = mismatched(truth.observation.film)
    points, openings = mismatched(truth.observation.points), mismatched(truth.observation.openings)
    embeddings = _embed_video(film, truth.sentences, evaluators.sync_scorer)
    return Observation(film, points, openings, embeddings)


def agreements(video: Tensor, audio: Tensor) -> list[Agreement]:
    """Return the sync of embeddings [N, L, 128], of those sentences that are long enough."""
    each = (agreement(*pair) for pair in zip(video, audio, strict=True))
    return [agreed for agreed in each if agreed is not None]


def in_sync(agreed: Sequence[Agreement]) -> float | None:
    """Return the share of sentences in sync within a tick; None without any."""
    if not agreed:
        return None
    return float(np.mean([abs(one.offset_ticks) <= IN_SYNC_TICKS for one in agreed]))


def confidence(agreed: Sequence[Agreement]) -> float:
    """Return the mean confidence over sentences; 0 without any."""
    return float(np.mean([one.confidence for one in agreed])) if agreed else 0.0


def _embed_video(film: Film, sentences: EvalClips, scorer: SyncScorer) -> Tensor:
    shown = _frames_at_ticks(sentences)
    return torch.stack([scorer.embed_video(to_mouth_clips(to_tensor(one[shown]))) for one in film])


def _embed_audio(sound: NDArray[np.float32], sentences: EvalClips, scorer: SyncScorer) -> Tensor:
    middle = _frames_at_ticks(sentences)[EITHER_SIDE:-EITHER_SIDE]
    return torch.stack([scorer.embed_audio(torch.from_numpy(one[middle])) for one in sound])


def _frames_at_ticks(sentences: EvalClips) -> list[int]:
    """Return the frame that is shown at each tick of the sync scorer's clock."""
    count = sentences.crops.shape[1]
    ticks = range(int(count / sentences.rate * TICKS_A_SECOND) + 1)
    return [frame for frame in (frame_at(tick, sentences.rate) for tick in ticks) if frame < count]
