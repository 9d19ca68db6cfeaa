"""A sound track to see and hear before it is chosen: its clips and their waveform."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lipflap.core.timing import format_duration
from lipflap.gui.sound.audio_mix import MIX_HZ
from lipflap.gui.sound.audio_output import AudioOutput
from lipflap.gui.sound.cut_sound import CutSound, Heard
from lipflap.gui.theme import ACCENT, FAINT, PANEL, RAISED
from lipflap.gui.timeline.colours import DUB_COLOUR
from lipflap.gui.timeline.waveform import source_of
from lipflap.gui.timeline.waveform_cache import WaveformCache
from lipflap.plugin.cut.cut import DubLine

_TICK_MS, _HEIGHT_PX, _MAX_NAMES = 40, 72, 6


class TrackPreview(QWidget):
    """The waveform of one track over the length of the cut; a click plays from there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Waveform of the track")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("Click to play from there")
        self._lines: tuple[DubLine, ...] = ()
        self._seconds = Fraction(1)
        self._waveforms = WaveformCache(self)
        self._waveforms.changed.connect(self.update)
        self._sound, self._output = CutSound(self), AudioOutput()
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT_PX)

    def show_lines(self, lines: Sequence[DubLine], seconds: Fraction) -> None:
        """Show the clips of a track of a cut of this length."""
        self.stop()
        self._lines, self._seconds = tuple(lines), max(seconds, Fraction(1))
        self._sound.load(self._lines, self._seconds)
        self.update()

    def describe(self) -> str:
        """Return the clips of the track in a line of text."""
        names = list(dict.fromkeys(line.name for line in self._lines))
        shown = ", ".join(names[:_MAX_NAMES]) + (" …" if len(names) > _MAX_NAMES else "")
        seconds = format_duration(float(sum(line.record.seconds for line in self._lines)))
        clips = f"{len(self._lines)} clip{'' if len(self._lines) == 1 else 's'}"
        return f"{clips}, {seconds} of sound: {shown}" if self._lines else ""

    def play(self, at: Fraction | None = None) -> None:
        """Play from a second on, from the first clip by default; stop when it plays already."""
        if self.is_playing and at is None:
            self.stop()
            return
        first = min((line.record.start for line in self._lines), default=Fraction(0))
        sample = int((first if at is None else at) * MIX_HZ)
        self._sound.focus(sample)
        self._output.play(self._sound.samples(Heard.BOTH), sample)
        self._timer.start()

    def stop(self) -> None:
        """Play no longer."""
        self._timer.stop()
        self._output.stop()
        self.update()

    def close_sound(self) -> None:
        """Close the sound device, and stop reading."""
        self.stop()
        self._output.close()
        self._sound.stop()
        self._waveforms.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.play(Fraction(round(event.position().x()), max(1, self.width())) * self._seconds)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), PANEL)
            for line in self._lines:
                self._paint_line(painter, line)
            if not self._lines:
                text = "Choose a track to see and hear it."
                painter.setPen(FAINT)
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
            if self.is_playing:
                x = int(self._output.position() / MIX_HZ / float(self._seconds) * self.width())
                painter.fillRect(x, 0, 2, self.height(), ACCENT)

    def _paint_line(self, painter: QPainter, line: DubLine) -> None:
        per_px = float(self._seconds) / max(1, self.width())
        begin, end = (int(float(t) / per_px) for t in (line.record.start, line.record.end))
        box = QRect(begin, 2, max(1, end - begin), self.height() - 4)
        painter.fillRect(box, RAISED)
        speed = float(line.playback.speed)
        outline = self._waveforms.outline(
            source_of(line), float(line.sound_start), per_px * speed, box.width()
        )
        if outline is None:
            return
        middle, half = self.height() / 2, (self.height() - 8) / 2
        for column, (low, high) in enumerate(zip(outline.low, outline.high, strict=True)):
            top, bottom = middle - np.clip([high, low], -127, 127) / 127 * half
            painter.fillRect(
                begin + column, int(top), 1, max(1, int(bottom) - int(top)), DUB_COLOUR
            )

    def _on_tick(self) -> None:
        sample = self._output.position()
        self._sound.focus(sample)
        if sample > self._seconds * MIX_HZ:
            self.stop()
        self.update()
