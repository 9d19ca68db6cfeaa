"""A sound device that tells how far it is: the clock that pictures follow.

The device runs from the first play on, on silence when nothing plays, so that nothing waits for
it to start or to run empty.

handed over   |===========================|====|      counted; the device has asked for it
in store                          |=======|           what it holds when it asks for more
heard         |===================|..|                the rest of what it had, by the time since
"""

from collections.abc import Generator, Sequence
from threading import Lock
from time import monotonic

import miniaudio
import numpy as np
from numpy.typing import NDArray

from lipflap.gui.compare.audio_mix import CHANNELS, MIX_HZ, Sound

_PERIOD_MS, _PERIODS = 30, 3
_SETTLED_S = 1.0
_AUDIBLE = [b for b in miniaudio.Backend if b.name not in ("NULL", "CUSTOM")]
_SILENCE: Sound = np.zeros((0, CHANNELS), np.int16)


class AudioOutput:
    """Plays samples from a place on; without a device it only keeps the time.

    backends  miniaudio's, to try in order; the system's own if none are given
    silent    there is no device; known once something was to be played
    """

    def __init__(self, backends: Sequence[miniaudio.Backend] = ()) -> None:
        self.silent = False
        self._backends = backends or _AUDIBLE
        self._device: miniaudio.PlaybackDevice | None = None
        self._lock = Lock()
        self._sound = _SILENCE
        self._first = 0
        self._loop: tuple[int, int] | None = None
        self._from = self._furthest = 0  # of all samples handed over: where this sound begins
        self._handed = self._before = self._store = 0
        self._began_at = self._asked_at = monotonic()

    def play(self, sound: Sound, first: int, loop: tuple[int, int] | None = None) -> None:
        """Begin at sample `first`; go back from loop[1] to loop[0] without a gap."""
        with self._lock:
            self._sound, self._first, self._loop = sound, first, loop
            self._from = self._furthest = self._by_clock() if self.silent else self._handed
        if self._device is None and not self.silent:
            self._open()

    def swap(self, sound: Sound) -> None:
        """Go on with another sound at the same place."""
        with self._lock:
            self._sound = sound

    def stop(self) -> None:
        self.swap(_SILENCE)

    def position(self) -> int:
        """The sample that is heard now, counted from the sound's start."""
        with self._lock:
            now = self._by_clock() if self.silent else self._heard()
            self._furthest = max(self._furthest, now)
            return int(self._places(np.array([self._furthest]))[0])

    def close(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None

    def _open(self) -> None:
        self._device = _device(self._backends)
        self._began_at = self._asked_at = monotonic()
        if self._device is None:
            self.silent, self._from, self._furthest = True, 0, 0
            return
        source = self._samples()
        next(source)
        self._device.start(source)

    def _by_clock(self) -> int:
        return int((monotonic() - self._began_at) * MIX_HZ)

    def _heard(self) -> int:
        """How many of all samples handed over have been heard."""
        since = int((monotonic() - self._asked_at) * MIX_HZ)
        return min(self._handed, self._before - self._store + since)

    def _places(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in the sound samples lie that are handed over."""
        at = numbers - self._from + self._first
        if self._loop is None:
            return at
        begin, end = self._loop
        return np.where(at < end, at, begin + (at - end) % (end - begin))

    def _samples(self) -> Generator[bytes, int, None]:
        """What the device asks for, in its own thread; silence beyond the end."""
        wanted = yield b""
        while True:
            with self._lock:
                self._note_store(monotonic())
                places = self._places(np.arange(self._handed, self._handed + wanted))
                piece = np.zeros((wanted, CHANNELS), np.int16)
                there = (places >= 0) & (places < len(self._sound))
                piece[there] = self._sound[places[there]]
                self._before, self._handed = self._handed, self._handed + wanted
            wanted = yield piece.tobytes()

    def _note_store(self, now: float) -> None:
        """Learn in the first second how much the device holds when it asks for more."""
        passed_s, self._asked_at = now - self._began_at, now
        if passed_s < _SETTLED_S:
            self._store = max(self._store, self._handed - int(passed_s * MIX_HZ))


def _device(backends: Sequence[miniaudio.Backend]) -> miniaudio.PlaybackDevice | None:
    try:
        return miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=CHANNELS,
            sample_rate=MIX_HZ,
            buffersize_msec=_PERIOD_MS,
            callback_periods=_PERIODS,
            backends=list(backends),
            app_name="Lipflap",
        )
    except miniaudio.MiniaudioError:
        return None
