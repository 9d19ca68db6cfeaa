"""Waveforms at hand for painting: what was read stays, up to a bound; what is missing is read in
the background, and only while somebody still looks at it."""

from collections import OrderedDict
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from lipflap.core.errors import DubError
from lipflap.gui.timeline.waveform import Outline, Peaks, Sound, Tile, look_at, outline, read
from lipflap.gui.worker import Worker

_TILES_AT_ONCE = 4
_MOST_BYTES = 48 << 20  # some hundred hours of wide tiles

_Read = tuple[Tile, dict[int, Peaks]]


class WaveformCache(QObject):
    """Holds peaks by what the sound file holds, not by its name.

    changed   the path of a sound of which more is known now
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None, most_bytes: int = _MOST_BYTES) -> None:
        super().__init__(parent)
        self._sounds: dict[str, Sound] = {}
        self._troubles: dict[str, str] = {}
        self._tiles: OrderedDict[Tile, dict[int, Peaks]] = OrderedDict()
        self._bytes, self._most_bytes = 0, most_bytes
        self._wanted: dict[str, set[Tile]] = {}
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
        """How a sound looks from a second on, as far as that is known; the rest is fetched.

        None while nothing is known of it.
        """
        sound = self._sounds.get(path)
        if sound is None:
            if path not in self._troubles:
                self._want(path, ())
            return None
        hz = sound.sample_rate_hz
        found = outline(sound, first_s * hz, s_per_column * hz, columns, self._known)
        if found.lacks and path not in self._troubles:
            self._want(path, found.lacks)
        return found

    def trouble(self, path: str) -> str:
        """Why a sound cannot be shown, in words; empty when nothing is wrong with it."""
        return self._troubles.get(path, "")

    def look_elsewhere(self) -> None:
        """What was asked for and is not yet being read is no longer looked at."""
        self._wanted.clear()

    def look_again(self) -> None:
        """Files may have changed: look at each again before it is next shown."""
        self._sounds.clear()
        self._troubles.clear()

    def stop(self) -> None:
        """Nothing further is read, and what is being read is thrown away."""
        self._wanted.clear()
        if self._worker is not None:
            self._worker.requestInterruption()

    def _known(self, tile: Tile) -> dict[int, Peaks] | None:
        if tile in self._tiles:
            self._tiles.move_to_end(tile)
        return self._tiles.get(tile)

    def _want(self, path: str, tiles: tuple[Tile, ...]) -> None:
        self._wanted.setdefault(path, set()).update(tiles)
        if self._worker is None:
            self._begin()

    def _begin(self) -> None:
        """Read a few of the wanted tiles of one sound."""
        path, tiles = self._wanted.popitem()
        now = sorted(tiles)[:_TILES_AT_ONCE]
        if rest := tiles.difference(now):
            self._wanted[path] = rest
        self._reading = path
        self._worker = Worker(_fetched(path, self._sounds.get(path), now), self)
        self._worker.reported.connect(self._take)
        self._worker.failed.connect(self._note)
        self._worker.finished.connect(self._rest)
        self._worker.start()

    def _take(self, found: Sound | _Read) -> None:
        if isinstance(found, Sound):
            self._sounds[found.path] = found
            return
        tile, peaks = found
        self._tiles[tile] = peaks
        self._bytes += _size(peaks)
        while self._bytes > self._most_bytes and len(self._tiles) > 1:
            _, dropped = self._tiles.popitem(last=False)
            self._bytes -= _size(dropped)

    def _note(self, problem: DubError) -> None:
        self._troubles[self._reading] = problem.problem

    def _rest(self) -> None:
        self._worker = None
        if self._wanted:
            self._begin()
        self.changed.emit(self._reading)


def _fetched(path: str, sound: Sound | None, tiles: list[Tile]) -> Iterator[Sound | _Read]:
    if sound is None:
        yield look_at(path)
    else:
        yield from read(sound, tiles)


def _size(peaks: dict[int, Peaks]) -> int:
    return sum(found.nbytes for found in peaks.values())
