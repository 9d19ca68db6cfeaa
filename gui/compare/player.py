"""Playback of a cut: pictures follow the sound, or at other speeds the system clock."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from time import monotonic

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from lipflap.core.frametime import frame_to_sample
from lipflap.core.order import Role
from lipflap.gui.sound.audio_mix import CHANNELS, MIX_HZ, Sound
from lipflap.gui.sound.audio_output import AudioOutput, Samples

MAX_SPEED = 4
_TICK_MS = 8
_SILENCE: Sound = np.zeros((0, CHANNELS), np.int16)


class Player(QObject):
    """A clock that emits the number of the frame that is due. Handles no pictures.

    moved    the frame that is due now
    playing  whether it plays
    """

    moved = Signal(int)
    playing = Signal(bool)

    def __init__(self, output: AudioOutput, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._output = output
        self._audio: Mapping[str, Samples] = {}
        self._rate, self._count = Fraction(25), 0
        self._loop: tuple[int, int] | None = None
        self._frame, self._speed = 0, 0
        self._started = (0, 0.0)
        self.audio_role: str = Role.DUB
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def frame(self) -> int:
        return self._frame

    @property
    def speed(self) -> int:
        """Return the speed: 1 is normal, negative backwards, 0 when stopped."""
        return self._speed

    @property
    def loop_range(self) -> tuple[int, int] | None:
        """Return the frames [start, end) that are looped; None without a loop."""
        return self._loop

    @property
    def is_silent(self) -> bool:
        """Return whether sound cannot be heard for lack of a device."""
        return self._output.is_silent

    def load(self, rate: Fraction, count: int) -> None:
        """Load another cut, stopped at its first frame; its sound comes with `set_audio`."""
        self.stop()
        self._rate, self._count, self._audio, self._loop = rate, count, {}, None
        self._frame = 0

    def set_audio(self, audio: Mapping[str, Samples]) -> None:
        """Set each sound that can be chosen, [N, 2] from frame 0, by its name."""
        self._audio = audio
        self._swap_audio()

    def set_audio_role(self, role: str) -> None:
        """Switch to another of the sounds."""
        self.audio_role = role
        self._swap_audio()

    def set_loop(self, frames: tuple[int, int] | None) -> None:
        """Loop frames [start, end); None plays all frames once."""
        if frames is not None and not 0 <= frames[0] < frames[1] <= self._count:
            raise ValueError(f"frames {frames} are not among the {self._count}")
        self._loop = frames
        if self._speed:
            self.play(self._speed)

    def play(self, speed: int = 1) -> None:
        """Play from the current frame; from the other end if it is the last, or out of range."""
        if speed == 0 or self._count == 0:
            self.stop()
            return
        first, end = self._play_range()
        if not first <= self._frame < end or self._frame == (end - 1 if speed > 0 else first):
            self._show(first if speed > 0 else end - 1)
        was_playing, self._speed = self._speed, max(-MAX_SPEED, min(MAX_SPEED, speed))
        self._start()
        self._timer.start()
        if not was_playing:
            self.playing.emit(True)

    def stop(self) -> None:
        was_playing, self._speed = self._speed, 0
        self._timer.stop()
        self._output.stop()
        if was_playing:
            self.playing.emit(False)

    def shuttle(self, direction: int) -> None:
        """Double the speed, as J and L do each time; in the other direction, slow down first."""
        if direction == 0:
            self.stop()
        elif self._speed * direction > 0:
            self.play(self._speed * 2)
        elif abs(self._speed) > 1:
            self.play(int(self._speed / 2))
        else:
            self.play(direction)

    def seek(self, frame: int) -> None:
        """Go to the frame, or the nearest that exists; while playing, continue from there."""
        if self._count:
            self._show(max(0, min(self._count - 1, frame)))
            first, end = self._play_range()
            if self._speed and first <= self._frame < end:
                self._start()
            elif self._speed:
                self.play(self._speed)

    def close(self) -> None:
        self.stop()
        self._output.close()

    def _play_range(self) -> tuple[int, int]:
        return self._loop or (0, self._count)

    def _current_audio(self) -> Samples:
        return self._audio.get(self.audio_role, _SILENCE)

    def _swap_audio(self) -> None:
        if self._speed == 1:
            self._output.swap(self._current_audio())

    def _start(self) -> None:
        self._output.stop()
        self._started = (self._frame, monotonic())
        if self._speed == 1:
            first, end = map(self._sample, self._play_range())
            looped = (first, end) if self._loop else None
            self._output.play(self._current_audio(), self._sample(self._frame), looped)

    def _sample(self, frame: int) -> int:
        return frame_to_sample(frame, self._rate, MIX_HZ)

    def _tick(self) -> None:
        frame = self._due_frame()
        first, end = self._play_range()
        if self._loop is None and not first <= frame < end:
            self._show(end - 1 if frame >= end else first)
            self.stop()
            return
        frame = first + (frame - first) % (end - first)
        if frame != self._frame:
            self._show(frame)

    def _due_frame(self) -> int:
        """Return the frame that is due now, which may lie outside the cut."""
        if self._speed == 1:
            return floor(Fraction(self._output.position(), MIX_HZ) * self._rate)
        first, began = self._started
        return first + floor((monotonic() - began) * float(self._rate) * self._speed)

    def _show(self, frame: int) -> None:
        self._frame = frame
        self.moved.emit(frame)
