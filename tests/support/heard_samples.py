"""A sound device of miniaudio that makes no sound, and keeps what it was handed."""

import miniaudio
import numpy as np
from numpy.typing import NDArray

from lipflap.gui.compare import audio_output
from lipflap.gui.compare.audio_output import AudioOutput


class Recording:
    """`out` plays into it; `samples` is what a loudspeaker would have been given."""

    def __init__(self, monkeypatch) -> None:
        pieces: list[bytes] = []

        class Device(miniaudio.PlaybackDevice):
            def start(self, source) -> None:
                def kept():
                    wanted = yield b""
                    while True:
                        pieces.append(source.send(wanted))
                        wanted = yield pieces[-1]

                through = kept()
                next(through)
                super().start(through)

        monkeypatch.setattr(audio_output.miniaudio, "PlaybackDevice", Device)
        self._pieces = pieces
        self.out = AudioOutput([miniaudio.Backend.NULL])

    @property
    def samples(self) -> NDArray[np.int16]:
        """[N, 2] handed over until now."""
        return np.frombuffer(b"".join(self._pieces), np.int16).reshape(-1, 2)


def ramp(count: int, sign: int = 1) -> NDArray[np.int16]:
    """[count, 2] in which sample n is n + 1, or its negative."""
    return np.repeat(sign * np.arange(1, count + 1, dtype=np.int16)[:, None], 2, axis=1)
