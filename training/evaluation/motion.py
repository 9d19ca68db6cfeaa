"""Figures of lip motion alone: shapes drawn from sound beside those that were filmed.

No picture is painted. Each talker's range is measured in his own sentences, and the amplitude
raised, as dubbing does it in the take; loudness is the baseline that every model has to beat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import nan

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.dialogue import PREROLL_S, loudness
from lipflap.core.face.landmarks import INNER_LIP_MIDDLES, MOUTH_CORNERS
from lipflap.core.motion.lip_motion import STEPS, LipMotion, amplitude_gain, latents_at_frames
from lipflap.core.motion.lip_shape import SHAPE, head_poses, measure_actor, relative_shapes
from lipflap.core.voice.speech_encoder import encode_speech
from lipflap.training.evaluation.lips import closes
from lipflap.training.motion.sentences import FilmedSentence

MEASURED_STEPS = (1, 2, 4, 8)
MAX_LAG_FRAMES = 3
SEED = 0
FILMED, LOUDNESS = "filmed", "loudness"

_UPPER, _LOWER = (SHAPE.index(point) for point in INNER_LIP_MIDDLES)
_LEFT, _RIGHT = (SHAPE.index(point) for point in MOUTH_CORNERS)
Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MotionFigures:
    """How motion compares with what was filmed: medians over sentences, nan where unknown.

    opening, width  correlation over the frames of a sentence
    ..._at_lag      the same at the sentence's best lag, up to 3 frames early or late
    amplitude       spread of the opening / the filmed one's
    change          mean change of the opening from frame to frame / the filmed one's
    closed          share of b and p at which the lips close, a frame early or late
    """

    opening: float = nan
    opening_at_lag: float = nan
    width: float = nan
    width_at_lag: float = nan
    amplitude: float = nan
    change: float = nan
    closed: float = nan


@dataclass(frozen=True, slots=True)
class MotionEvaluation:
    """Figures of a model and its baselines over all sentences, and of each talker at STEPS.

    sentences, closures  how many there are, and how many b and p in them
    """

    sentences: int
    closures: int
    overall: Mapping[str, MotionFigures]
    talkers: Mapping[str, MotionFigures]

    def as_text(self) -> str:
        """Return the figures as a table."""
        names = ("opening", "at lag", "width", "at lag", "amplitude", "change")
        last = f"closed at {self.closures} b, p"
        lines = [
            f"Sentences that did not train: {self.sentences}, by {', '.join(self.talkers)}",
            f"{'':16}" + "".join(f"{name:>10}" for name in names) + f"  {last}",
        ]
        for name, figures in (*self.overall.items(), *self.talkers.items()):
            *ratios, closed = (getattr(figures, field) for field in figures.__slots__)
            cells = "".join(f"{'-' if np.isnan(r) else f'{r:.2f}':>10}" for r in ratios)
            percent = "-" if np.isnan(closed) else f"{closed:.0%}"
            lines.append(f"{name:16}{cells}  {percent:>{len(last)}}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Lips:
    """Opening and width of lips [T], crop pixels."""

    opening: Row
    width: Row


def measure_motion(motion: LipMotion, sentences: Sequence[FilmedSentence]) -> MotionEvaluation:
    """Measure lip motion on sentences, at least one; none of them should have trained it."""
    filmed = [_lips(relative_shapes(one.points)) for one in sentences]
    drawn: dict[str, list[_Lips]] = {FILMED: filmed, LOUDNESS: [_loud_lips(s) for s in sentences]}
    drawn |= {_name(steps): [] for steps in MEASURED_STEPS}
    actors = {
        talker: measure_actor(motion.basis, points, np.ones(len(points), bool))
        for talker, points in _points_of_talkers(sentences).items()
    }
    for one in sentences:
        speech = encode_speech(motion.encoder, one.sound)
        for steps in MEASURED_STEPS:
            latents = motion.latents_of(speech, SEED, steps)
            said = latents_at_frames(latents, Fraction(PREROLL_S), one.rate, len(one.points))
            said *= amplitude_gain(said)
            shapes = actors[one.talker].shapes(said, head_poses(one.points))
            drawn[_name(steps)].append(_lips(shapes))
    closed_frames = [one.closed_frames for one in sentences]
    overall = {name: _compare(lips, filmed, closed_frames) for name, lips in drawn.items()}
    # How loud it is has no unit in common with lips.
    overall[LOUDNESS] = replace(overall[LOUDNESS], amplitude=nan, change=nan, closed=nan)
    talkers = {}
    for talker in sorted(actors):
        rows = [number for number, one in enumerate(sentences) if one.talker == talker]
        of_talker = [drawn[_name(STEPS)][row] for row in rows]
        talkers[talker] = _compare(
            of_talker, [filmed[row] for row in rows], [closed_frames[row] for row in rows]
        )
    return MotionEvaluation(len(sentences), sum(map(len, closed_frames)), overall, talkers)


def correlation(ours: Row, true: Row, lag: int = 0) -> float:
    """Return the correlation of rows [T], `ours` made `lag` frames earlier; 0 where one is flat."""
    ours, true = ours[max(0, lag) :], true[max(0, -lag) :]
    count = min(len(ours), len(true))
    ours, true = ours[:count], true[:count]
    if count < 2 or min(ours.std(), true.std()) < 1e-9:
        return 0.0
    return float(np.corrcoef(ours, true)[0, 1])


def best_correlation(ours: Row, true: Row) -> float:
    """Return the highest correlation of rows [T] up to MAX_LAG_FRAMES early or late."""
    lags = range(-MAX_LAG_FRAMES, MAX_LAG_FRAMES + 1)
    return max(correlation(ours, true, lag) for lag in lags)


def _compare(
    drawn: Sequence[_Lips], filmed: Sequence[_Lips], closed_frames: Sequence[tuple[int, ...]]
) -> MotionFigures:
    rows = [
        (
            correlation(ours.opening, true.opening),
            best_correlation(ours.opening, true.opening),
            correlation(ours.width, true.width),
            best_correlation(ours.width, true.width),
            _ratio(ours.opening.std(), true.opening.std()),
            _ratio(np.abs(np.diff(ours.opening)).mean(), np.abs(np.diff(true.opening)).mean()),
        )
        for ours, true in zip(drawn, filmed, strict=True)
    ]
    closed = [
        (closes(ours.opening[None], true.opening[None], [frames]), len(frames))
        for ours, true, frames in zip(drawn, filmed, closed_frames, strict=True)
        if frames
    ]
    count = sum(number for _, number in closed)
    share = sum((made or 0) * number for made, number in closed) / count if count else nan
    return replace(MotionFigures(*np.median(rows, axis=0).tolist()), closed=share)


def _ratio(ours: float, true: float) -> float:
    return float(ours / true) if true > 0 else nan


def _lips(shapes: NDArray[np.float64]) -> _Lips:
    """Return opening and width of shapes [T, 49, 2]."""
    return _Lips(
        np.linalg.norm(shapes[:, _LOWER] - shapes[:, _UPPER], axis=1),
        np.linalg.norm(shapes[:, _RIGHT] - shapes[:, _LEFT], axis=1),
    )


def _loud_lips(sentence: FilmedSentence) -> _Lips:
    """Return lips that open and narrow as the sentence gets louder."""
    loud = loudness(sentence.sound, sentence.rate, len(sentence.points))
    return _Lips(loud, -loud)


def _points_of_talkers(sentences: Sequence[FilmedSentence]) -> dict[str, NDArray[np.float32]]:
    points: dict[str, list[NDArray[np.float32]]] = {}
    for one in sentences:
        points.setdefault(one.talker, []).append(one.points)
    return {talker: np.concatenate(parts) for talker, parts in points.items()}


def _name(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
