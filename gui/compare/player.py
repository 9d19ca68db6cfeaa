"""Plays a shot: the sound is the clock, pictures follow it; other speeds go by the wall's clock."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from time import monotonic

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from lipflap.core.frametime import frame_to_sample
from lipflap.core.order import Role
from lipflap.gui.compare.audio_mix import CHANNELS, MIX_HZ, Sound
from lipflap.gui.compare.audio_output import AudioOutput

FASTEST = 4
_TICK_MS = 8
_SILENCE: Sound = np.zeros((0, CHANNELS), np.int16)


class Player(QObject):
    """Says which frame is due. Knows no pictures.

    moved    the frame that is due now
    playing  whether it plays
    """

    moved = Signal(int)
    playing = Signal(bool)

    def __init__(self, out: AudioOutput, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._out = out
        self._sounds: Mapping[str, Sound] = {}
        self._rate, self._count = Fraction(25), 0
        self._loop: tuple[int, int] | None = None
        self._frame, self._speed = 0, 0
        self._began = (0, 0.0)
        self.hears = Role.DUB
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def frame(self) -> int:
        return self._frame

    @property
    def speed(self) -> int:
        """Frames of the shot a frame of time; negative backwards, 0 when it stands."""
        return self._speed

    @property
    def looped(self) -> tuple[int, int] | None:
        """Frames [start, end) that are played over and over."""
        return self._loop

    @property
    def silent(self) -> bool:
        """Whether sound was to be played and there is no device."""
        return self._out.silent

    def load(self, rate: Fraction, count: int) -> None:
        """Another shot, standing at its first frame, in silence for the moment."""
        self.stop()
        self._rate, self._count, self._sounds, self._loop = rate, count, {}, None
        self._frame = 0

    def give_sounds(self, sounds: Mapping[str, Sound]) -> None:
        """What can be heard, by role; [N, 2] from frame 0."""
        self._sounds = sounds
        self._change_sound()

    def hear(self, role: Role) -> None:
        """Hear another of the sounds from here on."""
        self.hears = role
        self._change_sound()

    def loop(self, span: tuple[int, int] | None) -> None:
        """Play frames [start, end) over and over, or all once."""
        if span is not None and not 0 <= span[0] < span[1] <= self._count:
            raise ValueError(f"frames {span} are no frames of a shot of {self._count}")
        self._loop = span
        if self._speed:
            self.play(self._speed)

    def play(self, speed: int = 1) -> None:
        """Begin at the current frame; at the other end if it stands at the end, or outside."""
        if speed == 0 or self._count == 0:
            self.stop()
            return
        first, end = self._span()
        if not first <= self._frame < end or self._frame == (end - 1 if speed > 0 else first):
            self._show(first if speed > 0 else end - 1)
        was, self._speed = self._speed, max(-FASTEST, min(FASTEST, speed))
        self._begin()
        self._timer.start()
        if not was:
            self.playing.emit(True)

    def stop(self) -> None:
        was, self._speed = self._speed, 0
        self._timer.stop()
        self._out.stop()
        if was:
            self.playing.emit(False)

    def shuttle(self, way: int) -> None:
        """J and L: twice as fast each time it is asked for; the other way slows down first."""
        if way == 0:
            self.stop()
        elif self._speed * way > 0:
            self.play(self._speed * 2)
        elif abs(self._speed) > 1:
            self.play(int(self._speed / 2))
        else:
            self.play(way)

    def seek(self, frame: int) -> None:
        """Stand at a frame, or play on from there; the nearest there is."""
        if self._count:
            self._show(max(0, min(self._count - 1, frame)))
            first, end = self._span()
            if self._speed and first <= self._frame < end:
                self._begin()
            elif self._speed:
                self.play(self._speed)

    def close(self) -> None:
        self.stop()
        self._out.close()

    def _span(self) -> tuple[int, int]:
        return self._loop or (0, self._count)

    def _sound(self) -> Sound:
        return self._sounds.get(self.hears, _SILENCE)

    def _change_sound(self) -> None:
        if self._speed == 1:
            self._out.swap(self._sound())

    def _begin(self) -> None:
        self._out.stop()
        self._began = (self._frame, monotonic())
        if self._speed == 1:
            first, end = map(self._sample, self._span())
            looped = (first, end) if self._loop else None
            self._out.play(self._sound(), self._sample(self._frame), looped)

    def _sample(self, frame: int) -> int:
        return frame_to_sample(frame, self._rate, MIX_HZ)

    def _tick(self) -> None:
        frame = self._due()
        first, end = self._span()
        if self._loop is None and not first <= frame < end:
            self._show(end - 1 if frame >= end else first)
            self.stop()
            return
        frame = first + (frame - first) % (end - first)
        if frame != self._frame:
            self._show(frame)

    def _due(self) -> int:
        """The frame that belongs to this moment; beyond the end, or before the start, of all."""
        if self._speed == 1:
            return floor(Fraction(self._out.position(), MIX_HZ) * self._rate)
        first, began = self._began
        return first + floor((monotonic() - began) * float(self._rate) * self._speed)

    def _show(self, frame: int) -> None:
        self._frame = frame
        self.moved.emit(frame)
