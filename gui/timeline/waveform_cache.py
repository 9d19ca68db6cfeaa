"""Waveforms for painting: cached up to a limit, read in the background while they are in view."""

from collections import OrderedDict
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from lipflap.core.errors import DubError
from lipflap.gui.timeline.waveform import (
    Outline,
    Peaks,
    Sound,
    Tile,
    outline,
    read_info,
    read_tiles,
)
from lipflap.gui.worker import Worker

_TILES_AT_ONCE = 4
_MAX_BYTES = 48 << 20  # some hundred hours of wide tiles

_TilePeaks = tuple[Tile, dict[int, Peaks]]


class WaveformCache(QObject):
    """A cache of peaks, by the fingerprint of a sound file, not by its name.

    changed   path of a sound of which more has been read
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None, max_bytes: int = _MAX_BYTES) -> None:
        super().__init__(parent)
        self._sounds: dict[str, Sound] = {}
        self._errors: dict[str, str] = {}
        self._tiles: OrderedDict[Tile, dict[int, Peaks]] = OrderedDict()
        self._bytes, self._max_bytes = 0, max_bytes
        self._requested: dict[str, set[Tile]] = {}
        self._worker: Worker | None = None
        self._reading = ""

    @property
    def bytes(self) -> int:
        return self._bytes

    @property
    def is_reading(self) -> bool:
        return self._worker is not None

    def outline(
        self, path: str, first_s: float, s_per_column: float, columns: int
    ) -> Outline | None:
        """Return the outline of a sound from a second on, and request what is missing of it.

        None until its length is known.
        """
        sound = self._sounds.get(path)
        if sound is None:
            if path not in self._errors:
                self._request(path, ())
            return None
        hz = sound.sample_rate_hz
        found = outline(sound, first_s * hz, s_per_column * hz, columns, self._find)
        if found.missing and path not in self._errors:
            self._request(path, found.missing)
        return found

    def error(self, path: str) -> str:
        """Return why a sound cannot be shown; empty when it can."""
        return self._errors.get(path, "")

    def drop_requests(self) -> None:
        """Forget requests that are not yet being read: the view has moved."""
        self._requested.clear()

    def reload(self) -> None:
        """Read each file again before it is next shown: it may have changed."""
        self._sounds.clear()
        self._errors.clear()

    def stop(self) -> None:
        """Read nothing further, and drop what is being read."""
        self._requested.clear()
        if self._worker is not None:
            self._worker.requestInterruption()

    def _find(self, tile: Tile) -> dict[int, Peaks] | None:
        if tile in self._tiles:
            self._tiles.move_to_end(tile)
        return self._tiles.get(tile)

    def _request(self, path: str, tiles: tuple[Tile, ...]) -> None:
        self._requested.setdefault(path, set()).update(tiles)
        if self._worker is None:
            self._start_reading()

    def _start_reading(self) -> None:
        """Read a few of the requested tiles of one sound."""
        path, tiles = self._requested.popitem()
        now = sorted(tiles)[:_TILES_AT_ONCE]
        if rest := tiles.difference(now):
            self._requested[path] = rest
        self._reading = path
        self._worker = Worker(_fetch(path, self._sounds.get(path), now), self)
        self._worker.reported.connect(self._on_read)
        self._worker.failed.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_read(self, event: Sound | _TilePeaks) -> None:
        if isinstance(event, Sound):
            self._sounds[event.path] = event
            return
        tile, peaks = event
        self._tiles[tile] = peaks
        self._bytes += _size(peaks)
        while self._bytes > self._max_bytes and len(self._tiles) > 1:
            _, evicted = self._tiles.popitem(last=False)
            self._bytes -= _size(evicted)

    def _on_failed(self, problem: DubError) -> None:
        self._errors[self._reading] = f"Sound {problem.problem}"

    def _on_finished(self) -> None:
        self._worker = None
        if self._requested:
            self._start_reading()
        self.changed.emit(self._reading)


def _fetch(path: str, sound: Sound | None, tiles: list[Tile]) -> Iterator[Sound | _TilePeaks]:
    if sound is None:
        yield read_info(path)
    else:
        yield from read_tiles(sound, tiles)


def _size(peaks: dict[int, Peaks]) -> int:
    return sum(array.nbytes for array in peaks.values())
