"""What a sound looks like: the lowest and highest sample of each piece of it, at three finenesses.

    samples      |||||||||||||||||||||||||||||||||||||||
    fine tile    |===|===|===|    PEAKS[0] samples a peak: for looking closely
    wide tile    |===============|===============|     PEAKS[1] and PEAKS[2] a peak

A tile is read when a part of it is looked at, and not before.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound

PEAKS = 16, 256, 4096  # samples each
TILES = 1 << 16, 1 << 20, 1 << 20  # samples each, at each of PEAKS
_AT_ONCE = 4  # tiles to one read
_FULL = 127

Peaks = NDArray[np.int8]  # [2, N] lowest and highest, of full scale 127


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file as it was when last looked at."""

    path: str
    fingerprint: str
    sample_rate_hz: int
    sample_count: int


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which piece of a sound: samples [index * samples, (index + 1) * samples)."""

    fingerprint: str
    samples: int
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The lowest and highest sample in each of N columns, and the tiles it lacks: zeros there."""

    low: NDArray[np.int8]
    high: NDArray[np.int8]
    lacks: tuple[Tile, ...]


def look_at(path: str) -> Sound:
    """Raises MediaMissing, MediaBroken."""
    found = probe_sound(path)
    return Sound(path, fingerprint(Path(path)), found.sample_rate_hz, found.sample_count)


def read(sound: Sound, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, dict[int, Peaks]]]:
    """The peaks of some tiles of a sound, by samples a peak; neighbours are read in one go.

    Raises MediaMissing, MediaBroken.
    """
    for size, run in _runs(tiles):
        first = run[0].index * size
        count = min((run[-1].index + 1) * size, sound.sample_count) - first
        if count > 0:
            heard = samples(sound.path, first, count)
            for number, tile in enumerate(run):
                piece = heard[:, number * size : (number + 1) * size]
                yield tile, {n: peaks(piece, n) for n, t in zip(PEAKS, TILES, strict=True)
                             if t == size}  # fmt: skip


def peaks(heard: NDArray[np.float32], each: int) -> Peaks:
    """Peaks of `each` samples, of [C, N] samples; all channels together."""
    count = heard.shape[1]
    if not count:
        return np.zeros((2, 0), np.int8)
    at = np.arange(0, count, each)
    low = np.minimum.reduceat(heard.min(axis=0), at)
    high = np.maximum.reduceat(heard.max(axis=0), at)
    scaled = np.clip(np.stack([low, high]), -1, 1) * _FULL
    return np.rint(scaled).astype(np.int8)


def outline(
    sound: Sound,
    first: float,
    per_column: float,
    columns: int,
    known: Callable[[Tile], dict[int, Peaks] | None],
) -> Outline:
    """How the sound looks from sample `first` on, at `per_column` samples a column of pixels.

    known   the peaks of a tile that was read, else None
    """
    level = max((n for n, each in enumerate(PEAKS) if each <= per_column), default=0)
    each, size = PEAKS[level], TILES[level]
    at = np.floor((first + per_column * np.arange(columns + 1)) / each).astype(np.int64)
    end = -(-sound.sample_count // each)
    begin, stop = (int(n) for n in np.clip((at[0], max(at[-1], at[-2] + 1)), 0, end))
    held = np.zeros((2, stop - begin + 1), np.int8)
    lacks = []
    for index in range(begin * each // size, -(-stop * each // size) if stop > begin else 0):
        tile = Tile(sound.fingerprint, size, index)
        found = known(tile)
        if found is None:
            lacks.append(tile)
            continue
        before = index * size // each - begin
        piece = found[each][:, max(0, -before) : stop - begin - before]
        held[:, max(0, before) : max(0, before) + piece.shape[1]] = piece
    where = np.clip(at - begin, 0, stop - begin)
    inside = (at[:-1] >= 0) & (at[:-1] < end)
    low = np.where(inside, np.minimum.reduceat(held[0], where)[:-1], 0)
    high = np.where(inside, np.maximum.reduceat(held[1], where)[:-1], 0)
    return Outline(low, high, tuple(lacks))


def _runs(tiles: Iterable[Tile]) -> Iterator[tuple[int, list[Tile]]]:
    """Neighbours of one size, a few together."""
    ordered = sorted(set(tiles))
    for (size, _), group in groupby(
        enumerate(ordered), lambda pair: (pair[1].samples, pair[1].index - pair[0])
    ):
        run = [tile for _, tile in group]
        for first in range(0, len(run), _AT_ONCE):
            yield size, run[first : first + _AT_ONCE]
