"""The figures by which a mouth model is judged, from what was observed of its films.

None where a figure was not measured, or cannot be. Correlations are of mouth openings, means
over sentences; sync is what the judge says, which is not the public SyncNet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

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
    """Own sound, in the region repainted.

    sharpness  mean absolute gradient over the truth's
    flicker    change of the skin from frame to frame over the truth's
    distance   Fréchet distance of what the judge sees from what it sees in the truth
    """

    psnr_db: float | None = None
    ssim: float | None = None
    sharpness: float | None = None
    flicker: float | None = None
    distance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSound:
    """The sentence's own sound.

    opening     correlation with the truth
    elsewhere   correlation with another sentence's truth: what chance gives
    reach       standard deviation over the truth's
    in_sync     share of sentences in sync within a tick
    confidence  of the judge, over that in the truth
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
    """Driven by another sentence's sound.

    opening     correlation with that sentence's truth
    leak        correlation with the mouth that was painted over
    in_sync     share of sentences in sync with the driving sound within a tick
    confidence  of the judge with the driving sound, over that with the original
    """

    opening: float | None = None
    leak: float | None = None
    in_sync: float | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSound:
    """Driven by silence.

    opening  mean, over the talker's closed mouth
    reach    mean, from 0 for the closed mouth to 1 for the widest
    """

    opening: float | None = None
    reach: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What 1500 frames did.

    lost_db    of PSNR
    sharpness  after, over before
    """

    lost_db: float | None = None
    sharpness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of the sampler alone, with nothing decoded, tracked or pasted.

    evaluations      of the network, a frame
    frames_a_second  over eight shots in lockstep
    wav2lips         cost of a frame, in passes of 8 GFLOP as Wav2Lip's, run beside it
    """

    evaluations: int | None = None
    frames_a_second: float | None = None
    wav2lips: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """One column of the table."""

    picture: Picture = Picture()
    own: OwnSound = OwnSound()
    cross: AnothersSound = AnothersSound()
    silence: NoSound = NoSound()
    drift: Drift = Drift()
    speed: Speed = Speed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What one model or baseline showed with its own sound, with another's, and with none.

    region  of the work rectangle [64, 96], what was repainted
    """

    region: Region
    own: Observation | None = None
    cross: Observation | None = None
    silent: Observation | None = None
    long: LongRollout | None = None
    speed: Speed | None = None


def metrics(shown: Outputs, truth: GroundTruth) -> Metrics:
    """All that can be said of a performance."""
    s = shown
    return Metrics(
        picture=_picture(s.own, s.region, truth) if s.own else Picture(),
        own=_own_sound(s.own, truth) if s.own else OwnSound(),
        cross=_anothers_sound(s.cross, truth) if s.cross else AnothersSound(),
        silence=_no_sound(s.silent.openings, truth.seen.openings) if s.silent else NoSound(),
        drift=_drift(s.long, s.region) if s.long else Drift(),
        speed=s.speed or Speed(),
    )


def _picture(seen: Observation, region: Region, truth: GroundTruth) -> Picture:
    true = truth.seen
    skins = [
        image_metrics.skin(region, *both) for both in zip(seen.points, true.points, strict=True)
    ]
    return Picture(
        psnr_db=image_metrics.psnr_db(seen.film, true.film, region),
        ssim=image_metrics.ssim(seen.film, true.film, region),
        sharpness=image_metrics.sharpness(seen.film, true.film, region),
        flicker=image_metrics.flicker(seen.film, true.film, skins),
        distance=image_metrics.frechet(_feature_cloud(seen.looks), _feature_cloud(true.looks)),
    )


def _own_sound(seen: Observation, truth: GroundTruth) -> OwnSound:
    true, at = truth.seen, truth.sentences.closed_frames
    heard, best = agreements(seen.looks, truth.heard), agreements(true.looks, truth.heard)
    closed = lips.closes(seen.openings, true.openings, at)
    trues = lips.closes(true.openings, true.openings, at)
    spread, true_spread = (float(rows.std(1).mean()) for rows in (seen.openings, true.openings))
    return OwnSound(
        opening=image_metrics.correlation(seen.openings, true.openings),
        elsewhere=image_metrics.correlation(seen.openings, mismatched(true.openings)),
        reach=image_metrics.ratio(spread, true_spread),
        in_sync=in_sync(heard),
        confidence=image_metrics.ratio(confidence(heard), confidence(best)),
        closed=closed,
        closed_gap=None if closed is None or trues is None else closed - trues,
    )


def _anothers_sound(seen: Observation, truth: GroundTruth) -> AnothersSound:
    driving = agreements(seen.looks, truth.heard_elsewhere)
    original = agreements(seen.looks, truth.heard)
    return AnothersSound(
        opening=image_metrics.correlation(seen.openings, mismatched(truth.seen.openings)),
        leak=image_metrics.correlation(seen.openings, truth.seen.openings),
        in_sync=in_sync(driving),
        confidence=image_metrics.ratio(confidence(driving), confidence(original)),
    )


def _no_sound(opened: NDArray[np.float64], true: NDArray[np.float64]) -> NoSound:
    opening, closed = float(opened.mean()), float(lips.closed_mouths(true).mean())
    widest = float(np.percentile(true, lips.WIDEST_PERCENTILE, axis=1).mean())
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


def _feature_cloud(looks: Tensor) -> NDArray:
    return looks.flatten(0, 1).double().numpy()
