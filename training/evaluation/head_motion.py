"""Figures of head motion: gaps filled by models and baselines beside what was filmed there.

Values are in each take's own range: 1 is the spread of that number in the take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.core.motion.head_motion import HeadMotion
from lipflap.core.motion.head_network import HeadNetwork
from lipflap.core.motion.head_pose import HEAD_TICKS_A_SECOND, LIDS, POSE, Array
from lipflap.training.evaluation.head_gaps import (
    AFTER,
    AUTOREGRESSIVE,
    BEFORE,
    FILMED,
    GAP,
    OWN_SOUND,
    SHUFFLED_SOUND,
    Filled,
    Gap,
    fill_plainly,
    fill_with_autoregressive,
    fill_with_model,
    fill_with_other_sound,
    find_gaps,
    window_of,
)
from lipflap.training.evaluation.image_metrics import frechet
from lipflap.training.evaluation.table import Row, as_text
from lipflap.training.motion.heads import HeadTake

GUIDANCE = 2.5  # of TH-PAD, where it was best
_BLINK = 2.0  # lids this far below where they usually are are shut
_BLINK_TICKS = 2
_FLIPS = 2000


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """How one way to fill gaps compares with what was filmed.

    distance         Fréchet distance of heads (TH-PAD's FID_fm)
    change_distance  of their changes from tick to tick (FID_dfm)
    variance         within a gap / the filmed one's
    modes            mean distance of two tries
    error            mean distance from what was filmed, best of the tries
    jump             mean change of speed of the head at the ends of a gap
    blinks           a minute
    blink_ms         mean length of a blink; None without any
    """

    distance: float | None
    change_distance: float | None
    variance: float
    modes: float
    error: float
    jump: float
    blinks: float
    blink_ms: float | None

    @property
    def both_distances(self) -> float | None:
        """Sum of the two Fréchet distances (TH-PAD's SND)."""
        if self.distance is None or self.change_distance is None:
            return None
        return self.distance + self.change_distance


@dataclass(frozen=True, slots=True)
class HeadEvaluation:
    """Figures by the name of what fills the gaps.

    chance  by model: how often chance alone lets its own sound beat a shuffled one by so much
    """

    gaps: int
    talkers: int
    figures: Mapping[str, HeadFigures]
    chance: Mapping[str, float]

    def as_text(self) -> str:
        """Return the figures as a table."""
        seconds = self.gaps * GAP / HEAD_TICKS_A_SECOND
        lines = [
            f"{self.gaps} gaps of {GAP} ticks ({seconds:.0f} s in all); "
            f"speakers, by the names of their folders: {self.talkers}",
            as_text(self.figures, _ROWS),
        ]
        lines += [
            f"{name}: its own sound against a shuffled one, p = {p:.2f}"
            + ("" if p < 0.05 else ": sound does not say how this head moves")
            for name, p in self.chance.items()
        ]
        return "\n".join(lines)


_ROWS: tuple[Row[HeadFigures], ...] = (
    Row("Fréchet distance of heads", lambda f: f.distance, format="{:.3f}"),
    Row("Fréchet distance of their changes", lambda f: f.change_distance, format="{:.4f}"),
    Row("sum of both", lambda f: f.both_distances, format="{:.3f}"),
    Row("variance in a gap / the filmed one's", lambda f: f.variance),
    Row("distance of two tries", lambda f: f.modes),
    Row("distance from what was filmed, best try", lambda f: f.error),
    Row("change of speed at the ends of a gap", lambda f: f.jump, format="{:.3f}"),
    Row("blinks a minute", lambda f: f.blinks, format="{:.1f}"),
    Row("length of a blink", lambda f: f.blink_ms, format="{:.0f} ms"),
)


def measure_head_motion(
    models: Mapping[str, HeadMotion | HeadNetwork], takes: Sequence[HeadTake]
) -> HeadEvaluation:
    """Measure models, and baselines, on gaps in takes; none of those should have trained them.

    models  by name; a bare network is an autoregressive one
    """
    gaps = find_gaps(takes)
    filled = dict(fill_plainly(gaps, takes))
    chance = {}
    for name, model in models.items():
        if isinstance(model, HeadNetwork):
            filled[f"{name}, {AUTOREGRESSIVE}"] = fill_with_autoregressive(model, gaps, takes)
            continue
        filled[f"{name}, no sound"] = fill_with_model(model, gaps, takes)
        own = fill_with_model(model, gaps, takes, GUIDANCE)
        other = fill_with_other_sound(model, gaps, takes, GUIDANCE)
        filled[f"{name}, {OWN_SOUND}"], filled[f"{name}, {SHUFFLED_SOUND}"] = own, other
        chance[name] = _chance(_errors(other, filled[FILMED]) - _errors(own, filled[FILMED]))
    windows = [window_of(gap, takes) for gap in gaps]
    usual = [_usual_lids(gap, takes) for gap in gaps]
    figures = {name: _figures(tries, windows, usual) for name, tries in filled.items()}
    return HeadEvaluation(len(gaps), len({take.talker for take in takes}), figures, chance)


def _figures(
    filled: Sequence[Filled], windows: Sequence[Array], usual: Sequence[float]
) -> HeadFigures:
    truth = [window[BEFORE : BEFORE + GAP] for window in windows]
    joined = [
        [np.concatenate([w[:BEFORE], one, w[BEFORE + GAP :]]) for one in tries]
        for tries, w in zip(filled, windows, strict=True)
    ]
    changes = [np.diff(one[BEFORE - 1 : -AFTER + 1], axis=0) for tries in joined for one in tries]
    true_changes = [np.diff(w[BEFORE - 1 : -AFTER + 1], axis=0) for w in windows]
    rows = np.concatenate([one for tries in filled for one in tries])
    variance = np.mean([one.var(0).mean() for tries in filled for one in tries])
    blinks = [
        length
        for tries, level in zip(filled, usual, strict=True)
        for one in tries
        for length in _blink_lengths(one[:, LIDS].mean(1), level)
    ]
    minutes = sum(map(len, filled)) * GAP / HEAD_TICKS_A_SECOND / 60
    return HeadFigures(
        distance=frechet(rows, np.concatenate(truth)),
        change_distance=frechet(np.concatenate(changes), np.concatenate(true_changes)),
        variance=float(variance / np.mean([one.var(0).mean() for one in truth])),
        modes=float(np.mean([_spread_of_tries(tries) for tries in filled])),
        error=float(
            np.mean([min(_distance(o, t) for o in m) for m, t in zip(filled, truth, strict=True)])
        ),
        jump=float(np.mean([_jump(one) for tries in joined for one in tries])),
        blinks=len(blinks) / minutes,
        blink_ms=float(np.mean(blinks)) * 1000 / HEAD_TICKS_A_SECOND if blinks else None,
    )


def _distance(one: Array, other: Array) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))


