"""Audio output that reports its position: the clock that pictures follow.

The device runs from the first play on, on silence when nothing plays, so that nothing waits for
it to start or to drain.

delivered     |===========================|====|      counted; the device has requested it
buffered                          |=======|           what it holds when it requests more
played        |===================|..|                the rest of its buffer, by the time since
"""

from collections.abc import Generator, Sequence
from threading import Lock
from time import monotonic
from typing import Protocol

import miniaudio
import numpy as np
from numpy.typing import NDArray

from lipflap.gui.sound.audio_mix import CHANNELS, MIX_HZ, Sound

_PERIOD_MS, _PERIOD_COUNT = 30, 3
_MEASURE_S = 1.0
_REAL_BACKENDS = [b for b in miniaudio.Backend if b.name not in ("NULL", "CUSTOM")]


class Samples(Protocol):
    """Samples [N, 2] that are read by their positions: an array, or a cut that is being mixed."""

    def __len__(self) -> int: ...

    def __getitem__(self, positions: NDArray[np.int64], /) -> Sound: ...


_SILENCE: Sound = np.zeros((0, CHANNELS), np.int16)


class AudioOutput:
    """An audio output that plays samples; without a device it only keeps the time.

    backends   miniaudio's, to try in order; the system's own if none are given
    is_silent  there is no device; known once something was to be played
    """

    def __init__(self, backends: Sequence[miniaudio.Backend] = ()) -> None:
        self.is_silent = False
        self._backends = backends or _REAL_BACKENDS
        self._device: miniaudio.PlaybackDevice | None = None
        self._lock = Lock()
        self._audio: Samples = _SILENCE
        self._first_sample = 0
        self._loop: tuple[int, int] | None = None
        self._sound_start = self._max_position = 0  # in delivered samples
        self._delivered = self._delivered_before = self._buffered = 0
        self._opened_at_s = self._requested_at_s = monotonic()

    def play(self, audio: Samples, first: int, loop: tuple[int, int] | None = None) -> None:
        """Play from sample `first` on; loop from loop[1] back to loop[0] without a gap."""
        with self._lock:
            self._audio, self._first_sample, self._loop = audio, first, loop
            self._sound_start = self._max_position = (
                self._clock_samples() if self.is_silent else self._delivered
            )
        if self._device is None and not self.is_silent:
            self._open()

    def swap(self, audio: Samples) -> None:
        """Go on with another sound at the same position."""
        with self._lock:
            self._audio = audio

    def stop(self) -> None:
        self.swap(_SILENCE)

    def position(self) -> int:
        """Return the sample that is heard now, counted from the sound's start."""
        with self._lock:
            now_s = self._clock_samples() if self.is_silent else self._played_samples()
            self._max_position = max(self._max_position, now_s)
            return int(self._sound_positions(np.array([self._max_position]))[0])

    def close(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None

    def _open(self) -> None:
        self._device = _open_device(self._backends)
        self._opened_at_s = self._requested_at_s = monotonic()
        if self._device is None:
            self.is_silent, self._sound_start, self._max_position = True, 0, 0
            return
        source = self._source()
        next(source)
        self._device.start(source)

    def _clock_samples(self) -> int:
        return int((monotonic() - self._opened_at_s) * MIX_HZ)

    def _played_samples(self) -> int:
        """Return how many of all delivered samples have been played."""
        since = int((monotonic() - self._requested_at_s) * MIX_HZ)
        return min(self._delivered, self._delivered_before - self._buffered + since)

    def _sound_positions(self, delivered: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions in the sound of delivered samples."""
        at = delivered - self._sound_start + self._first_sample
        if self._loop is None:
            return at
        begin, end = self._loop
        return np.where(at < end, at, begin + (at - end) % (end - begin))

    def _source(self) -> Generator[bytes, int, None]:
        """Yield what the device requests, in its own thread; silence beyond the end."""
        count = yield b""
        while True:
            with self._lock:
                self._measure_buffer(monotonic())
                positions = self._sound_positions(
                    np.arange(self._delivered, self._delivered + count)
                )
                chunk = np.zeros((count, CHANNELS), np.int16)
                is_inside = (positions >= 0) & (positions < len(self._audio))
                chunk[is_inside] = self._audio[positions[is_inside]]
                self._delivered_before, self._delivered = self._delivered, self._delivered + count
            count = yield chunk.tobytes()

    def _measure_buffer(self, now_s: float) -> None:
        """Measure in the first second how much the device holds when it requests more."""
        elapsed_s, self._requested_at_s = now_s - self._opened_at_s, now_s
        if elapsed_s < _MEASURE_S:
            self._buffered = max(self._buffered, self._delivered - int(elapsed_s * MIX_HZ))


def _open_device(backends: Sequence[miniaudio.Backend]) -> miniaudio.PlaybackDevice | None:
    try:
        return miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=CHANNELS,
            sample_rate=MIX_HZ,
            buffersize_msec=_PERIOD_MS,
            callback_periods=_PERIOD_COUNT,
            backends=list(backends),
            app_name="Lipflap",
        )
    except miniaudio.MiniaudioError:
        return None
