"""A silent device of miniaudio that records the samples it is given."""

import miniaudio
import numpy as np
from numpy.typing import NDArray

from lipflap.gui.sound import audio_output
from lipflap.gui.sound.audio_output import AudioOutput


class RecordingDevice:
    """Records what `out` plays: `samples` is what a loudspeaker would have been given."""

    def __init__(self, monkeypatch) -> None:
        pieces: list[bytes] = []

        class Device(miniaudio.PlaybackDevice):
            def start(self, source) -> None:
                def recorded():
                    count = yield b""
                    while True:
                        pieces.append(source.send(count))
                        count = yield pieces[-1]

                recorder = recorded()
                next(recorder)
                super().start(recorder)

        monkeypatch.setattr(audio_output.miniaudio, "PlaybackDevice", Device)
        self._pieces = pieces
        self.out = AudioOutput([miniaudio.Backend.NULL])

    @property
    def samples(self) -> NDArray[np.int16]:
        """Return [N, 2] delivered until now."""
        return np.frombuffer(b"".join(self._pieces), np.int16).reshape(-1, 2)


def ramp(count: int, sign: int = 1) -> NDArray[np.int16]:
    """Return [count, 2] in which sample n is n + 1, or its negative."""
    return np.repeat(sign * np.arange(1, count + 1, dtype=np.int16)[:, None], 2, axis=1)
