"""Plays a shot: the sound is the clock, pictures follow it; without sound, the wall's clock."""

from collections.abc import Mapping
from fractions import Fraction
from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from lipflap.gui.sound_mix import HEARD_HZ, Sound
from lipflap.gui.sound_out import SoundOut

FASTEST = 4
_TICK_MS = 8


class Player(QObject):
    """Says which frame is due. Knows no pictures.

    moved    the frame that is due now
    playing  whether it plays
    late     how many frames were passed over since it began to play
    """

    moved = Signal(int)
    playing = Signal(bool)

    def __init__(self, out: SoundOut, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._out = out
        self._sounds: Mapping[str, Sound] = {}
        self._rate, self._count = Fraction(25), 0
        self._loop: tuple[int, int] | None = None
        self._frame, self._speed = 0, 0
        self._began = (0, 0.0)
        self.hears = ""
        self.late = 0
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
        self._begin_again()

    def hear(self, role: str) -> None:
        """Hear another of the sounds from here on."""
        self.hears = role
        self._begin_again()

    def loop(self, span: tuple[int, int] | None) -> None:
        """Play frames [start, end) over and over, or all once."""
        self._loop = span

    def play(self, speed: int = 1) -> None:
        """Begin at the current frame; from the start if it stands at the end."""
        first, end = self._span()
        if speed > 0 and self._frame >= end - 1:
            self._show(first)
        elif speed < 0 and self._frame <= first:
            self._show(end - 1)
        was, self._speed, self.late = self._speed, max(-FASTEST, min(FASTEST, speed)), 0
        if self._speed == 0 or self._count == 0:
            self.stop()
            return
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
        else:
            self.play(way)

    def seek(self, frame: int) -> None:
        self._show(max(0, min(self._count - 1, frame)))
        self._begin_again()

    def close(self) -> None:
        self.stop()
        self._out.close()

    def _span(self) -> tuple[int, int]:
        return self._loop or (0, self._count)

    def _begin_again(self) -> None:
        if self._speed:
            self._begin()

    def _begin(self) -> None:
        self._out.stop()
        self._began = (self._frame, monotonic())
        sound = self._sounds.get(self.hears)
        if self._speed == 1 and sound is not None:
            self._out.play(sound, int(self._frame / self._rate * HEARD_HZ))

    def _tick(self) -> None:
        frame = self._due()
        first, end = self._span()
        if frame >= end or frame < first:
            if self._loop is None:
                self._show(end - 1 if frame >= end else first)
                self.stop()
                return
            frame = first if frame >= end else end - 1
            self._show(frame)
            self._begin()
            return
        if frame != self._frame:
            self.late += max(0, abs(frame - self._frame) - max(1, abs(self._speed)))
            self._show(frame)

    def _due(self) -> int:
        """The frame that belongs to this moment."""
        if self._speed == 1 and self._sounds.get(self.hears) is not None:
            return int(Fraction(self._out.position(), HEARD_HZ) * self._rate)
        first, began = self._began
        return first + int((monotonic() - began) * float(self._rate) * self._speed)

    def _show(self, frame: int) -> None:
        self._frame = frame
        self.moved.emit(frame)
