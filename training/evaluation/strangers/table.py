"""The figures of films of strangers, and their table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.training.evaluation import table
from lipflap.training.evaluation.table import DB, SHARE, Aim, Row

MIN_SHIFT_FRAMES = 10
MIN_FRAMES = 25  # fewer do not make a correlation

LEGEND = """\
Medians over clips where nothing else is said; * misses its aim. Everything is measured on finished
frames, after the paste, at the plate's resolution, where the new mouth is fully opaque. Points are
found again on the finished frames by our own landmark network, sync is measured by our own sync
network: neither is an outside judge. Own sound: the mouths of the frame itself and of 25 frames on
each side are not taken. Other sound: that of the next clip, nothing excluded. Inside the mouth: the
hull of filmed and finished lips. Openings with the old mouth above chance: the correlation less its
mean over circular shifts, mean over clips. Seam: gradient across the rim of what was changed / the
plate's there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFigures:
    """The figures of one clip; None where one cannot be measured.

    sharpness, change, popping  over the filmed mouth's; popping is the 99th percentile of change
    opening, width              correlation with the truth at the clip's proven lag
    in_sync                     1 when the other sound is found within a tick, else 0
    confidence                  with the other sound, over the filmed mouth's with its own
    leak                        correlation of the opening with the old mouth above chance
    seam                        of both sounds
    """

    sharpness: float | None = None
    psnr_db: float | None = None
    opening: float | None = None
    width: float | None = None
    change: float | None = None
    popping: float | None = None
    other_sharpness: float | None = None
    other_change: float | None = None
    in_sync: float | None = None
    confidence: float | None = None
    leak: float | None = None
    seam: float | None = None


Column = Sequence[ClipFigures]
Figure = Callable[[ClipFigures], float | None]
Reduce = Callable[[list[float]], float]


def _over_clips(figure: Figure, reduce: Reduce) -> Callable[[Column], float | None]:
    def value(column: Column) -> float | None:
        values = [v for v in map(figure, column) if v is not None]
        return float(reduce(values)) if values else None

    return value


def _median(figure: Figure) -> Callable[[Column], float | None]:
    return _over_clips(figure, lambda values: float(np.median(values)))


def _mean(figure: Figure) -> Callable[[Column], float | None]:
    return _over_clips(figure, lambda values: float(np.mean(values)))


ROWS: tuple[Row[Column], ...] = (
    Row("own sound: sharpness inside the mouth / the truth's", _median(lambda f: f.sharpness),
        Aim(least=0.9)),
    Row("  worst clip", _over_clips(lambda f: f.sharpness, min), Aim(least=0.75)),
    Row("own sound: lips PSNR", _median(lambda f: f.psnr_db), Aim(least=27), DB),
    Row("own sound: opening with the truth at the proven lag", _median(lambda f: f.opening),
        Aim(least=0.75)),
    Row("own sound: width with the truth at the proven lag", _median(lambda f: f.width),
        Aim(least=0.70)),
    Row("own sound: change from frame to frame / the truth's", _median(lambda f: f.change),
        Aim(0.9, 1.1)),
    Row("  its 99th percentile / the truth's", _median(lambda f: f.popping), Aim(most=1.15)),
    Row("other sound: in sync with it within a frame", _mean(lambda f: f.in_sync),
        Aim(least=0.95), SHARE),
    Row("other sound: confidence / filmed mouth's with its own", _median(lambda f: f.confidence),
        Aim(least=0.9)),
    Row("other sound: opening with the old mouth above chance", _mean(lambda f: f.leak),
        Aim(most=0.05)),
    Row("other sound: sharpness inside the mouth / the truth's",
        _median(lambda f: f.other_sharpness)),
    Row("other sound: change from frame to frame / the truth's",
        _median(lambda f: f.other_change)),
    Row("seam: step across the rim / the plate's there", _median(lambda f: f.seam),
        Aim(most=1.1)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StrangersEvaluation:
    """Figures of ways to paint, on films of people who never trained.

    columns   a way to paint -> its figures, one a clip that was measured
    names     of the clips that were measured
    lags      of each: frames that the picture is late against its sound; None when unsure
    left_out  name of a clip -> why it was not measured
    notes     on single clips
    """

    columns: Mapping[str, Column]
    names: Sequence[str]
    lags: Sequence[int | None]
    left_out: Mapping[str, str]
    notes: Sequence[str]

    def facts(self) -> list[str]:
        """Return what was measured and what was not, in sentences."""
        pairs = list(zip(self.names, self.lags, strict=True))
        proven = [f"{name} {lag:+d}" for name, lag in pairs if lag is not None]
        unsure = [name for name, lag in pairs if lag is None]
        facts = [
            f"{len(self.names)} clips measured.",
            f"Lag of the picture proven in {len(proven)}, in frames: {', '.join(proven) or '–'}.",
        ]
        if unsure:
            facts.append(
                f"Unsure in {len(unsure)}, left out of opening, width and confidence: "
                f"{', '.join(unsure)}."
            )
        facts += [f"Not measured: {name}: {reason}" for name, reason in self.left_out.items()]
        return [*facts, *self.notes]

    def as_text(self) -> str:
        """Return the table in fixed-width columns, the clips of the first column, the legend."""
        first = next(iter(self.columns))
        parts = [table.as_text(self.columns, ROWS), "\n".join(self.facts())]
        parts.append(f"{first}, clip by clip\n{table.as_text(self.clips_of(first), ROWS)}")
        return "\n\n".join([*parts, LEGEND])

    def as_markdown(self) -> str:
        """Return the table as Markdown."""
        return table.as_markdown(self.columns, ROWS)

    def clips_of(self, column: str) -> dict[str, Column]:
        """Return a column of every clip alone."""
        return {
            name: [figures] for name, figures in zip(self.names, self.columns[column], strict=True)
        }


def lagged_correlation(new: NDArray, true: NDArray, lag: int) -> float | None:
    """Correlate new [T] with true [T] that is `lag` frames late; NaN is left out.

    None for too few frames, and for rows that never change.
    """
    count = len(new)
    new = new[max(0, -lag) : count - max(0, lag)]
    true = true[max(0, lag) : count - max(0, -lag)]
    both = ~(np.isnan(new) | np.isnan(true))
    if both.sum() < MIN_FRAMES or np.ptp(new[both]) == 0 or np.ptp(true[both]) == 0:
        return None
    return float(np.corrcoef(new[both], true[both])[0, 1])


def correlation_above_chance(new: NDArray, true: NDArray) -> float | None:
    """Correlate new [T] with true [T], less the mean over circular shifts of the frames of both.

    Shifts are at least MIN_SHIFT_FRAMES. None for too few frames.
    """
    both = ~(np.isnan(new) | np.isnan(true))
    new, true = new[both], true[both]
    here = lagged_correlation(new, true, 0)
    if here is None or len(new) <= 2 * MIN_SHIFT_FRAMES:
        return None
    shifts = range(MIN_SHIFT_FRAMES, len(new) - MIN_SHIFT_FRAMES + 1)
    return here - float(np.mean([np.corrcoef(new, np.roll(true, s))[0, 1] for s in shifts]))
