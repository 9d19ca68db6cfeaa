"""The metrics of a mouth model, from measurements of the films it painted.

None where a figure was not measured, or cannot be. Correlations are of mouth openings, means
over sentences; sync is measured by our own scorer, which is not the public SyncNet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.training.data.validation import mismatched
from lipflap.training.evaluation import image_metrics, lips
from lipflap.training.evaluation.image_metrics import Region
from lipflap.training.evaluation.observe import (
    GroundTruth,
    Observation,
    agreements,
    confidence,
    in_sync,
)
from lipflap.training.evaluation.rollout import LongRollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Picture quality with the own sound, in the region repainted.

    sharpness  mean absolute gradient over the truth's
    flicker    change of the skin from frame to frame over the truth's
    distance   Fréchet distance of the sync scorer's video embeddings from those of the truth
    """

    psnr_db: float | None = None
    ssim: float | None = None
    sharpness: float | None = None
    flicker: float | None = None
    distance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSound:
    """Lips and sync when painted to the sentence's own sound.

    opening     correlation with the truth
    elsewhere   correlation with another sentence's truth: what chance gives
    reach       standard deviation over the truth's
    in_sync     share of sentences in sync within a tick
    confidence  of the sync scorer, over that in the truth
    closed      share of b and p at which lips are closed
    closed_gap  that, less the truth's share
    """

    opening: float | None = None
    elsewhere: float | None = None
    reach: float | None = None
    in_sync: float | None = None
    confidence: float | None = None
    closed: float | None = None
    closed_gap: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnothersSound:
    """Lips and sync when painted to another sentence's sound.

    opening     correlation with that sentence's truth
    leak        correlation with the mouth that was painted over
    in_sync     share of sentences in sync with the driving sound within a tick
    confidence  of the sync scorer with the driving sound, over that with the original
    """

    opening: float | None = None
    leak: float | None = None
    in_sync: float | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSound:
    """Lips when painted to silence.

    opening  mean, over the talker's closed mouth
    reach    mean, from 0 for the closed mouth to 1 for the widest
    """

    opening: float | None = None
    reach: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Change from the start to the end of a rollout of 1500 frames.

    lost_db    of PSNR
    sharpness  after, over before
    """

    lost_db: float | None = None
    sharpness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Speed of the sampler alone, with nothing decoded, tracked or pasted.

    evaluations      of the network, a frame
    frames_a_second  over eight shots in lockstep
    wav2lips         cost of a frame, in passes of 8 GFLOP as Wav2Lip's, run beside it
    """

    evaluations: int | None = None
    frames_a_second: float | None = None
    wav2lips: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The metrics of one model or baseline: a column of the table."""

    picture: Picture = Picture()
    own: OwnSound = OwnSound()
    cross: AnothersSound = AnothersSound()
    silence: NoSound = NoSound()
    drift: Drift = Drift()
    speed: Speed = Speed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The films of one model or baseline: with the own sound, another's, and silence.

    region  of the work rectangle [64, 96], what was repainted
    """

    region: Region
    own: Observation | None = None
    cross: Observation | None = None
    silent: Observation | None = None
    long: LongRollout | None = None
    speed: Speed | None = None


def metrics(outputs: Outputs, truth: GroundTruth) -> Metrics:
    """Return all metrics that can be had from these films."""
    o = outputs
    return Metrics(
        picture=_picture(o.own, o.region, truth) if o.own else Picture(),
        own=_own_sound(o.own, truth) if o.own else OwnSound(),
        cross=_anothers_sound(o.cross, truth) if o.cross else AnothersSound(),
        silence=_silence(o.silent.openings, truth.observation.openings) if o.silent else NoSound(),
        drift=_drift(o.long, o.region) if o.long else Drift(),
        speed=o.speed or Speed(),
    )


def _picture(painted: Observation, region: Region, truth: GroundTruth) -> Picture:
    true = truth.observation
    skins = [
        image_metrics.skin(region, *both) for both in zip(painted.points, true.points, strict=True)
    ]
    return Picture(
        psnr_db=image_metrics.psnr_db(painted.film, true.film, region),
        ssim=image_metrics.ssim(painted.film, true.film, region),
        sharpness=image_metrics.sharpness(painted.film, true.film, region),
        flicker=image_metrics.flicker(painted.film, true.film, skins),
        distance=image_metrics.frechet(_embedding_rows(painted), _embedding_rows(true)),
    )


def _own_sound(painted: Observation, truth: GroundTruth) -> OwnSound:
    true, closed_frames = truth.observation, truth.sentences.closed_frames
    sync = agreements(painted.video_embeddings, truth.audio_embeddings)
    true_sync = agreements(true.video_embeddings, truth.audio_embeddings)
    closed = lips.closes(painted.openings, true.openings, closed_frames)
    true_closed = lips.closes(true.openings, true.openings, closed_frames)
    spread, true_spread = (float(rows.std(1).mean()) for rows in (painted.openings, true.openings))
    return OwnSound(
        opening=image_metrics.correlation(painted.openings, true.openings),
        elsewhere=image_metrics.correlation(painted.openings, mismatched(true.openings)),
        reach=image_metrics.ratio(spread, true_spread),
        in_sync=in_sync(sync),
        confidence=image_metrics.ratio(confidence(sync), confidence(true_sync)),
        closed=closed,
        closed_gap=None if closed is None or true_closed is None else closed - true_closed,
    )


def _anothers_sound(painted: Observation, truth: GroundTruth) -> AnothersSound:
    driving = agreements(painted.video_embeddings, truth.mismatched_audio)
    original = agreements(painted.video_embeddings, truth.audio_embeddings)
    return AnothersSound(
        opening=image_metrics.correlation(painted.openings, mismatched(truth.observation.openings)),
        leak=image_metrics.correlation(painted.openings, truth.observation.openings),
        in_sync=in_sync(driving),
        confidence=image_metrics.ratio(confidence(driving), confidence(original)),
    )


def _silence(openings: NDArray[np.float64], true: NDArray[np.float64]) -> NoSound:
    opening, closed = float(openings.mean()), float(lips.closed_mouths(true).mean())
    widest = float(np.percentile(true, lips.MAX_PERCENTILE, axis=1).mean())
    return NoSound(
        opening=image_metrics.ratio(opening, closed),
        reach=image_metrics.ratio(opening - closed, widest - closed),
    )


def _drift(long: LongRollout, region: Region) -> Drift:
    before = image_metrics.psnr_db(long.first, long.true, region)
    return Drift(
        lost_db=before - image_metrics.psnr_db(long.last, long.true, region),
        sharpness=image_metrics.sharpness(long.last, long.first, region),
    )


def _embedding_rows(observation: Observation) -> NDArray:
    return observation.video_embeddings.flatten(0, 1).double().numpy()