def _spread_of_tries(tries: Filled) -> float:
    pairs = [_distance(a, b) for n, a in enumerate(tries) for b in tries[n + 1 :]]
    return float(np.mean(pairs)) if pairs else 0.0


def _jump(window: Array) -> float:
    """Return the mean change of speed of a head's pose at both ends of its gap."""
    speeds = np.diff(window[:, POSE], axis=0)
    at = [BEFORE - 1, BEFORE + GAP - 1]  # the steps into the gap and out of it
    begin, end = (
        np.abs(speeds[n] - speeds[m]) for n, m in ((at[0], at[0] - 1), (at[1], at[1] + 1))
    )
    return float(np.mean([begin, end]))


def _blink_lengths(lids: NDArray[np.float64], usual: float) -> list[int]:
    """Return the lengths, in ticks, of the stretches in which lids [T] are shut."""
    shut = (lids < usual - _BLINK).astype(np.int8)
    edges = np.flatnonzero(np.diff(shut, prepend=0, append=0)).reshape(-1, 2)
    return [int(end - start) for start, end in edges if end - start >= _BLINK_TICKS]


def _usual_lids(gap: Gap, takes: Sequence[HeadTake]) -> float:
    return float(np.median(takes[gap.take].own[:, LIDS].mean(1)))


def _errors(filled: Sequence[Filled], truth: Sequence[Filled]) -> NDArray[np.float64]:
    """Return the mean distance of each gap's tries from what was filmed."""
    return np.array(
        [np.mean([_distance(one, t[0]) for one in m]) for m, t in zip(filled, truth, strict=True)]
    )


def _chance(better: NDArray[np.float64]) -> float:
    """Return how often signs thrown at random give a mean as high as that of `better` [N]."""
    signs = np.random.default_rng(0).choice((-1.0, 1.0), (_FLIPS, len(better)))
    return float(((signs * better).mean(1) >= better.mean()).mean())
