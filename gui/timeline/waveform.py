"""Waveform of a sound: the lowest and highest sample of each piece of it, at three zoom levels.

    samples      |||||||||||||||||||||||||||||||||||||||
    fine tile    |===|===|===|    SAMPLES_PER_PEAK[0] samples a peak: for close-ups
    wide tile    |===============|===============|     SAMPLES_PER_PEAK[1] and [2] a peak

A tile is read when a part of it comes into view, and not before.
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
from lipflap.core.playback import Playback, SoundChannel
from lipflap.plugin.cut.cut import DubLine

SAMPLES_PER_PEAK = 16, 256, 4096  # samples each
SAMPLES_PER_TILE = 1 << 16, 1 << 20, 1 << 20  # samples each, at each of PEAKS
_TILES_PER_READ = 4  # tiles to one read
_FULL_SCALE = 127

Peaks = NDArray[np.int8]  # [2, N] lowest and highest, of full scale 127


@dataclass(frozen=True, slots=True)
class Source:
    """A sound file, and which of its channels are heard; none: all of its first stream."""

    path: str
    channels: tuple[SoundChannel, ...] = ()


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a source as it was when it was last probed."""

    source: Source
    fingerprint: str
    sample_rate_hz: int
    sample_count: int

    @property
    def key(self) -> str:
        """Return what tells its tiles from those of other files and other channels."""
        return ", ".join([self.fingerprint, *map(str, self.source.channels)])


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A piece of a sound of this key: samples [index * samples, (index + 1) * samples)."""

    key: str
    samples: int
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The lowest and highest sample in each of N columns; zeros where tiles are missing."""

    low: NDArray[np.int8]
    high: NDArray[np.int8]
    missing: tuple[Tile, ...]


def source_of(line: DubLine) -> Source:
    """Return what is heard of a line's file; how fast it plays is the scale's business."""
    return Source(line.path, line.playback.channels)


def read_info(source: Source) -> Sound:
    """Probe a sound file. Raises MediaMissing, MediaBroken also for a channel it does not have."""
    info = probe_sound(source.path, Playback(source.channels))
    file = fingerprint(Path(source.path))
    return Sound(source, file, info.sample_rate_hz, info.sample_count)


def read_tiles(sound: Sound, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, dict[int, Peaks]]]:
    """Yield the peaks of some tiles, by samples a peak; neighbours are read in one go.

    Raises MediaMissing, MediaBroken.
    """
    for size, run in _runs(tiles):
        first = run[0].index * size
        count = min((run[-1].index + 1) * size, sound.sample_count) - first
        if count > 0:
            audio = samples(sound.source.path, first, count, Playback(sound.source.channels))
            for number, tile in enumerate(run):
                piece = audio[:, number * size : (number + 1) * size]
                levels = zip(SAMPLES_PER_PEAK, SAMPLES_PER_TILE, strict=True)
                yield tile, {n: peaks(piece, n) for n, length in levels if length == size}


def peaks(audio: NDArray[np.float32], per_peak: int) -> Peaks:
    """Return the peaks of each `per_peak` samples of [C, N]; all channels together."""
    count = audio.shape[1]
    if not count:
        return np.zeros((2, 0), np.int8)
    starts = np.arange(0, count, per_peak)
    low = np.minimum.reduceat(audio.min(axis=0), starts)
    high = np.maximum.reduceat(audio.max(axis=0), starts)
    scaled = np.clip(np.stack([low, high]), -1, 1) * _FULL_SCALE
    return np.rint(scaled).astype(np.int8)


def outline(
    sound: Sound,
    first: float,
    per_column: float,
    columns: int,
    find: Callable[[Tile], dict[int, Peaks] | None],
) -> Outline:
    """Return the outline from sample `first` on, at `per_column` samples a column of pixels.

    find   returns the peaks of a tile that was read, else None
    """
    level = max(
        (n for n, per_peak in enumerate(SAMPLES_PER_PEAK) if per_peak <= per_column), default=0
    )
    per_peak, size = SAMPLES_PER_PEAK[level], SAMPLES_PER_TILE[level]
    edges = np.floor((first + per_column * np.arange(columns + 1)) / per_peak).astype(np.int64)
    end = -(-sound.sample_count // per_peak)
    begin, stop = (int(n) for n in np.clip((edges[0], max(edges[-1], edges[-2] + 1)), 0, end))
    peaks_in_view = np.zeros((2, stop - begin + 1), np.int8)
    missing = []
    for index in range(
        begin * per_peak // size, -(-stop * per_peak // size) if stop > begin else 0
    ):
        tile = Tile(sound.key, size, index)
        found = find(tile)
        if found is None:
            missing.append(tile)
            continue
        before = index * size // per_peak - begin
        piece = found[per_peak][:, max(0, -before) : stop - begin - before]
        peaks_in_view[:, max(0, before) : max(0, before) + piece.shape[1]] = piece
    bounds = np.clip(edges - begin, 0, stop - begin)
    inside = (edges[:-1] >= 0) & (edges[:-1] < end)
    low = np.where(inside, np.minimum.reduceat(peaks_in_view[0], bounds)[:-1], 0)
    high = np.where(inside, np.maximum.reduceat(peaks_in_view[1], bounds)[:-1], 0)
    return Outline(low, high, tuple(missing))


def _runs(tiles: Iterable[Tile]) -> Iterator[tuple[int, list[Tile]]]:
    """Yield runs of neighbouring tiles of one size, a few together."""
    ordered = sorted(set(tiles))
    for (size, _), group in groupby(
        enumerate(ordered), lambda pair: (pair[1].samples, pair[1].index - pair[0])
    ):
        run = [tile for _, tile in group]
        for first in range(0, len(run), _TILES_PER_READ):
            yield size, run[first : first + _TILES_PER_READ]
