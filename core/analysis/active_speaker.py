"""Which face is saying the production sound: joins what is seen of a face with what is heard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import eye_distance, opening
from lipflap.core.face.track import FaceTrack

MIN_OPEN = 0.05  # lips further apart than this, in eye distances, are not closed
MIN_MOVEMENT = 0.04  # an opening that changes by more than this within MOVED_S moves
MOVEMENT_WINDOW_S = 0.4
LAGS_FRAMES = range(-2, 3)  # sound and picture of a cut may be this far apart
MIN_FRAMES = 12  # to judge by
MIN_MARGIN = 0.25  # correlation of lips and loudness that is no accident
# What a judge's fit counts beside a correlation. Of two talkers side by side, the one heard is
# found by correlation in 78 of 100 pairs of strangers to the judge, by fit in 89, by both in 94;
# among GRID's talkers, most of whom taught it, in 71, 99 and 100.
SYNC_WEIGHT = 3.3

SyncScores = Callable[[Mapping[int, FaceTrack], int, int], Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Production:
    """What the production sound says about a shot of T frames.

    loudness  [T]
    speaks    [T] frames in which somebody is heard
    fits      faces by number, in frames [start, end) -> how well a judge finds that they say it;
              None when there is no judge
    """

    loudness: NDArray[np.float64]
    speaks: NDArray[np.bool_]
    fits: SyncScores | None = None


def lip_openings(track: FaceTrack) -> NDArray[np.float64]:
    """How far the lips are apart [N], in eye distances; NaN where the face is not visible."""
    rows = zip(track.points, track.visible, strict=True)
    return np.array([opening(points) if seen else np.nan for points, seen in rows])


def moving_or_open(open_by: NDArray[np.float64], rate_hz: float) -> NDArray[np.bool_]:
    """[N] frames in which a mouth is open or moving; an unseen mouth is not."""
    reach = max(1, round(MOVEMENT_WINDOW_S * rate_hz / 2))
    padded = np.pad(open_by, reach, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    seen = ~np.isnan(open_by)
    highest = np.where(np.isnan(around), -np.inf, around).max(1)
    lowest = np.where(np.isnan(around), np.inf, around).min(1)
    return np.asarray(
        seen & ((np.nan_to_num(open_by) > MIN_OPEN) | (highest - lowest > MIN_MOVEMENT))
    )


def speaking_face(
    tracks: Sequence[FaceTrack], start: int, end: int, production: Production | None, rate_hz: float
) -> int | None:
    """Number of the face to dub in frames [start, end), one camera shot; None if there is none.

    The face whose lips go best with the production sound; else the largest. A face that keeps its
    mouth shut while somebody is heard speaking is a listener: the speaker is out of the picture.
    """
    seen = {n: _rows(track, start, end) for n, track in enumerate(tracks)}
    seen = {n: row for n, row in seen.items() if not np.isnan(row).all()}
    if production is not None:
        speaks = production.speaks[start:end]
        seen = {n: row for n, row in seen.items() if not _is_listener(row, speaks, rate_hz)}
        loud = production.loudness[start:end]
        agreeing = {n: agreement(row, loud) for n, row in seen.items()}
        if production.fits and len(seen) > 1:
            fits = production.fits({n: tracks[n] for n in seen}, start, end)
            agreeing = {n: a + SYNC_WEIGHT * fits.get(n, 0.0) for n, a in agreeing.items()}
        best = max(agreeing, key=lambda n: agreeing[n], default=None)
        if best is not None and agreeing[best] > MIN_MARGIN:
            return best
    return max(seen, key=lambda n: _prominence(tracks[n], start, end), default=None)


def agreement(open_by: NDArray[np.float64], loudness: NDArray[np.float64]) -> float:
    """Correlation of lips and loudness, both [N], at the best of a few lags; 0 if too few."""
    best = 0.0
    for lag in LAGS_FRAMES:
        lips = open_by[max(0, lag) : len(open_by) + min(0, lag)]
        sound = loudness[max(0, -lag) : len(loudness) + min(0, -lag)]
        both = ~np.isnan(lips)
        if both.sum() < MIN_FRAMES or not np.ptp(lips[both]) or not np.ptp(sound[both]):
            continue
        best = max(best, float(np.corrcoef(lips[both], sound[both])[0, 1]))
    return best


def _rows(track: FaceTrack, start: int, end: int) -> NDArray[np.float64]:
    """Openings [end - start] of a track; NaN where it is not visible."""
    out = np.full(end - start, np.nan)
    first, last = max(start, track.first_frame), min(end, track.first_frame + len(track))
    if first < last:
        out[first - start : last - start] = lip_openings(track)[
            first - track.first_frame : last - track.first_frame
        ]
    return out


def _is_listener(open_by: NDArray[np.float64], speaks: NDArray[np.bool_], rate_hz: float) -> bool:
    heard = speaks & ~np.isnan(open_by)
    return heard.sum() >= rate_hz and not moving_or_open(open_by, rate_hz)[heard].any()


def _prominence(track: FaceTrack, start: int, end: int) -> float:
    """How large and how long a face is seen: the sum of its eye distances."""
    first = track.first_frame
    rows = range(max(start, first) - first, min(end, first + len(track)) - first)
    return sum(eye_distance(track.points[row]) for row in rows if track.visible[row])
