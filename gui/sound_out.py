"""A sound device that tells how far it is: the clock that pictures follow.

delivered   |=========================|            samples handed to the device
heard       |===================|.....|            less what its buffer still holds, by the time
                                                   since it asked last
"""

from collections.abc import Generator, Sequence
from threading import Lock
from time import monotonic

import miniaudio
import numpy as np

from lipflap.gui.sound_mix import CHANNELS, HEARD_HZ, Sound

_BUFFER_MS = 60


class SoundOut:
    """Plays samples from a place on; without a device it only keeps the time, and is `silent`.

    backends  miniaudio's, to try in order; None for all that make a sound
    """

    def __init__(self, backends: Sequence[miniaudio.Backend] | None = None) -> None:
        self._lock = Lock()
        self._sound: Sound = np.zeros((0, CHANNELS), np.int16)
        self._at = 0
        self._asked = 0
        self._asked_at: float | None = None
        self._began: tuple[int, float] | None = None
        self._backends = backends
        self._device: miniaudio.PlaybackDevice | None = None
        self.silent = False  # known once something was to be played

    def play(self, sound: Sound, from_sample: int) -> None:
        """Begin at a sample; what is played already ends."""
        self.stop()
        if self._device is None and not self.silent:
            self._device = _device(self._backends)
            self.silent = self._device is None
        with self._lock:
            self._sound, self._at = sound, from_sample
            self._asked, self._asked_at = 0, None
        self._began = (from_sample, monotonic())
        if self._device is not None:
            source = self._samples()
            next(source)
            self._device.start(source)

    def stop(self) -> None:
        if self._device is not None and self._began is not None:
            self._device.stop()
        self._began = None

    def position(self) -> int:
        """The sample that is heard now, counted from the sound's start."""
        if self._began is None:
            return self._at
        first, began = self._began
        if self._device is None:
            return first + int((monotonic() - began) * HEARD_HZ)
        with self._lock:
            at, asked, asked_at = self._at, self._asked, self._asked_at
        if asked_at is None:
            return first
        since = int((monotonic() - asked_at) * HEARD_HZ)
        return max(first, at - asked + min(since, asked))

    def close(self) -> None:
        self.stop()
        if self._device is not None:
            self._device.close()

    def _samples(self) -> Generator[bytes, int, None]:
        """What the device asks for, in its own thread; silence beyond the end."""
        wanted = yield b""
        while True:
            with self._lock:
                piece = self._sound[self._at : self._at + wanted]
                self._at += wanted
                self._asked, self._asked_at = wanted, monotonic()
            silent = np.zeros((wanted - len(piece), CHANNELS), np.int16)
            wanted = yield np.concatenate([piece, silent]).tobytes()


def _device(backends: Sequence[miniaudio.Backend] | None) -> miniaudio.PlaybackDevice | None:
    try:
        return miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=CHANNELS,
            sample_rate=HEARD_HZ,
            buffersize_msec=_BUFFER_MS,
            backends=list(backends) if backends else None,
            app_name="Lipflap",
        )
    except miniaudio.MiniaudioError:
        return None
