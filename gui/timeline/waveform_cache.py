"""Waveforms for painting: cached up to a limit, read in the background while they are in view."""

from collections import OrderedDict
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from lipflap.core.errors import DubError
from lipflap.gui.background.worker import Worker
from lipflap.gui.timeline.waveform import (
    Outline,
    Peaks,
    Sound,
    Source,
    Tile,
    outline,
    read_info,
    read_tiles,
)

_TILES_AT_ONCE = 4
_MAX_BYTES = 48 << 20  # some hundred hours of wide tiles

_TilePeaks = tuple[Tile, dict[int, Peaks]]


class WaveformCache(QObject):
    """A cache of peaks, by a sound file's fingerprint and the channels heard, not by its name.

    changed   more has been read of a sound
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, max_bytes: int = _MAX_BYTES) -> None:
        super().__init__(parent)
        self._sounds: dict[Source, Sound] = {}
        self._errors: dict[Source, str] = {}
        self._tiles: OrderedDict[Tile, dict[int, Peaks]] = OrderedDict()
        self._bytes, self._max_bytes = 0, max_bytes
        self._requested: dict[Source, set[Tile]] = {}
        self._worker: Worker | None = None
        self._reading: Source | None = None
        self._is_held = False

    @property
    def bytes(self) -> int:
        return self._bytes

    @property
    def is_reading(self) -> bool:
        return self._worker is not None

    def outline(
        self, source: Source, first_s: float, s_per_column: float, columns: int
    ) -> Outline | None:
        """Return the outline of a sound from a second on, and request what is missing of it.

        None until its length is known.
        """
        sound = self._sounds.get(source)
        if sound is None:
            if source not in self._errors:
                self._request(source, ())
            return None
        hz = sound.sample_rate_hz
        found = outline(sound, first_s * hz, s_per_column * hz, columns, self._find)
        if found.missing and source not in self._errors:
            self._request(source, found.missing)
        return found

    def error(self, source: Source) -> str:
        """Return why a sound cannot be shown; empty when it can."""
        return self._errors.get(source, "")

    def drop_requests(self) -> None:
        """Forget requests that are not yet being read: the view has moved."""
        self._requested.clear()

    def reload(self) -> None:
        """Read each file again before it is next shown: it may have changed."""
        self._sounds.clear()
        self._errors.clear()

    def hold(self) -> None:
        """Begin to read nothing until `release`; requests are kept."""
        self._is_held = True

    def release(self) -> None:
        """Read what was requested."""
        self._is_held = False
        self._start_reading()

    def stop(self) -> None:
        """Read nothing further, and drop what is being read."""
        self._requested.clear()
        if self._worker is not None:
            self._worker.requestInterruption()

    def _find(self, tile: Tile) -> dict[int, Peaks] | None:
        if tile in self._tiles:
            self._tiles.move_to_end(tile)
        return self._tiles.get(tile)

    def _request(self, source: Source, tiles: tuple[Tile, ...]) -> None:
        self._requested.setdefault(source, set()).update(tiles)
        self._start_reading()

    def _start_reading(self) -> None:
        """Read a few of the requested tiles of one sound, unless one is being read."""
        if self._worker is not None or self._is_held or not self._requested:
            return
        source, tiles = self._requested.popitem()
        now = sorted(tiles)[:_TILES_AT_ONCE]
        if rest := tiles.difference(now):
            self._requested[source] = rest
        self._reading = source
        self._worker = Worker(_fetch(source, self._sounds.get(source), now), self)
        self._worker.reported.connect(self._on_read)
        self._worker.failed.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_read(self, event: Sound | _TilePeaks) -> None:
        if isinstance(event, Sound):
            self._sounds[event.source] = event
            return
        tile, peaks = event
        self._tiles[tile] = peaks
        self._bytes += _size(peaks)
        while self._bytes > self._max_bytes and len(self._tiles) > 1:
            _, evicted = self._tiles.popitem(last=False)
            self._bytes -= _size(evicted)

    def _on_failed(self, problem: DubError) -> None:
        if self._reading is not None:
            self._errors[self._reading] = f"Sound {problem.problem}"

    def _on_finished(self) -> None:
        self._worker = None
        self._start_reading()
        self.changed.emit()


def _fetch(source: Source, sound: Sound | None, tiles: list[Tile]) -> Iterator[Sound | _TilePeaks]:
    if sound is None:
        yield read_info(source)
    else:
        yield from read_tiles(sound, tiles)


def _size(peaks: dict[int, Peaks]) -> int:
    return sum(array.nbytes for array in peaks.values())
