"""What is seen and heard in films: lips by landmarks, their fit to a sound by the sync judge."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipflap.core.analysis.sync_scorer import SyncScorer, frame_at, load_sync_scorer
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.face.track import PointsIn
from lipflap.core.voice.syncnet import CLIP_TICKS, TICKS_A_SECOND, Agreement, agreement
from lipflap.training.data.validation import EvalClips, Film, mismatched
from lipflap.training.evaluation import lips
from lipflap.training.evaluation.rollout import to_tensor
from lipflap.training.sync import looks_of

IN_SYNC_TICKS = 1
EITHER_SIDE = CLIP_TICKS // 2


@dataclass(frozen=True, slots=True)
class Evaluators:
    """Who looks at films: neither network has to do with the one that painted them."""

    points_in: PointsIn
    judge: SyncScorer


def load_evaluators() -> Evaluators:
    """The shipped landmark network and sync judge. Raises DubError."""
    return Evaluators(load_landmarker().points, load_sync_scorer())


@dataclass(frozen=True, slots=True)
class Observation:
    """A film, and what was seen in it.

    film      [N, T, 64, 96, 3]
    points    [N, T, 72, 2] in crop pixels
    openings  [N, T]
    looks     [N, L, 128] of the judge, one a tick
    """

    film: Film
    points: NDArray[np.float32]
    openings: NDArray[np.float64]
    looks: Tensor


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The sentences as they were filmed, and their sounds as the judge hears them.

    heard            [N, L, 128] of the own sound
    heard_elsewhere  [N, L, 128] of another's
    """

    sentences: EvalClips
    seen: Observation
    heard: Tensor
    heard_elsewhere: Tensor


def ground_truth(sentences: EvalClips, by: Evaluators) -> GroundTruth:
    seen = observe(sentences.mouths, sentences, by)
    heard = _heard(sentences.sound, sentences, by.judge)
    return GroundTruth(
        sentences, seen, heard, _heard(mismatched(sentences.sound), sentences, by.judge)
    )


def observe(film: Film, sentences: EvalClips, by: Evaluators) -> Observation:
    """What is seen in work rectangles [N, T, 64, 96, 3] in the crops of sentences."""
    points = lips.points_in_film(sentences.crops, film, by.points_in)
    return Observation(film, points, lips.openings(points), _looks(film, sentences, by.judge))


def mismatched_truth(truth: GroundTruth, by: Evaluators) -> Observation:
    """Another sentence's true mouths: all that a dub of it could show."""
    film = mismatched(truth.seen.film)
    points, openings = mismatched(truth.seen.points), mismatched(truth.seen.openings)
    return Observation(film, points, openings, _looks(film, truth.sentences, by.judge))


def agreements(looks: Tensor, heard: Tensor) -> list[Agreement]:
    """Of those sentences [N, L, 128] that are long enough to judge."""
    each = (agreement(*pair) for pair in zip(looks, heard, strict=True))
    return [found for found in each if found is not None]


def in_sync(found: Sequence[Agreement]) -> float | None:
    """Share of sentences in sync within a tick."""
    if not found:
        return None
    return float(np.mean([abs(one.offset_ticks) <= IN_SYNC_TICKS for one in found]))


def confidence(found: Sequence[Agreement]) -> float:
    """Mean over sentences; 0 when none could be judged."""
    return float(np.mean([one.confidence for one in found])) if found else 0.0


def _looks(film: Film, sentences: EvalClips, judge: SyncScorer) -> Tensor:
    shown = _frame_of_ticks(sentences)
    return torch.stack([judge.embed_video(looks_of(to_tensor(one[shown]))) for one in film])


def _heard(sound: NDArray[np.float32], sentences: EvalClips, judge: SyncScorer) -> Tensor:
    middle = _frame_of_ticks(sentences)[EITHER_SIDE:-EITHER_SIDE]
    return torch.stack([judge.embed_audio(torch.from_numpy(one[middle])) for one in sound])


def _frame_of_ticks(sentences: EvalClips) -> list[int]:
    """The frame that is shown at each tick of the judge's clock."""
    count = sentences.crops.shape[1]
    ticks = range(int(count / sentences.rate * TICKS_A_SECOND) + 1)
    return [frame for frame in (frame_at(tick, sentences.rate) for tick in ticks) if frame < count]
